package io.quay.pdp.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What every implementation of the two ports of the decision log does.
public abstract class DecisionLogConformance {
    private static final Comparator<DecisionRecord> BY_ID =
            Comparator.comparing(DecisionRecord::id);

    protected abstract DecisionLog log();

    protected abstract Decisions decisions();

    /// All groups, oldest first.
    protected abstract List<DeniedGroup.Counted> counted();

    @Test
    void whatWasAppendedIsFoundUnchanged() {
        DecisionRecord allow = append(DecisionRecords.allow(1));
        DecisionRecord deny = append(DecisionRecords.bareDeny(2));

        assertThat(find(DecisionQuery.latest(10))).containsExactly(deny, allow);
        assertThat(find(DecisionQuery.byId(allow.id()))).containsExactly(allow);
        assertThat(find(DecisionQuery.byId("nobody"))).isEmpty();
    }

    @Test
    void everyKindOfValueComesBackEqual() {
        Map<String, Value> parameters =
                Map.ofEntries(
                        Map.entry("text", Value.of("a\u0000b \"ü\" 💥\n")),
                        Map.entry("bool", Value.of(true)),
                        Map.entry("least", Value.of(Long.MIN_VALUE)),
                        Map.entry("most", Value.of(Long.MAX_VALUE)),
                        Map.entry("ref", new Value.Entity(new EntityRef("A::B", "x\"y"))),
                        Map.entry("ip", new Value.Address("10.0.0.0/8")),
                        Map.entry(
                                "at", new Value.Moment(Instant.parse("1969-12-31T23:59:59.999Z"))),
                        Map.entry("none", new Value.Many(List.of())),
                        Map.entry("many", new Value.Many(List.of(Value.of(1), Value.of("1")))),
                        Map.entry("empty", new Value.Fields(Map.of())),
                        Map.entry("in", new Value.Fields(Map.of("a", Value.of(false)))),
                        Map.entry("odd", new Value.Fields(Map.of("__entity", Value.of("x")))),
                        Map.entry("odder", new Value.Fields(Map.of("__fields", Value.of("x")))),
                        Map.entry("__extn", Value.of("top")));
        DecisionRecord kept = append(DecisionRecords.withParameters(1, parameters));

        assertThat(find(DecisionQuery.byId(kept.id()))).containsExactly(kept);
    }

    @Test
    void namesAreKeptByteForByte() {
        DecisionRecord some = DecisionRecords.bareDeny(1);
        EntityRef odd = new EntityRef("Quay::Organization", "a\u0000b 'c' \"d\" \uD83D\uDCA5 ");
        append(
                new DecisionRecord(
                        some.id(),
                        some.time(),
                        "",
                        null,
                        odd,
                        odd,
                        "",
                        odd,
                        true,
                        "",
                        List.of(""),
                        "",
                        Map.of("", Value.of("")),
                        true));

        DecisionRecord found = find(DecisionQuery.latest(1).withResource(odd)).getFirst();
        assertThat(List.of(found.principal(), found.workload(), found.resource()))
                .containsOnly(odd);
        assertThat(found.action()).isEmpty();
        assertThat(found.cause()).isEmpty();
        assertThat(found.policies()).containsExactly("");
    }

    @Test
    void everyFilterKeepsOnlyWhatMatches() {
        DecisionRecord allow = append(DecisionRecords.allow(1));
        DecisionRecord deny = append(DecisionRecords.bareDeny(2));
        DecisionQuery all = DecisionQuery.latest(10);

        assertThat(find(all.withPrincipal(EntityRef.serviceAccount("svc-deploy"))))
                .containsExactly(allow);
        assertThat(find(all.withPrincipal(EntityRef.user("svc-deploy")))).isEmpty();
        assertThat(find(all.withAction("createRepo"))).containsExactly(allow);
        assertThat(find(all.withResource(EntityRef.organization("acme")))).containsExactly(allow);
        assertThat(find(all.withResource(EntityRef.organization("ACME")))).isEmpty();
        assertThat(find(all.withAllowed(true))).containsExactly(allow);
        assertThat(find(all.withAllowed(false))).containsExactly(deny);
        assertThat(find(all.withCause("unknown_operation"))).containsExactly(deny);
        assertThat(find(all.withAllowed(true).withCause("unknown_operation"))).isEmpty();
    }

    @Test
    void aSpanOfTimeHoldsItsStartButNotItsEnd() {
        DecisionRecord first = append(DecisionRecords.allow(1));
        DecisionRecord second = append(DecisionRecords.allow(2));
        DecisionQuery all = DecisionQuery.latest(10);

        assertThat(find(all.between(first.time(), second.time()))).containsExactly(first);
        assertThat(find(all.between(second.time(), null))).containsExactly(second);
        assertThat(find(all.between(null, first.time()))).isEmpty();
    }

    @Test
    void aCursorWalksThroughAllInEitherOrder() {
        List<DecisionRecord> kept = IntStream.range(0, 5).mapToObj(this::appendAllow).toList();
        DecisionQuery newest = DecisionQuery.latest(2);
        DecisionQuery oldest = newest.inOrder(DecisionQuery.Order.OLDEST_FIRST);

        assertThat(find(newest)).containsExactly(kept.get(4), kept.get(3));
        assertThat(find(newest.after(kept.get(3).id()))).containsExactly(kept.get(2), kept.get(1));
        assertThat(find(newest.after(kept.get(0).id()))).isEmpty();
        assertThat(find(oldest)).containsExactly(kept.get(0), kept.get(1));
        assertThat(find(oldest.after(kept.get(3).id()))).containsExactly(kept.get(4));
    }

    @Test
    void anIdIsTakenOnce() {
        DecisionRecord kept = append(DecisionRecords.allow(1));

        assertThatThrownBy(() -> log().append(DecisionRecords.withId(kept.id())))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(find(DecisionQuery.latest(10))).containsExactly(kept);
    }

    @Test
    void denialsOfAGroupAreCountedTogetherAndNotRecorded() {
        DeniedGroup first = group(1, EntityRef.serviceAccount("svc-a"));
        DeniedGroup second = group(2, null);
        log().count(first);
        log().count(second);
        log().count(first);

        assertThat(counted())
                .containsExactly(
                        new DeniedGroup.Counted(first, 2), new DeniedGroup.Counted(second, 1));
        assertThat(find(DecisionQuery.latest(10))).isEmpty();
    }

    @Test
    void manyThreadsCountAtOnce() throws Exception {
        DeniedGroup group = group(1, null);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting =
                    IntStream.range(0, 1_000)
                            .mapToObj(_ -> threads.submit(() -> log().count(group)))
                            .toList();
            for (var each : waiting) {
                each.get();
            }
        }
        assertThat(counted()).containsExactly(new DeniedGroup.Counted(group, 1_000));
    }

    private static DeniedGroup group(int number, @Nullable EntityRef principal) {
        return new DeniedGroup(
                DecisionRecords.id(number),
                DecisionRecords.NOON.truncatedTo(ChronoUnit.MINUTES),
                "ci",
                principal,
                "createRepo",
                "no_permit");
    }

    @Test
    void manyThreadsAppendAtOnce() throws Exception {
        int records = 2_000;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting =
                    IntStream.range(0, records)
                            .mapToObj(number -> threads.submit(() -> appendAllow(number)))
                            .toList();
            for (var each : waiting) {
                each.get();
            }
        }
        DecisionQuery oldest =
                DecisionQuery.latest(1_000).inOrder(DecisionQuery.Order.OLDEST_FIRST);
        List<DecisionRecord> firstHalf = find(oldest);
        List<DecisionRecord> secondHalf = find(oldest.after(firstHalf.getLast().id()));

        assertThat(firstHalf).hasSize(1_000).isSortedAccordingTo(BY_ID);
        assertThat(secondHalf).hasSize(records - 1_000).isSortedAccordingTo(BY_ID);
    }

    private DecisionRecord appendAllow(int number) {
        return append(DecisionRecords.allow(number));
    }

    private DecisionRecord append(DecisionRecord decision) {
        log().append(decision);
        return decision;
    }

    private List<DecisionRecord> find(DecisionQuery query) {
        return decisions().find(query);
    }
}
