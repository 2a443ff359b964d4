package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Lets an account be put into our team of an organization again, after people took it out. Safe
/// for use by any number of threads.
public final class EnrolmentApproval {
    private final Administration administration;
    private final Directory directory;
    private final Enrolments enrolments;
    private final DecisionIds ids;
    private final Clock clock;

    public EnrolmentApproval(
            Administration administration,
            Directory directory,
            Enrolments enrolments,
            DecisionIds ids,
            Clock clock) {
        this.administration = administration;
        this.directory = directory;
        this.enrolments = enrolments;
        this.ids = ids;
        this.clock = clock;
    }

    /// @param account its name
    /// @throws RefusedException when the caller may not, or nothing was removed there
    public void approve(Caller caller, String account, String organization) {
        administration.require(caller, "approveEnrolment", EntityRef.organization(organization));
        Enrolment removed =
                directory
                        .find(account)
                        .map(ServiceAccount::id)
                        .flatMap(id -> enrolments.find(id, organization))
                        .filter(found -> found.state() == Enrolment.State.REMOVED)
                        .orElseThrow(() ->
                                new RefusedException(
                                        Refusal.NOT_FOUND,
                                        "`"
                                                + account
                                                + "` was not taken out of `"
                                                + organization
                                                + "`"));
        Enrolment.@Nullable Team team =
                enrolments
                        .team(organization)
                        .filter(found -> found.state() == Enrolment.State.REMOVED)
                        .orElse(null);
        enrolments.remove(
                removed,
                team,
                new Event(
                        ids.next(),
                        clock.instant(),
                        Event.Kind.QUAY_ENROLMENT_APPROVED,
                        caller.name(),
                        caller.credential(),
                        account,
                        null,
                        null,
                        List.of(),
                        caller.requestId(),
                        caller.sourceIp(),
                        Map.of("organization", organization)));
    }
}
