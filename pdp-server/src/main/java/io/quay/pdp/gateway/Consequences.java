package io.quay.pdp.gateway;

import io.quay.pdp.accounts.GrantSuspensions;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a call that changes something in Quay means for what is known and granted here. Safe for
/// use by any number of threads.
///
/// @param attributes null = Quay is asked about nothing
record Consequences(@Nullable QuayAttributes attributes, GrantSuspensions suspensions) {
    private static final Logger LOG = LoggerFactory.getLogger(Consequences.class);

    /// Operations after which a namespace may be somebody else's.
    private static final Set<String> FREEING =
            Set.of(
                    "deleteAdminedOrganization",
                    "deleteOrganization",
                    "changeOrganization",
                    "deleteInstallUser");

    /// Before the call is sent.
    ///
    /// @throws RuntimeException when something cannot be kept: the call must not be sent
    void before(RecordedDecisions.Answer answer) {
        Outcome outcome = answer.outcome();
        String operation = outcome.action();
        if (operation != null && FREEING.contains(operation)) {
            suspensions.suspend(namespaces(outcome), answer.id(), operation, principal(outcome));
        }
    }

    /// As soon as Quay may have executed it.
    ///
    /// @param status Quay's; null = there is no answer: it may have executed the call
    void after(RecordedDecisions.Answer answer, @Nullable Integer status) {
        Outcome outcome = answer.outcome();
        if (attributes != null && outcome.mutates()) {
            attributes.forget(objects(outcome));
        }
        String operation = outcome.action();
        boolean refused = status != null && status >= 400 && status < 500;
        if (refused && operation != null && FREEING.contains(operation)) {
            try {
                suspensions.refused(answer.id(), principal(outcome));
            } catch (RuntimeException e) {
                LOG.atWarn()
                        .setCause(e)
                        .addKeyValue("decision_id", answer.id())
                        .log("grants stay suspended although Quay refused the call");
            }
        }
    }

    private static Set<EntityRef> objects(Outcome outcome) {
        return outcome.questions().stream().map(Question::resource).collect(Collectors.toSet());
    }

    private static Set<String> namespaces(Outcome outcome) {
        return objects(outcome).stream()
                .filter(object ->
                        object.type().equals(EntityTypes.ORGANIZATION)
                                || object.type().equals(EntityTypes.USER))
                .map(EntityRef::id)
                .collect(Collectors.toSet());
    }

    private static String principal(Outcome outcome) {
        EntityRef principal = outcome.principal();
        return principal == null ? "" : principal.id();
    }
}
