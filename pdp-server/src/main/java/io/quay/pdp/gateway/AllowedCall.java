package io.quay.pdp.gateway;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.quay.Operation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A call to Quay that the policies allow, as the part that has it executed sees it. Immutable.
///
/// @param account who makes it
/// @param resource the primary resource
/// @param further the further objects that it acts on; null = not known: what depends on them is
///   then not executed
public record AllowedCall(
        ServiceAccount account,
        Operation operation,
        EntityRef resource,
        @Nullable List<EntityRef> further) {
    public AllowedCall {
        further = further == null ? null : List.copyOf(further);
    }

    /// Of which the further objects are not known.
    public AllowedCall(ServiceAccount account, Operation operation, EntityRef resource) {
        this(account, operation, resource, null);
    }
}
