package io.quay.pdp.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.audit.DenialBudget.Denial;
import io.quay.pdp.audit.DenialBudget.Limits;
import io.quay.pdp.identity.EntityRef;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DenialBudgetTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

    private final MovableClock clock = new MovableClock();
    private boolean scarce;

    @Test
    void denialsThatProveNobody_areRecordedUpToTheBudgetAndThenCounted() {
        DenialBudget budget = budget(new Limits(5, 10, 100, 100, 1));
        for (int i = 0; i < 5; i++) {
            assertThat(budget.findGroup(unproven(i))).isEmpty();
        }
        assertThat(budget.findGroup(unproven(5))).isPresent();
    }

    @Test
    void aNameThatWasNotProven_provesNobody() {
        DenialBudget budget = budget(new Limits(0, 10, 100, 100, 1));
        assertThat(budget.findGroup(denial("svc-a", 1, "invalid_token"))).isPresent();
        assertThat(budget.findGroup(denial("svc-a", 1, "account_unknown"))).isPresent();
        assertThat(budget.findGroup(denial("svc-a", 1, "no_permit"))).isEmpty();
    }

    @Test
    void theFirstOfEachProvenDenial_isRecordedWhateverTheBudget() {
        DenialBudget budget = budget(new Limits(0, 10, 100, 100, 1));
        for (int i = 0; i < 50; i++) {
            assertThat(budget.findGroup(denial("svc-a", i, "no_permit"))).isEmpty();
        }
        assertThat(budget.findGroup(denial("svc-a", 0, "no_permit"))).isPresent();
    }

    @Test
    void provenDenialsOfEverNewResources_areBounded() {
        DenialBudget budget = budget(new Limits(0, 10, 100, 100, 1));
        long recorded = 0;
        for (int i = 0; i < 1_000; i++) {
            recorded += budget.findGroup(denial("svc-a", i, "no_permit")).isEmpty() ? 1 : 0;
        }
        assertThat(recorded).isEqualTo(100);
    }

    @Test
    void equalDenials_areCountedBeyondTheirOwnLimit() {
        DenialBudget budget = budget(new Limits(600, 10, 100, 100, 1));
        for (int i = 0; i < 10; i++) {
            assertThat(budget.findGroup(unproven(1))).isEmpty();
        }
        assertThat(budget.findGroup(unproven(1))).isPresent();
        assertThat(budget.findGroup(unproven(2))).isEmpty();
    }

    @Test
    void denialsOfOneGroup_areCountedUnderOneId_andOthersUnderOthers() {
        DenialBudget budget = budget(new Limits(0, 0, 0, 100, 1));
        DeniedGroup first = group(budget, denial("svc-a", 1, "no_permit"));

        assertThat(group(budget, denial("svc-a", 2, "no_permit"))).isEqualTo(first);
        assertThat(group(budget, denial("svc-b", 1, "no_permit")).id()).isNotEqualTo(first.id());
        assertThat(group(budget, denial("svc-a", 1, "forbidden")).id()).isNotEqualTo(first.id());
        assertThat(first.window()).isEqualTo(NOON);
        assertThat(first.principal()).isEqualTo(EntityRef.serviceAccount("svc-a"));
    }

    @Test
    void tooManyGroups_areCountedTogetherWithoutNames() {
        DenialBudget budget = budget(new Limits(0, 0, 0, 100, 1));
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            ids.add(group(budget, denial("svc-" + i, 1, "no_permit")).id());
        }
        assertThat(ids).hasSize(101);
        DeniedGroup rest = group(budget, denial("svc-9999", 1, "no_permit"));
        assertThat(ids).contains(rest.id());
        assertThat(rest.principal()).isNull();
        assertThat(rest.cause()).isNull();
    }

    @Test
    void aNewMinute_hasANewBudgetAndNewGroups() {
        DenialBudget budget = budget(new Limits(1, 10, 100, 100, 1));
        assertThat(budget.findGroup(unproven(1))).isEmpty();
        DeniedGroup before = group(budget, unproven(2));
        clock.now = NOON.plusSeconds(60);
        assertThat(budget.findGroup(unproven(1))).isEmpty();
        DeniedGroup after = group(budget, unproven(2));

        assertThat(after.id()).isNotEqualTo(before.id());
        assertThat(after.window()).isEqualTo(NOON.plusSeconds(60));
    }

    @Test
    void aClockThatGoesBack_givesNoNewBudget() {
        DenialBudget budget = budget(new Limits(1, 10, 100, 100, 1));
        assertThat(budget.findGroup(unproven(1))).isEmpty();
        clock.now = NOON.minus(Duration.ofHours(1));
        assertThat(budget.findGroup(unproven(2))).isPresent();
    }

    @Test
    void onANearlyFullDisk_everyDenialIsCountedInFewGroups() {
        DenialBudget budget = budget(new Limits(600, 10, 100, 100, 2));
        scarce = true;
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            ids.add(group(budget, denial("svc-" + i, 1, "no_permit")).id());
        }
        assertThat(ids).hasSize(3);
        scarce = false;
        assertThat(budget.findGroup(denial("svc-1", 1, "no_permit"))).isEmpty();
    }

    private DenialBudget budget(Limits limits) {
        return new DenialBudget(
                limits, () -> scarce, new DecisionIds(clock, new SecureRandom()), clock);
    }

    private static DeniedGroup group(DenialBudget budget, Denial denial) {
        Optional<DeniedGroup> group = budget.findGroup(denial);
        assertThat(group).isPresent();
        return group.orElseThrow();
    }

    private static Denial unproven(int resource) {
        return denial(null, resource, "invalid_token");
    }

    private static Denial denial(@Nullable String principal, int resource, String cause) {
        return new Denial(
                "pep-1",
                principal == null ? null : EntityRef.serviceAccount(principal),
                "createRepo",
                EntityRef.organization("org" + resource),
                cause);
    }

    private static final class MovableClock extends Clock {
        private Instant now = NOON;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
