package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.EntityRef;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Suspends the API's grants on organizations whose names a call may free, and restores them. Safe
/// for use by any number of threads. Methods throw [Store.StorageException] when a change cannot be
/// kept: then nothing has changed.
public final class GrantSuspensions {
    private final Suspensions kept;
    private final Directory directory;
    private final Administration administration;
    private final DecisionIds ids;
    private final Clock clock;

    public GrantSuspensions(
            Suspensions kept,
            Directory directory,
            Administration administration,
            DecisionIds ids,
            Clock clock) {
        this.kept = kept;
        this.directory = directory;
        this.administration = administration;
        this.ids = ids;
        this.clock = clock;
    }

    /// Reads what is kept; before anything is decided.
    public void load() {
        kept.all().forEach(directory::put);
    }

    /// Suspends, durably, before the call is sent.
    ///
    /// @param account who makes the call
    public void suspend(
            Set<String> organizations, String decisionId, String operation, String account) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        List<Suspension> fresh =
                organizations.stream()
                        .sorted()
                        .map(name -> new Suspension(name, decisionId, operation, now))
                        .filter(directory::concerns)
                        .toList();
        if (!fresh.isEmpty()) {
            kept.add(fresh, events(Event.Kind.GRANTS_SUSPENDED, fresh, account, null));
            fresh.forEach(directory::put);
        }
    }

    /// Quay refused the call: what it suspended counts again.
    public void refused(String decisionId, String account) {
        List<Suspension> mine =
                directory.suspensions().stream()
                        .filter(each -> each.decisionId().equals(decisionId))
                        .toList();
        remove(mine, events(Event.Kind.GRANTS_RESTORED, mine, account, null));
    }

    /// Lets the suspended grants on an organization count again.
    ///
    /// @throws RefusedException when the caller may not, or none is suspended
    public void confirm(Caller caller, String organization) {
        administration.require(caller, "confirmGrants", EntityRef.organization(organization));
        List<Suspension> found =
                directory.suspensions().stream()
                        .filter(each -> each.organization().equals(organization))
                        .toList();
        if (found.isEmpty()) {
            throw new RefusedException(
                    Refusal.NOT_FOUND, "no grants on `" + organization + "` are suspended");
        }
        remove(found, events(Event.Kind.GRANTS_CONFIRMED, found, caller.name(), caller));
    }

    private void remove(List<Suspension> suspensions, List<Event> events) {
        if (!suspensions.isEmpty()) {
            kept.remove(suspensions, events);
            suspensions.forEach(directory::remove);
        }
    }

    private List<Event> events(
            Event.Kind kind, List<Suspension> of, String actor, @Nullable Caller caller) {
        return of.stream()
                .map(each ->
                        new Event(
                                ids.next(),
                                clock.instant().truncatedTo(ChronoUnit.MILLIS),
                                kind,
                                actor,
                                caller == null ? null : caller.credential(),
                                null,
                                each.decisionId(),
                                null,
                                List.of(),
                                caller == null ? null : caller.requestId(),
                                caller == null ? null : caller.sourceIp(),
                                Map.of(
                                        "organization",
                                        each.organization(),
                                        "operation",
                                        each.operation())))
                .toList();
    }
}
