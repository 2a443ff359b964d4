package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.EXPIRED;
import static io.quay.pdp.federation.TokenVerifier.Reason.NOT_YET_VALID;
import static io.quay.pdp.federation.TokenVerifier.Reason.WRONG_AUDIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.federation.ClaimMapper;
import io.quay.pdp.federation.ClaimMapper.Outcome;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.Value;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
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
    private JsonNode recorded = new ObjectMapper().createObjectNode();

    @BeforeEach
    void read() throws IOException {
        Path file =
                Path.of(
                        System.getProperty("pdp.repository", ".."),
                        "test-fixtures/tokens/recorded-workload-tokens.json");
        recorded = new ObjectMapper().readTree(file.toFile()).get("kubernetes");
    }

    private Issuer issuer() {
        TestIssuer shape = TestIssuer.create(recorded.get("issuer").asText());
        return VerifierFixture.withFile(directory, shape, recorded.get("jwks").toString());
    }

    private String token(String name) {
        for (JsonNode token : recorded.get("tokens")) {
            if (token.get("name").asText().equals(name)) {
                return token.get("token").asText();
            }
        }
        throw new IllegalArgumentException(name);
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
}
