package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.ALGORITHM_NOT_ALLOWED;
import static io.quay.pdp.federation.TokenVerifier.Reason.BAD_SIGNATURE;
import static io.quay.pdp.federation.TokenVerifier.Reason.MALFORMED;
import static io.quay.pdp.federation.TokenVerifier.Reason.NO_MATCHING_KEY;
import static io.quay.pdp.jose.TestIssuer.NOW;
import static io.quay.pdp.jose.TestIssuer.encode;
import static io.quay.pdp.jose.TestIssuer.json;
import static io.quay.pdp.jose.TestIssuer.jwks;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.Issuer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Forged headers, wrong algorithms and wrong keys (RFC 8725 §2).
class JwtVerifierTest {
    private static final TestKey RSA = TestKey.generate("rsa", "RS256");
    private static final TestKey P384 = TestKey.generate("p384", "ES384");
    private static final TestIssuer ISSUER =
            new TestIssuer(VerifierFixture.ISS, TestKey.generate("p256", "ES256"));

    @TempDir Path directory;
    private final VerifierFixture verifier = new VerifierFixture();

    private Issuer issuer() {
        return issuer(jwks(ISSUER.key(), RSA, P384));
    }

    private Issuer issuer(String jwks) {
        return VerifierFixture.withFile(directory, ISSUER, jwks);
    }

    private static Map<String, Object> claims() {
        return ISSUER.kubernetesClaims("ci", "terraform", NOW);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"})
    void everyAllowedAlgorithmIsVerified(String alg) {
        TestIssuer signing = ISSUER.with(TestKey.generate("k", alg));
        String token = signing.sign(claims());
        var verified = verifier.accepted(token, issuer(signing.jwks()));
        assertThat(verified.claims()).containsEntry("sub", "system:serviceaccount:ci:terraform");
        assertThat(verified.claims().get("kubernetes.io")).isInstanceOf(Map.class);
        assertThat(verified.issuedAt()).isEqualTo(NOW);
        assertThat(verified.expiresAt()).isEqualTo(NOW.plusSeconds(3600));
        assertThat(verified.tokenHash()).matches("[0-9a-f]{64}");
        verifier.refused(BAD_SIGNATURE, corruptSignature(token), issuer(signing.jwks()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"none", "None", "nOnE", "NONE", "", "rs256", "HS256", "ES256K", "RSA-OAEP"})
    void algorithmsOutsideTheListAreRefused(String alg) {
        String input = encode(json(Map.of("alg", alg))) + "." + encode(json(claims()));
        verifier.refused(ALGORITHM_NOT_ALLOWED, input + ".", issuer());
        verifier.refused(ALGORITHM_NOT_ALLOWED, input + "." + ISSUER.key().sign(input), issuer());
    }

    static Stream<byte[]> publicKeyBytes() {
        byte[] der = RSA.pair().getPublic().getEncoded();
        String pem =
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                        + "\n-----END PUBLIC KEY-----\n";
        return Stream.of(
                der,
                pem.getBytes(StandardCharsets.US_ASCII),
                json(RSA.jwk()).getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @MethodSource("publicKeyBytes")
    void publicKeyUsedAsHmacSecretIsRefused(byte[] secret) throws GeneralSecurityException {
        String input =
                encode(json(Map.of("alg", "HS256", "kid", "rsa"))) + "." + encode(json(claims()));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        String token =
                input
                        + "."
                        + TestKey.base64(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
        verifier.refused(ALGORITHM_NOT_ALLOWED, token, issuer());
        // An issuer's list cannot widen the global one.
        verifier.refused(
                ALGORITHM_NOT_ALLOWED,
                token,
                VerifierFixture.allowing(issuer(), Set.of("HS256", "none", "RS256")));
    }

    @Test
    void algorithmOutsideTheIssuersListIsRefused() {
        verifier.refused(
                ALGORITHM_NOT_ALLOWED,
                ISSUER.sign(claims()),
                VerifierFixture.allowing(issuer(), Set.of("RS256")));
    }

    @Test
    void es256WithP384KeyIsRefused() {
        verifier.refused(
                NO_MATCHING_KEY,
                ISSUER.with(P384.using("ES256")).sign(claims()),
                issuer(jwks(ISSUER.key(), P384)));
        Map<String, Object> withoutAlg = P384.jwk();
        withoutAlg.remove("alg");
        verifier.refused(
                NO_MATCHING_KEY,
                ISSUER.with(P384.using("ES256")).sign(claims()),
                issuer(json(Map.of("keys", List.of(withoutAlg)))));
    }

    @Test
    void ps256WithKeyForRs256Refused() {
        verifier.refused(NO_MATCHING_KEY, ISSUER.with(RSA.using("PS256")).sign(claims()), issuer());
    }

    @Test
    void keyForEncryptionIsRefused() {
        Map<String, Object> enc = RSA.named("enc").jwk();
        enc.put("use", "enc");
        verifier.refused(
                NO_MATCHING_KEY,
                ISSUER.with(RSA.named("enc")).sign(claims()),
                issuer(json(Map.of("keys", List.of(ISSUER.key().jwk(), enc)))));
    }

    @Test
    void shortRsaKeyIsRefused() {
        TestKey shortKey = TestKey.rsa("short", 1024);
        verifier.refused(
                NO_MATCHING_KEY, ISSUER.with(shortKey).sign(claims()), issuer(jwks(shortKey)));
    }

    @Test
    void keyOfTheSetUnderAnotherNameIsRefused() {
        verifier.refused(
                BAD_SIGNATURE,
                ISSUER.with(RSA.named("rsa").using("RS512"))
                        .signText(json(Map.of("alg", "RS256", "kid", "rsa")), json(claims())),
                issuer());
        verifier.refused(NO_MATCHING_KEY, ISSUER.with(RSA.named("p256")).sign(claims()), issuer());
    }

    @Test
    void tokenWithoutKidIsTriedWithFourKeysAtMost() {
        TestKey[] six =
                Stream.of("a", "b", "c", "d", "e", "f")
                        .map(kid -> TestKey.generate(kid, "ES256"))
                        .toArray(TestKey[]::new);
        Issuer issuer = issuer(jwks(six));
        Map<String, Object> header = Map.of("alg", "ES256");
        verifier.accepted(ISSUER.with(six[3]).sign(header, claims()), issuer);
        verifier.refused(BAD_SIGNATURE, ISSUER.with(six[4]).sign(header, claims()), issuer);
    }

    @Test
    void keySetWithoutAlgAndUseWorks() {
        Map<String, Object> bare = ISSUER.key().jwk();
        bare.remove("alg");
        bare.remove("use");
        verifier.accepted(ISSUER.sign(claims()), issuer(json(Map.of("keys", List.of(bare)))));
    }

    @Test
    void keysThatTheTokenBringsAlongAreIgnored() {
        TestKey forged = TestKey.generate("p256", "ES256");
        try (KeyServer server = KeyServer.start()) {
            server.answer("/", () -> jwks(forged));
            for (String member : List.of("jku", "x5u")) {
                Map<String, Object> header = new HashMap<>(ISSUER.header());
                header.put(member, server.url() + "/jwks");
                header.put("jwk", forged.jwk());
                header.put("x5c", List.of("AAAA"));
                verifier.refused(
                        BAD_SIGNATURE, ISSUER.with(forged).sign(header, claims()), issuer());
                verifier.accepted(ISSUER.sign(header, claims()), issuer());
            }
            assertThat(server.requests()).isZero();
        }
    }

    @Test
    void criticalExtensionsAreRefused() {
        for (Object crit : List.of(List.of("exp"), List.of(), "b64")) {
            Map<String, Object> header = new HashMap<>(ISSUER.header());
            header.put("crit", crit);
            verifier.refused(MALFORMED, ISSUER.sign(header, claims()), issuer());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "at+jwt",
                "application/at+jwt",
                "dpop+jwt",
                "wit+jwt",
                "logout+jwt",
                "JOSE",
                ""
            })
    void otherTypesOfTokenAreRefused(String typ) {
        Map<String, Object> header = new HashMap<>(ISSUER.header());
        header.put("typ", typ);
        verifier.refused(MALFORMED, ISSUER.sign(header, claims()), issuer());
    }

    @Test
    void generalTypeIsAccepted() {
        Map<String, Object> header = new HashMap<>(ISSUER.header());
        header.put("typ", "JWT");
        verifier.accepted(ISSUER.sign(header, claims()), issuer());
    }

    @Test
    void changedClaimsAreRefused() {
        String[] parts = ISSUER.sign(claims()).split("\\.", -1);
        Map<String, Object> changed = ISSUER.kubernetesClaims("kube-system", "admin", NOW);
        verifier.refused(
                BAD_SIGNATURE, parts[0] + "." + encode(json(changed)) + "." + parts[2], issuer());
    }

    private static String corruptSignature(String token) {
        int dot = token.lastIndexOf('.');
        byte[] signature = Base64.getUrlDecoder().decode(token.substring(dot + 1));
        signature[signature.length / 2] ^= 1;
        return token.substring(0, dot + 1) + TestKey.base64(signature);
    }
}
