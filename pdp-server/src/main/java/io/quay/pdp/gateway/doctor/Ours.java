package io.quay.pdp.gateway.doctor;

import io.quay.pdp.gateway.CredentialFile;
import io.quay.pdp.gateway.Executions;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.ServiceAccounts;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.token.QuayTokens;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What our configuration says of Quay.
///
/// @param baseUrl without a final slash
/// @param tokens null = none are made for Quay
/// @param credential null = none is configured
/// @param superuser for a look at Quay's settings only; null = none is given
/// @param named accounts as which Quay may be called even if that makes their users
/// @param declared the accounts of `accounts.yaml`
public record Ours(
        URI baseUrl,
        Executions.Mode mode,
        @Nullable QuayTokens tokens,
        @Nullable CredentialFile credential,
        @Nullable CredentialFile superuser,
        List<ServiceAccount> named,
        ServiceAccounts declared,
        Catalog catalog) {
    public Ours {
        named = List.copyOf(named);
    }
}
