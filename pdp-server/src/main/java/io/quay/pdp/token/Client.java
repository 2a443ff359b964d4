package io.quay.pdp.token;

import io.quay.pdp.audit.EventLog;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import org.jspecify.annotations.Nullable;

/// A service account that proved itself to an OAuth endpoint.
///
/// @param spent the assertion that it did so with; null for secrets
public record Client(
        ServiceAccount account,
        Credential credential,
        Authentication.Method method,
        EventLog.@Nullable Spent spent) {}
