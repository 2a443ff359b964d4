package io.quay.pdp.federation;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A trusted issuer of workload tokens, as `issuers.yaml` declares it. Immutable.
///
/// @param name how policies and records call it
/// @param issuer the exact `iss`, compared byte for byte
/// @param audience the sole `aud` that its tokens must have
/// @param algorithms the JWS algorithms it may sign with
/// @param maxLifetime the longest `exp - iat` accepted
/// @param maxAge the longest time since `iat` accepted
/// @param leeway the clock skew accepted for `exp`, `nbf` and `iat`
public record Issuer(
        String name,
        IssuerKind kind,
        String issuer,
        String audience,
        KeySource keys,
        Set<String> algorithms,
        Duration maxLifetime,
        Duration maxAge,
        Duration leeway) {
    public Issuer {
        algorithms = Set.copyOf(algorithms);
    }

    /// Where its public keys come from.
    public sealed interface KeySource {
        /// `jwks_uri` of `<issuer>/.well-known/openid-configuration`.
        ///
        /// @param caFile PEM certificates to trust instead of the system's; null = the system's
        record Discovery(@Nullable Path caFile) implements KeySource {}

        record JwksUri(URI uri, @Nullable Path caFile) implements KeySource {}

        /// A JWK set on disk, read again when it changes.
        record JwksFile(Path file) implements KeySource {}
    }
}
