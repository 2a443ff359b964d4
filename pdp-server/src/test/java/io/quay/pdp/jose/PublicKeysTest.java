package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import io.quay.pdp.accounts.KeyParser;
import io.quay.pdp.identity.Credential;
import java.math.BigInteger;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class PublicKeysTest {
    private static final PublicKeys KEYS = new PublicKeys();

    private static String pem(PublicKey key) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    private static PublicKey generate(String algorithm, int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (bits > 0) {
            generator.initialize(bits);
        }
        return generator.generateKeyPair().getPublic();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"RSA, 2048", "RSA, 3072", "EC, 256", "EC, 384", "Ed25519, 0"})
    void readsPemAndItsOwnJwkAsTheSameKey(String algorithm, int bits) throws Exception {
        Credential.Proof.PublicKey key = KEYS.parse(pem(generate(algorithm, bits)));
        assertThat(KEYS.parse(key.jwk())).isEqualTo(key);
        assertThat(JWK.parse(key.jwk()).isPrivate()).isFalse();
        assertThat(JWK.parse(key.jwk()).computeThumbprint().toString()).isEqualTo(key.thumbprint());
    }

    @Test
    void keepsTheNameOfAKeyAndNothingElseThatCameWithIt() throws Exception {
        ECKey key = new ECKeyGenerator(Curve.P_256).keyID("ci-2026").generate();
        String text =
                key.toPublicJWK()
                        .toJSONString()
                        .replace("{", "{\"x5u\":\"https://example.com\",\"note\":\"mine\",");
        assertThat(KEYS.parse(text).jwk())
                .contains("ci-2026")
                .doesNotContain("example.com")
                .doesNotContain("mine");
    }

    /// RFC 7518 §6.3.1.1 forbids leading zeros, and a spelling that is let through would pass for
    /// another key.
    @Test
    void anotherSpellingOfAKeyIsTheSameKey() throws Exception {
        RSAKey key = new RSAKeyGenerator(2048).generate().toPublicJWK();
        byte[] modulus = key.getModulus().decode();
        byte[] padded = new byte[modulus.length + 1];
        System.arraycopy(modulus, 0, padded, 1, modulus.length);
        RSAKey other =
                new RSAKey.Builder(Base64URL.encode(padded), key.getPublicExponent()).build();
        assertThat(KEYS.parse(other.toJSONString()).thumbprint())
                .isEqualTo(KEYS.parse(key.toJSONString()).thumbprint());
    }

    static Stream<Arguments> unusable() throws Exception {
        RSAKey rsa = new RSAKeyGenerator(2048).generate();
        ECKey ec = new ECKeyGenerator(Curve.P_256).generate();
        return Stream.of(
                Arguments.of("private JWK", ec.toJSONString(), "private key"),
                Arguments.of(
                        "private PEM",
                        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
                        "private key"),
                Arguments.of("RSA of 1024 bits", pem(generate("RSA", 1024)), "1024 bits"),
                Arguments.of("P-521", pem(generate("EC", 521)), "another curve"),
                Arguments.of(
                        "secp256k1",
                        "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":\"AA\"}",
                        "is no"),
                Arguments.of("Ed448", pem(generate("Ed448", 0)), "Ed25519"),
                Arguments.of("X25519", pem(generate("X25519", 0)), "RSA, EC or Ed25519"),
                Arguments.of(
                        "symmetric", "{\"kty\":\"oct\",\"k\":\"c2VjcmV0LXNlY3JldA\"}", "private"),
                Arguments.of(
                        "for encryption",
                        rsa.toPublicJWK().toJSONString().replace("{", "{\"use\":\"enc\","),
                        "signatures"),
                Arguments.of(
                        "not for verifying",
                        rsa.toPublicJWK()
                                .toJSONString()
                                .replace("{", "{\"key_ops\":[\"encrypt\"],"),
                        "key_ops"),
                Arguments.of(
                        "a point off the curve",
                        new String(
                                ec.toPublicJWK()
                                        .toJSONString()
                                        .replace(ec.getX().toString(), ec.getY().toString())),
                        "is no"),
                Arguments.of(
                        "exponent 1",
                        new RSAKey.Builder(rsa.getModulus(), Base64URL.encode(BigInteger.ONE))
                                .build()
                                .toJSONString(),
                        "exponent"),
                Arguments.of(
                        "a member twice",
                        ec.toPublicJWK().toJSONString().replace("{", "{\"kty\":\"RSA\","),
                        "is no"),
                Arguments.of("text", "hello", "neither"),
                Arguments.of("an array", "[]", "neither"),
                Arguments.of("empty", "", "neither"),
                Arguments.of("too long", "{" + " ".repeat(20_000), "16 KiB"),
                Arguments.of(
                        "broken PEM",
                        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
                        "is"),
                Arguments.of(
                        "a certificate request",
                        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
                        "not a PUBLIC KEY"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unusable")
    void refusesWithAReasonAndWithoutTheKey(String what, String text, String reason) {
        assertThatThrownBy(() -> KEYS.parse(text))
                .as(what)
                .isInstanceOf(KeyParser.UnusableKeyException.class)
                .hasMessageContaining(reason)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
    }
}
