package io.quay.pdp.gateway;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.quay.Operation;

/// A call to Quay that the policies allow, as the part that has it executed sees it. Immutable.
///
/// @param account who makes it
/// @param resource the primary resource
public record AllowedCall(ServiceAccount account, Operation operation, EntityRef resource) {}
