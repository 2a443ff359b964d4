package io.quay.pdp.audit;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.EntityRef;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Says which denials are recorded one by one and which are only counted, so that whoever sends
/// requests that are denied can neither fill the disk nor take the log's time.
///
/// The first denial of its kind in a minute is recorded when its principal is proven. Further ones
/// of the kind, and all without a proven principal, are recorded up to a number per kind and a
/// number per minute. Memory is bounded: by the limits. Safe for use by any number of threads.
public final class DenialBudget {
    private static final Duration WINDOW = Duration.ofMinutes(1);

    /// Denials that prove nobody, also when a name came with them.
    private static final Set<String> PROVING_NOBODY =
            Set.of(Cause.INVALID_TOKEN.code(), Cause.ACCOUNT_UNKNOWN.code());

    /// @param perMinute how many unproven or repeated denials are recorded one by one in a minute
    /// @param perKind how many equal ones
    /// @param kinds how many kinds of proven principals' denials are told apart in a minute; those
    ///   beyond count as repeated
    /// @param groups how many groups are counted apart in a minute; one more holds the rest
    /// @param scarceGroups how many while the disk is nearly full
    public record Limits(int perMinute, int perKind, int kinds, int groups, int scarceGroups) {
        public static Limits of(int perMinute) {
            return new Limits(perMinute, 10, 4_096, 256, 16);
        }
    }

    /// Equal denials are of one kind.
    ///
    /// @param principal null when none was established
    record Denial(
            String caller,
            @Nullable EntityRef principal,
            @Nullable String action,
            @Nullable EntityRef resource,
            @Nullable String cause) {
        private boolean proven() {
            return principal != null && (cause == null || !PROVING_NOBODY.contains(cause));
        }

        private GroupKey group() {
            return new GroupKey(caller, principal, action, cause);
        }
    }

    private record GroupKey(
            @Nullable String caller,
            @Nullable EntityRef principal,
            @Nullable String action,
            @Nullable String cause) {
        private static final GroupKey REST = new GroupKey(null, null, null, null);
    }

    private final Limits limits;
    private final BooleanSupplier scarce;
    private final DecisionIds ids;
    private final Clock clock;

    private final ReentrantLock lock = new ReentrantLock();

    // guarded by lock, of one window:
    private long window = Long.MIN_VALUE;
    private int spent;
    private int provenKinds;
    private final Map<Denial, Integer> recorded = new HashMap<>();
    private final Map<GroupKey, DeniedGroup> groups = new HashMap<>();

    /// @param scarce whether the disk is so full that no denial may be recorded by itself
    public DenialBudget(Limits limits, BooleanSupplier scarce, DecisionIds ids, Clock clock) {
        this.limits = limits;
        this.scarce = scarce;
        this.ids = ids;
        this.clock = clock;
    }

    /// The group to count this denial in; empty when it is to be recorded by itself.
    Optional<DeniedGroup> findGroup(Denial denial) {
        boolean noSpace = scarce.getAsBoolean();
        lock.lock();
        try {
            beginWindow();
            return !noSpace && spend(denial)
                    ? Optional.empty()
                    : Optional.of(
                            groupOf(denial, noSpace ? limits.scarceGroups() : limits.groups()));
        } finally {
            lock.unlock();
        }
    }

    /// A clock that goes back stays in the window that it was in.
    private void beginWindow() {
        long now = clock.millis() / WINDOW.toMillis();
        if (now > window) {
            window = now;
            spent = 0;
            provenKinds = 0;
            recorded.clear();
            groups.clear();
        }
    }

    private boolean spend(Denial denial) {
        int equal = recorded.getOrDefault(denial, 0);
        if (equal == 0 && denial.proven() && provenKinds < limits.kinds()) {
            provenKinds++;
        } else if (equal < limits.perKind() && spent < limits.perMinute()) {
            spent++;
        } else {
            return false;
        }
        recorded.put(denial, equal + 1);
        return true;
    }

    private DeniedGroup groupOf(Denial denial, int most) {
        GroupKey wanted = denial.group();
        GroupKey key = groups.containsKey(wanted) || groups.size() < most ? wanted : GroupKey.REST;
        return groups.computeIfAbsent(
                key,
                each ->
                        new DeniedGroup(
                                ids.next(),
                                Instant.ofEpochMilli(window * WINDOW.toMillis()),
                                each.caller(),
                                each.principal(),
                                each.action(),
                                each.cause()));
    }
}
