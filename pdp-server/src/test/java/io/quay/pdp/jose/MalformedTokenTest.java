package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.MALFORMED;
import static io.quay.pdp.federation.TokenVerifier.Reason.MISSING_CLAIM;
import static io.quay.pdp.jose.TestIssuer.NOW;
import static io.quay.pdp.jose.TestIssuer.encode;
import static io.quay.pdp.jose.TestIssuer.json;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.TokenVerifier.Verification.Rejected;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Texts that are no signed token with one reading.
class MalformedTokenTest {
    private static final TestIssuer ISSUER = TestIssuer.create(VerifierFixture.ISS);
    // A file that is never read: all of these are refused before the keys are needed.
    private static final Issuer REGISTERED =
            ISSUER.registered(
                    "cluster",
                    IssuerKind.KUBERNETES,
                    new Issuer.KeySource.JwksFile(Path.of("no-such-file")));

    private final VerifierFixture verifier = new VerifierFixture();

    private void refusedClaims(String claims) {
        verifier.refused(MALFORMED, ISSUER.signText(json(ISSUER.header()), claims), REGISTERED);
    }

    private void refusedHeader(String header) {
        String claims = json(ISSUER.kubernetesClaims("ci", "terraform", NOW));
        verifier.refused(MALFORMED, ISSUER.signText(header, claims), REGISTERED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ".",
                "..",
                "...",
                "....",
                "a",
                "a.b",
                "a.b.c",
                "a.b.c.d",
                "%.%.%",
                "\u0000",
                "e30.e30.e30",
                "eyJhbGciOiJFUzI1NiJ9.e30=.AA",
                "W10.e30.AA",
                "bnVsbA.e30.AA",
                "💥.💥.💥"
            })
    void garbageIsRefused(String token) {
        var verification = verifier.verify(token, REGISTERED);
        assertThat(verification).isInstanceOf(Rejected.class);
    }

    @Test
    void encryptedTokenIsRefused() {
        String header = encode(json(Map.of("alg", "RSA-OAEP-256", "enc", "A256GCM")));
        verifier.refused(MALFORMED, header + ".AAAA.AAAA.AAAA.AAAA", REGISTERED);
    }

    @Test
    void tokenAbove16KiBIsRefused() {
        verifier.refused(MALFORMED, "a".repeat(16 * 1024 + 1), REGISTERED);
        Map<String, Object> claims = ISSUER.kubernetesClaims("ci", "terraform", NOW);
        claims.put("filler", "x".repeat(12 * 1024));
        verifier.refused(MALFORMED, ISSUER.sign(claims), REGISTERED);
    }

    @Test
    void whitespaceAndPaddingAreRefused() {
        String token = ISSUER.kubernetesToken("ci", "terraform");
        for (String variant : new String[] {" " + token, token + " ", token + "\n", token + "="}) {
            verifier.refused(MALFORMED, variant, REGISTERED);
        }
    }

    @Test
    void secondSpellingOfTheSameSignatureIsRefused() {
        // 64 bytes leave four unused bits in the last character: 16 spellings, 16 hashes.
        String token = ISSUER.kubernetesToken("ci", "terraform");
        char last = token.charAt(token.length() - 1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        char twin = alphabet.charAt(alphabet.indexOf(last) + 1);
        verifier.refused(MALFORMED, token.substring(0, token.length() - 1) + twin, REGISTERED);
    }

    @Test
    void repeatedHeaderMembersAreRefused() {
        refusedHeader("{\"alg\":\"ES256\",\"kid\":\"key-1\",\"kid\":\"key-2\"}");
        refusedHeader("{\"alg\":\"ES256\",\"\\u0061lg\":\"none\"}");
    }

    @Test
    void repeatedClaimsAreRefused() {
        refusedClaims("{\"iss\":\"" + VerifierFixture.ISS + "\",\"sub\":\"a\",\"sub\":\"b\"}");
        refusedClaims("{\"iss\":\"a\",\"iss\":\"" + VerifierFixture.ISS + "\"}");
    }

    @Test
    void repeatedNestedClaimsAreRefused() {
        refusedClaims(
                "{\"iss\":\""
                        + VerifierFixture.ISS
                        + "\",\"kubernetes.io\":{\"namespace\":\"ci\",\"namespace\":\"kube-system\"}}");
    }

    @Test
    void deepNestingIsRefused() {
        refusedClaims("{\"a\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}");
        refusedHeader("{\"a\":" + "[".repeat(5_000));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":1}",
                "{\"alg\":null}",
                "{\"alg\":[\"ES256\"]}",
                "{\"alg\":\"ES256\",\"kid\":7}",
                "{\"alg\":\"ES256\",\"kid\":null}",
                "{\"alg\":\"ES256\",\"typ\":null}",
                "{\"alg\":\"ES256\",\"typ\":{}}",
                "{\"alg\":\"ES256\",\"crit\":null}"
            })
    void headerMembersOfTheWrongTypeAreRefused(String header) {
        refusedHeader(header);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"iss\":1}", "{\"iss\":[\"a\"]}", "{\"iss\":{}}", "[]", "\"a\"", "1"})
    void issuerThatIsNoStringIsRefused(String claims) {
        refusedClaims(claims);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"iss\":null}"})
    void missingIssuerIsRefused(String claims) {
        verifier.refused(MISSING_CLAIM, ISSUER.signText(json(ISSUER.header()), claims), REGISTERED);
    }
}
