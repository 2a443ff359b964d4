package io.quay.pdp.federation;

import io.quay.pdp.identity.Credential;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The port to what was said through the API of workloads that assume accounts. Implementations are
/// safe for use by any number of threads.
public interface FederatedAccounts {
    /// The account's credential that is exactly this workload and has not expired.
    ///
    /// @param issuer as it is registered now: one that took over the name of another is not meant
    /// @param subject the token's `sub`
    Optional<Credential> findFederated(
            String accountId, Issuer issuer, String subject, Instant now);

    /// Whether tokens of this description were revoked after that moment.
    ///
    /// @param credentialId null = none is behind it
    /// @param issuer the issuer's name
    boolean revoked(
            String accountId, @Nullable String credentialId, String issuer, Instant issuedAt);

    /// Nothing was said through the API.
    static FederatedAccounts none() {
        return new FederatedAccounts() {
            @Override
            public Optional<Credential> findFederated(
                    String accountId, Issuer issuer, String subject, Instant now) {
                return Optional.empty();
            }

            @Override
            public boolean revoked(
                    String accountId,
                    @Nullable String credentialId,
                    String issuer,
                    Instant issuedAt) {
                return false;
            }
        };
    }
}
