package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.EXPIRED;
import static io.quay.pdp.federation.TokenVerifier.Reason.LIFETIME_TOO_LONG;
import static io.quay.pdp.federation.TokenVerifier.Reason.MALFORMED;
import static io.quay.pdp.federation.TokenVerifier.Reason.MISSING_CLAIM;
import static io.quay.pdp.federation.TokenVerifier.Reason.NOT_YET_VALID;
import static io.quay.pdp.federation.TokenVerifier.Reason.WRONG_AUDIENCE;
import static io.quay.pdp.jose.TestIssuer.AUDIENCE;
import static io.quay.pdp.jose.TestIssuer.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.TokenVerifier.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Times and audience of tokens whose signature holds, to the second.
class TokenClaimsTest {
    private static final TestIssuer ISSUER = TestIssuer.create(VerifierFixture.ISS);
    private static final long NOW_SECONDS = NOW.getEpochSecond();
    private static final long LEEWAY = 60;

    @TempDir Path directory;
    private final VerifierFixture verifier = new VerifierFixture();
    private final Map<String, Object> claims = ISSUER.kubernetesClaims("ci", "terraform", NOW);
    private Issuer registered =
            ISSUER.registered(
                    "cluster",
                    IssuerKind.KUBERNETES,
                    new Issuer.KeySource.JwksFile(Path.of("no-such-file")));

    @BeforeEach
    void publishKeys() {
        registered = VerifierFixture.withFile(directory, ISSUER, ISSUER.jwks());
    }

    private void accepted() {
        verifier.accepted(ISSUER.sign(claims), registered);
    }

    private void refused(Reason reason) {
        verifier.refused(reason, ISSUER.sign(claims), registered);
    }

    private void refused(Reason reason, String claim, @Nullable Object value) {
        claims.put(claim, value);
        refused(reason);
    }

    @Test
    void expiredToken() {
        claims.put("iat", NOW_SECONDS - 600);
        claims.put("nbf", NOW_SECONDS - 600);
        claims.put("exp", NOW_SECONDS - LEEWAY + 1);
        accepted();
        refused(EXPIRED, "exp", NOW_SECONDS - LEEWAY);
    }

    @Test
    void notYetValidToken() {
        claims.put("nbf", NOW_SECONDS + LEEWAY);
        accepted();
        refused(NOT_YET_VALID, "nbf", NOW_SECONDS + LEEWAY + 1);
    }

    @Test
    void tokenIssuedInTheFuture() {
        claims.remove("nbf");
        claims.put("iat", NOW_SECONDS + LEEWAY);
        accepted();
        refused(NOT_YET_VALID, "iat", NOW_SECONDS + LEEWAY + 1);
    }

    @Test
    void issuerWhoseClockRunsAheadAndBackdatesNbfIsAccepted() {
        claims.put("iat", NOW_SECONDS + 5);
        claims.put("nbf", NOW_SECONDS + 5 - 600);
        accepted();
    }

    @Test
    void lifetimeAboveTheCeiling() {
        claims.put("exp", NOW_SECONDS + Duration.ofHours(24).toSeconds());
        accepted();
        refused(LIFETIME_TOO_LONG, "exp", NOW_SECONDS + Duration.ofHours(24).toSeconds() + 1);
    }

    @Test
    void tokenOlderThanTheIssuersLimit() {
        registered =
                new Issuer(
                        "cluster",
                        IssuerKind.KUBERNETES,
                        VerifierFixture.ISS,
                        AUDIENCE,
                        registered.keys(),
                        registered.algorithms(),
                        registered.maxLifetime(),
                        Duration.ofMinutes(10),
                        registered.leeway(),
                        registered.replay(),
                        true);
        claims.put("iat", NOW_SECONDS - 600);
        accepted();
        refused(EXPIRED, "iat", NOW_SECONDS - 601);
    }

    @Test
    void tokenThatEndsBeforeItStarts() {
        claims.put("iat", NOW_SECONDS + 30);
        refused(MALFORMED, "exp", NOW_SECONDS + 30);
    }

    @ParameterizedTest
    @ValueSource(strings = {"exp", "iat", "sub", "aud"})
    void missingClaim(String claim) {
        claims.remove(claim);
        refused(MISSING_CLAIM);
    }

    @ParameterizedTest
    @ValueSource(strings = {"exp", "iat", "nbf"})
    void timesThatAreNoSmallIntegers(String claim) {
        refused(MALFORMED, claim, Long.toString(NOW_SECONDS));
        refused(MALFORMED, claim, NOW_SECONDS + 0.5);
        refused(MALFORMED, claim, Long.MAX_VALUE);
        refused(MALFORMED, claim, Long.MIN_VALUE);
        refused(MALFORMED, claim, (1L << 40) + 1);
        refused(MALFORMED, claim, -1L);
        refused(MALFORMED, claim, true);
        refused(MALFORMED, claim, List.of(NOW_SECONDS));
        refused(MALFORMED, claim, null);
    }

    @Test
    void subjectThatIsNoText() {
        refused(MALFORMED, "sub", 123);
        refused(MALFORMED, "sub", null);
        refused(MALFORMED, "sub", List.of("a"));
        refused(MALFORMED, "sub", "");
    }

    @Test
    void tokenIdentifierThatIsNoText() {
        refused(MALFORMED, "jti", 1);
        claims.remove("jti");
        accepted();
    }

    @Test
    void audienceAsStringOrArrayOfOne() {
        claims.put("aud", AUDIENCE);
        accepted();
        claims.put("aud", List.of(AUDIENCE));
        accepted();
    }

    @Test
    void audienceThatIsNotOursAlone() {
        refused(WRONG_AUDIENCE, "aud", List.of(AUDIENCE, "https://other.example.com"));
        refused(WRONG_AUDIENCE, "aud", List.of(AUDIENCE, AUDIENCE));
        refused(WRONG_AUDIENCE, "aud", List.of());
        refused(WRONG_AUDIENCE, "aud", List.of("sigstore"));
        refused(WRONG_AUDIENCE, "aud", "https://github.com/org");
    }

    @Test
    void audienceThatOnlyLooksLikeOurs() {
        for (String twin :
                List.of(
                        AUDIENCE + "/",
                        AUDIENCE + " ",
                        "HTTPS://pdp.example.com",
                        "",
                        "https://pdp.example.com\u0000")) {
            refused(WRONG_AUDIENCE, "aud", twin);
        }
    }

    @Test
    void audienceOfTheWrongType() {
        refused(MALFORMED, "aud", null);
        refused(MALFORMED, "aud", 1);
        refused(MALFORMED, "aud", Map.of("a", AUDIENCE));
        refused(MALFORMED, "aud", List.of(1));
        refused(MALFORMED, "aud", List.of(AUDIENCE, 1));
        refused(MALFORMED, "aud", Collections.singletonList(null));
        refused(MALFORMED, "aud", List.of(List.of(AUDIENCE)));
    }

    @Test
    void nullMembersOfUnknownClaimsSayNothing() {
        claims.put("extra", null);
        claims.put("list", Arrays.asList("a", null));
        var verified = verifier.accepted(ISSUER.sign(claims), registered);
        assertThat(verified.claims())
                .doesNotContainKey("extra")
                .containsEntry("list", List.of("a"));
    }
}
