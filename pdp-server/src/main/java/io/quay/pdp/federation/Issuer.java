package io.quay.pdp.federation;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A trusted issuer of workload tokens, as `issuers.yaml` declares it. Immutable.
///
/// @param name how policies and records call it
/// @param issuer the exact `iss`, compared byte for byte; of SPIFFE, whose tokens need no `iss`,
///   the trust domain as `spiffe://example.org`
/// @param audience the sole `aud` that its tokens must have
/// @param algorithms the JWS algorithms it may sign with
/// @param maxLifetime the longest `exp - iat` accepted
/// @param maxAge the longest time since `iat` accepted
/// @param leeway the clock skew accepted for `exp`, `nbf` and `iat`
/// @param replay how often one of its tokens may be exchanged
/// @param privateNetwork whether its keys may be at an address that is not public
/// @param review where a cluster is asked about each token once it is verified; null = nowhere
public record Issuer(
        String name,
        IssuerKind kind,
        String issuer,
        String audience,
        KeySource keys,
        Set<String> algorithms,
        Duration maxLifetime,
        Duration maxAge,
        Duration leeway,
        Replay replay,
        boolean privateNetwork,
        @Nullable Review review) {
    public Issuer {
        algorithms = Set.copyOf(algorithms);
    }

    /// One whose tokens nobody is asked about.
    public Issuer(
            String name,
            IssuerKind kind,
            String issuer,
            String audience,
            KeySource keys,
            Set<String> algorithms,
            Duration maxLifetime,
            Duration maxAge,
            Duration leeway,
            Replay replay,
            boolean privateNetwork) {
        this(
                name,
                kind,
                issuer,
                audience,
                keys,
                algorithms,
                maxLifetime,
                maxAge,
                leeway,
                replay,
                privateNetwork,
                null);
    }

    /// Kubernetes' TokenReview.
    ///
    /// @param uri the API server's base URL
    /// @param access with the credential of somebody who may create reviews
    public record Review(URI uri, Access access) {}

    /// What a request for its keys needs.
    ///
    /// @param caFile PEM certificates to trust instead of the system's; null = the system's
    /// @param bearerFile a bearer token, sent to the origin that is configured and to no other;
    ///   read again for every request; null = none
    public record Access(@Nullable Path caFile, @Nullable Path bearerFile) {
        public static final Access PLAIN = new Access(null, null);
    }

    /// Where its public keys come from.
    public sealed interface KeySource {
        /// `jwks_uri` of `<issuer>/.well-known/openid-configuration`.
        record Discovery(Access access) implements KeySource {}

        record JwksUri(URI uri, Access access) implements KeySource {}

        /// A JWK set on disk, read again when it changes.
        record JwksFile(Path file) implements KeySource {}

        /// A SPIFFE bundle on disk, read again when it changes.
        record BundleFile(Path file) implements KeySource {}

        /// A SPIFFE bundle endpoint (SPIFFE Trust Domain and Bundle §5).
        record BundleUri(URI uri, Profile profile, Access access) implements KeySource {}
    }

    /// How a bundle endpoint proves itself.
    public sealed interface Profile {
        /// By a certificate of the Web PKI, or of the issuer's `ca_file`.
        record HttpsWeb() implements Profile {}

        /// By an X.509-SVID of the trust domain itself, verified with the bundle that is kept.
        ///
        /// @param endpointId the SPIFFE ID that its certificate must have
        /// @param bootstrap the bundle to begin with
        record HttpsSpiffe(String endpointId, Path bootstrap) implements Profile {}
    }
}
