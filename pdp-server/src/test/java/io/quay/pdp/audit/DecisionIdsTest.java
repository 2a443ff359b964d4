package io.quay.pdp.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class DecisionIdsTest {
    private static final Instant EXAMPLE = Instant.ofEpochMilli(1469918176385L);

    /// The time and its text are the example of the ULID specification.
    @Test
    void timeComesFirst() {
        DecisionIds ids = new DecisionIds(fixed(EXAMPLE), new Random(7));

        assertThat(ids.next())
                .hasSize(DecisionIds.LENGTH)
                .startsWith("01ARYZ6S41")
                .matches("[0-9A-HJKMNP-TV-Z]{26}");
    }

    @Test
    void allBitsOfBothPartsAreShown() {
        DecisionIds least = new DecisionIds(fixed(Instant.EPOCH), bits(0, 0));
        DecisionIds most = new DecisionIds(fixed(Instant.ofEpochMilli(-1L >>> 16)), bits(-1, -1));
        DecisionIds mixed =
                new DecisionIds(fixed(Instant.EPOCH), bits(0x0123, 0x4567_89AB_CDEF_0123L));

        assertThat(least.next()).isEqualTo("0".repeat(26));
        assertThat(most.next()).isEqualTo("7" + "Z".repeat(25));
        assertThat(mixed.next()).isEqualTo("0000000000" + "04HMASW9NF6YY093");
    }

    @Test
    void withinAMillisecondTheyCountUp() {
        DecisionIds ids = new DecisionIds(fixed(Instant.EPOCH), bits(0, 30));

        assertThat(ids.next()).endsWith("0Y");
        assertThat(ids.next()).endsWith("0Z");
        assertThat(ids.next()).endsWith("10");
    }

    @Test
    void countingPastTheEndMovesToTheNextMillisecond() {
        DecisionIds ids = new DecisionIds(fixed(Instant.EPOCH), bits(0xFFFF, -1));

        assertThat(ids.next()).isEqualTo("0".repeat(10) + "Z".repeat(16));
        assertThat(ids.next()).isEqualTo("0".repeat(9) + "1" + "0".repeat(16));
    }

    @Test
    void aClockThatGoesBackChangesNoOrder() {
        Iterator<Long> times = LongStream.of(5, 6, 3, 4, 6, 7).iterator();
        DecisionIds ids = new DecisionIds(ticking(times), new Random(7));

        List<String> made = Stream.generate(ids::next).limit(6).toList();
        assertThat(made).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void manyThreadsMakeNoIdTwice() {
        DecisionIds ids = new DecisionIds(Clock.systemUTC(), new Random(7));
        Set<String> made = ConcurrentHashMap.newKeySet();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                threads.execute(() -> Stream.generate(ids::next).limit(200).forEach(made::add));
            }
        }
        assertThat(made).hasSize(10_000);
    }

    private static Clock fixed(Instant now) {
        return Clock.fixed(now, ZoneOffset.UTC);
    }

    private static Clock ticking(Iterator<Long> times) {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(times.next());
            }
        };
    }

    private static RandomGenerator bits(int high, long low) {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                return low;
            }

            @Override
            public int nextInt(int bound) {
                return high & (bound - 1);
            }
        };
    }
}
