package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.EXPIRED;
import static io.quay.pdp.federation.TokenVerifier.Reason.NOT_YET_VALID;
import static io.quay.pdp.federation.TokenVerifier.Reason.NO_MATCHING_KEY;
import static io.quay.pdp.federation.TokenVerifier.Reason.WRONG_AUDIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.ClaimMapper;
import io.quay.pdp.federation.ClaimMapper.Cause;
import io.quay.pdp.federation.ClaimMapper.Outcome;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.Value;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Tokens that a real API server minted, at a clock of our own.
class RecordedTokensTest {
    private static final String UID = "533bbdfc-774a-496e-a882-f9d8795e499d";
    private static final Instant ISSUED = Instant.ofEpochSecond(1795409011);

    @TempDir Path directory;
    private final VerifierFixture verifier = new VerifierFixture();
    private final RecordedTokens recorded = RecordedTokens.of("kubernetes");

    private Issuer issuer() {
        String iss = recorded.section().get("issuer").asText();
        String jwks = recorded.section().get("jwks").toString();
        return VerifierFixture.withFile(directory, TestIssuer.create(iss), jwks);
    }

    private String token(String name) {
        return recorded.token(name);
    }

    private Verified accepted(Instant now, String name) {
        var verification = verifier.verifyAt(now, token(name), issuer());
        assertThat(verification).isInstanceOf(Verified.class);
        return (Verified) verification;
    }

    @ParameterizedTest
    @ValueSource(strings = {"pod-bound", "unbound"})
    void tokenIsVerifiedInsideItsWindowOnly(String name) {
        Verified verified = accepted(ISSUED.plusSeconds(300), name);
        assertThat(verified.expiresAt()).isEqualTo(ISSUED.plusSeconds(600));
        assertThat(verified.claims()).containsEntry("sub", "system:serviceaccount:ci:terraform");
        accepted(ISSUED.minusSeconds(60), name);
        VerifierFixture.assertRefused(
                NOT_YET_VALID, verifier.verifyAt(ISSUED.minusSeconds(61), token(name), issuer()));
        accepted(ISSUED.plusSeconds(659), name);
        VerifierFixture.assertRefused(
                EXPIRED, verifier.verifyAt(ISSUED.plusSeconds(660), token(name), issuer()));
    }

    @Test
    void tokenOfOneDayIsJustAcceptable() {
        assertThat(accepted(ISSUED, "one-day").expiresAt()).isEqualTo(ISSUED.plusSeconds(86_400));
    }

    @ParameterizedTest
    @ValueSource(strings = {"api-server-audience", "two-audiences"})
    void tokenWithoutOurAudienceAloneIsRefused(String name) {
        VerifierFixture.assertRefused(
                WRONG_AUDIENCE, verifier.verifyAt(ISSUED, token(name), issuer()));
    }

    @Test
    void podBoundTokenBecomesAWorkload() {
        assertThat(ClaimMapper.map(accepted(ISSUED, "pod-bound")))
                .isInstanceOfSatisfying(
                        Outcome.Mapped.class,
                        mapped -> {
                            assertThat(mapped.workload().entity().toString())
                                    .isEqualTo(
                                            "Workload::Kubernetes::\"cluster/system:serviceaccount:ci:terraform\"");
                            assertThat(mapped.workload().attributes())
                                    .isEqualTo(
                                            Map.of(
                                                    "issuer", Value.of("cluster"),
                                                    "namespace", Value.of("ci"),
                                                    "service_account", Value.of("terraform"),
                                                    "uid", Value.of(UID),
                                                    "pod", Value.of("runner-0"),
                                                    "pod_uid",
                                                            Value.of(
                                                                    "eef05197-9e8b-42b0-a38a-9e819d2cef7b")));
                            assertThat(mapped.workload().tags()).isEmpty();
                        });
    }

    /// A pod's token for the API server, were an issuer registered with that audience.
    @Test
    void apiServerAudienceIsRefusedEvenIfRegistered() {
        Issuer issuer = issuer();
        Issuer careless = withAudience(issuer, issuer.issuer());
        var verification = verifier.verifyAt(ISSUED, token("api-server-audience"), careless);
        assertThat(verification).isInstanceOf(Verified.class);
        assertThat(ClaimMapper.map((Verified) verification))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        refused -> assertThat(refused.cause()).isEqualTo(Cause.API_SERVER_TOKEN));
    }

    @Test
    void withdrawnSigningKeyEndsItsTokens() {
        Issuer issuer = issuer();
        assertThat(verifier.verifyAt(ISSUED, token("pod-bound"), issuer))
                .isInstanceOf(Verified.class);
        VerifierFixture.write(directory, TestIssuer.create(issuer.issuer()).jwks());
        VerifierFixture.assertRefused(
                NO_MATCHING_KEY, verifier.verifyAt(ISSUED, token("pod-bound"), issuer));
    }

    private static Issuer withAudience(Issuer issuer, String audience) {
        return new Issuer(
                issuer.name(),
                issuer.kind(),
                issuer.issuer(),
                audience,
                issuer.keys(),
                issuer.algorithms(),
                issuer.maxLifetime(),
                issuer.maxAge(),
                issuer.leeway(),
                issuer.replay(),
                issuer.privateNetwork());
    }
}
