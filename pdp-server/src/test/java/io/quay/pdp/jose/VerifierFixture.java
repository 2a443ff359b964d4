package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.MoreExecutors;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.KeptKeys;
import io.quay.pdp.federation.TokenVerifier.Reason;
import io.quay.pdp.federation.TokenVerifier.Verification;
import io.quay.pdp.federation.TokenVerifier.Verification.Rejected;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// A verifier with a clock that only the test moves.
final class VerifierFixture {
    static final String ISS = "https://kubernetes.default.svc.cluster.local";

    private final AtomicLong nanos = new AtomicLong();
    private final JwtVerifier verifier;

    VerifierFixture() {
        this(new KeyFetcher());
    }

    VerifierFixture(KeyFetcher fetcher) {
        verifier = new JwtVerifier(cache(fetcher, KeptKeys.NONE, Clock.systemUTC(), nanos::get));
    }

    /// A cache whose refreshes are over when the call that caused them returns.
    static JwksCache cache(KeyFetcher fetcher, KeptKeys kept, Clock clock, LongSupplier nanos) {
        return new JwksCache(fetcher, kept, clock, nanos, MoreExecutors.newDirectExecutorService());
    }

    /// An issuer of Kubernetes' kind whose keys are in a file.
    static Issuer withFile(Path directory, TestIssuer issuer, String jwks) {
        return issuer.registered(
                "cluster",
                IssuerKind.KUBERNETES,
                new Issuer.KeySource.JwksFile(write(directory, jwks)));
    }

    static Path write(Path directory, String jwks) {
        try {
            return Files.writeString(directory.resolve("keys.json"), jwks);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Issuer allowing(Issuer issuer, Set<String> algorithms) {
        return new Issuer(
                issuer.name(),
                issuer.kind(),
                issuer.issuer(),
                issuer.audience(),
                issuer.keys(),
                algorithms,
                issuer.maxLifetime(),
                issuer.maxAge(),
                issuer.leeway(),
                issuer.replay(),
                issuer.privateNetwork());
    }

    void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    Verification verify(String token, Issuer... issuers) {
        return verifier.verify(token, List.of(issuers), TestIssuer.NOW);
    }

    Verification verifyAt(Instant now, String token, Issuer... issuers) {
        return verifier.verify(token, List.of(issuers), now);
    }

    Verified accepted(String token, Issuer... issuers) {
        Verification verification = verify(token, issuers);
        assertThat(verification).isInstanceOf(Verified.class);
        return (Verified) verification;
    }

    void refused(Reason reason, String token, Issuer... issuers) {
        assertRefused(reason, verify(token, issuers));
    }

    static void assertRefused(Reason reason, Verification verification) {
        assertThat(verification)
                .isInstanceOfSatisfying(
                        Rejected.class,
                        r -> assertThat(r.reason()).as(r.detail()).isEqualTo(reason));
    }
}
