package io.quay.pdp.jose;

import static io.quay.pdp.jose.TestIssuer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.federation.Issuer.Access;
import io.quay.pdp.federation.Issuer.KeySource.Discovery;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 7517 §5: a key that cannot be understood does not disable the others.
class KeySetTest {
    private static final TestKey GOOD = TestKey.generate("good", "ES256");
    private static final TestKey OTHER = TestKey.generate("other", "ES256");

    private static KeySet parse(Object document) throws KeysUnavailableException {
        return read(json(document));
    }

    private static KeySet read(String document) throws KeysUnavailableException {
        return KeyDocument.read(
                        document.getBytes(StandardCharsets.UTF_8),
                        new Discovery(Access.PLAIN),
                        "cluster")
                .keys();
    }

    private static Map<String, Object> with(String member, Object value) {
        Map<String, Object> jwk = new LinkedHashMap<>(OTHER.jwk());
        jwk.put(member, value);
        return jwk;
    }

    private static Map<String, Object> without(String member) {
        Map<String, Object> jwk = new LinkedHashMap<>(OTHER.jwk());
        jwk.remove(member);
        return jwk;
    }

    static Stream<Object> unusableKeys() {
        Map<String, Object> rsaWithSmallExponent = TestKey.rsa("e1", 2048).jwk();
        rsaWithSmallExponent.put("e", "AQ");
        return Stream.of(
                with("crv", "P-999"),
                with("crv", "secp256k1"),
                with("crv", "P-384"),
                with("x", "AAAA"),
                with("x", 5),
                without("kty"),
                without("x"),
                with("kty", "AKP"),
                with("kty", 5),
                with("x5c", List.of("AAAA")),
                with("x5c", "AAAA"),
                with("use", ""),
                with("use", "enc"),
                with("use", "x509-svid"),
                with("use", "jwt-svid"),
                with("use", 5),
                with("key_ops", List.of("encrypt")),
                with("d", "AAAA"),
                with("kid", 5),
                Map.of("kty", "oct", "k", "AAAA", "kid", "other"),
                Map.of("kty", "OKP", "crv", "X25519", "x", "AAAA"),
                Map.of("kty", "OKP", "crv", "Ed25519", "x", "AAAA"),
                Map.of("kty", "RSA", "n", "AQAB", "e", "AQAB"),
                rsaWithSmallExponent,
                TestKey.generate("p521", "ES512").jwk(),
                Map.of(),
                "text",
                1,
                List.of());
    }

    @ParameterizedTest
    @MethodSource("unusableKeys")
    void unusableKeyIsLeftOutAndTheOthersStay(Object bad) throws KeysUnavailableException {
        KeySet keys = parse(Map.of("keys", List.of(bad, GOOD.jwk(), bad)));
        assertThat(keys.keys()).extracting(VerificationKey::kid).containsExactly("good");
    }

    @Test
    void usableVariantsAreKept() throws KeysUnavailableException {
        KeySet keys =
                parse(
                        Map.of(
                                "keys",
                                List.of(
                                        without("use"),
                                        without("alg"),
                                        without("kid"),
                                        with("key_ops", List.of("verify")),
                                        with("unknown", "member"),
                                        TestKey.generate("ed", "EdDSA").jwk(),
                                        TestKey.generate("rsa", "RS256").jwk())));
        assertThat(keys.keys()).hasSize(7);
    }

    @Test
    void nullAmongTheKeysIsLeftOut() throws KeysUnavailableException {
        assertThat(parse(Map.of("keys", Collections.singletonList(null))).keys()).isEmpty();
    }

    @Test
    void issuerThatWithdrewAllKeysIsBelieved() throws KeysUnavailableException {
        assertThat(parse(Map.of("keys", List.of())).keys()).isEmpty();
    }

    @Test
    void hundredAndOneKeysAreRefused() throws KeysUnavailableException {
        assertThat(parse(Map.of("keys", Collections.nCopies(100, GOOD.jwk()))).keys()).hasSize(100);
        assertThatThrownBy(() -> parse(Map.of("keys", Collections.nCopies(101, GOOD.jwk()))))
                .isInstanceOf(KeysUnavailableException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"keys\":{}}",
                "{\"keys\":null}",
                "<html>",
                "{\"keys\":[],\"keys\":[]}"
            })
    void documentThatIsNoKeySetIsRefused(String document) {
        assertThatThrownBy(() -> read(document)).isInstanceOf(KeysUnavailableException.class);
    }
}
