package io.quay.pdp.accounts;

import io.quay.pdp.identity.Grant;
import java.time.Instant;

/// A grant that was made through the API.
///
/// @param accountId of the account that has it
/// @param createdBy the name of the account that made it
public record StoredGrant(Grant grant, String accountId, String createdBy, Instant createdAt) {}
