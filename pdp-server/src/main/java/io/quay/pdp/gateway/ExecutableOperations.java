package io.quay.pdp.gateway;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.quay.Operation;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What Quay can execute for a service account at all, whatever the policies say. Immutable.
///
/// @param shared whether calls are executed as a user that all accounts share
/// @param closed the organization that is out of reach; null = none
record ExecutableOperations(boolean shared, @Nullable String closed) {
    private static final Set<String> OBJECTS =
            Set.of(EntityTypes.ORGANIZATION, EntityTypes.REPOSITORY, EntityTypes.USER);

    /// Why a call is not executed; empty when it can be.
    Optional<Prepared> refusal(AllowedCall call) {
        Operation operation = call.operation();
        return switch (operation.execution()) {
            case NEVER -> never(operation);
            case OWN_USER -> shared ? sharedUser(operation) : withinReach(call);
            case ANY_USER -> withinReach(call);
        };
    }

    /// Why an operation is executed for no service account in any way; empty for most.
    static Optional<Prepared> never(Operation operation) {
        return operation.execution() == Operation.Execution.NEVER
                ? refused(
                        "`"
                                + operation.name()
                                + "` makes, renames, signs in or converts the calling user itself:"
                                + " no service account may have it executed, whatever the policies"
                                + " say")
                : Optional.empty();
    }

    private static Optional<Prepared> sharedUser(Operation operation) {
        return refused(
                "`"
                        + operation.name()
                        + "` is about the calling user, which all accounts share here: it needs"
                        + " `quay.execute: sso_jwt`");
    }

    private Optional<Prepared> withinReach(AllowedCall call) {
        String organization = closed;
        if (organization == null) {
            return Optional.empty();
        }
        if (within(organization, call.resource())
                || (call.further() != null
                        && call.further().stream().anyMatch(each -> within(organization, each)))) {
            return refused(
                    "organization `"
                            + organization
                            + "` holds the application whose tokens execute calls: it is out of"
                            + " reach");
        }
        if (call.further() == null && namesFurtherObjects(call)) {
            return refused(
                    "`"
                            + call.operation().name()
                            + "` may name an object of the organization that is out of reach");
        }
        return Optional.empty();
    }

    /// Whether it names objects beside the primary one.
    private static boolean namesFurtherObjects(AllowedCall call) {
        return call.operation().resourceTypes().stream().skip(1).anyMatch(OBJECTS::contains);
    }

    private static boolean within(String organization, EntityRef object) {
        return namespace(object).filter(organization::equalsIgnoreCase).isPresent();
    }

    /// The namespace that an object is, or is in.
    static Optional<String> namespace(EntityRef object) {
        return switch (object.type()) {
            case EntityTypes.ORGANIZATION, EntityTypes.USER -> Optional.of(object.id());
            case EntityTypes.REPOSITORY ->
                    Optional.of(object.id())
                            .filter(name -> name.indexOf('/') > 0)
                            .map(name -> name.substring(0, name.indexOf('/')));
            default -> Optional.empty();
        };
    }

    private static Optional<Prepared> refused(String message) {
        return Optional.of(new Prepared.Refused(Cause.NOT_EXECUTABLE, message));
    }
}
