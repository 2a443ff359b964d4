package io.quay.pdp.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.audit.Event.Kind;
import io.quay.pdp.audit.EventLog.Spent;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class BudgetedEventsTest {
    private static final Clock CLOCK = Clock.fixed(SampleEvents.NOON, ZoneOffset.UTC);

    private final InMemoryEventLog log = new InMemoryEventLog();
    private final InMemoryDecisionLog counters = new InMemoryDecisionLog();
    private final BudgetedEvents events =
            new BudgetedEvents(
                    log,
                    counters,
                    new DenialBudget(
                            new DenialBudget.Limits(2, 10, 100, 100, 1),
                            () -> false,
                            new DecisionIds(CLOCK, new SecureRandom()),
                            CLOCK));

    @Test
    void refusedTokensBeyondTheBudget_areCountedByKindActorAndCause() {
        for (int number = 0; number < 5; number++) {
            events.append(refusal(number, Kind.TOKEN_REFUSED, null, "invalid_client"));
        }
        assertThat(log.find(SampleEvents.kind("token.refused"))).hasSize(2);
        assertThat(counters.counted())
                .singleElement()
                .satisfies(counted -> {
                    assertThat(counted.count()).isEqualTo(3);
                    assertThat(counted.group().action()).isEqualTo("token.refused");
                    assertThat(counted.group().cause()).isEqualTo("invalid_client");
                });
    }

    @Test
    void repeatedDenialsOfAdministration_areCountedAfterTheBudget() {
        for (int number = 0; number < 5; number++) {
            events.append(refusal(number, Kind.ADMINISTRATION_DENIED, "svc-a", "no_permit"));
        }
        // the first is free, then the budget
        assertThat(log.find(SampleEvents.kind("administration.denied"))).hasSize(3);
        assertThat(counters.counted()).hasSize(1);
    }

    @Test
    void tokensIssued_areNeverMerelyCounted() {
        for (int number = 0; number < 50; number++) {
            events.append(SampleEvents.of(Kind.TOKEN_ISSUED, number));
        }
        assertThat(log.find(SampleEvents.latest(100))).hasSize(50);
        assertThat(counters.counted()).isEmpty();
    }

    @Test
    void refusalsThatUseUpAnAssertion_areNeverMerelyCounted() {
        for (int number = 0; number < 5; number++) {
            events.append(
                    refusal(number, Kind.TOKEN_REFUSED, "svc-a", "invalid_scope"),
                    new Spent("hash-" + number, SampleEvents.time(60)));
        }
        assertThat(log.since(SampleEvents.NOON)).hasSize(5);
        assertThat(counters.counted()).isEmpty();
    }

    private static Event refusal(int number, Kind kind, @Nullable String actor, String cause) {
        return new Event(
                SampleEvents.id(number),
                SampleEvents.time(number),
                kind,
                actor,
                null,
                null,
                null,
                cause,
                List.of(),
                null,
                null,
                Map.of());
    }
}
