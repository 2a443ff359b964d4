package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.federation.Issuer.KeySource.BundleFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What of a bundle verifies tokens, and what its numbers mean.
class SpiffeBundleTest {
    private static final TestKey KEY = TestKey.generate("key-1", "ES256");

    private static KeyDocument read(String document) throws KeysUnavailableException {
        return KeyDocument.read(
                document.getBytes(StandardCharsets.UTF_8),
                new BundleFile(Path.of("bundle.json")),
                "spire");
    }

    private static KeyDocument read(TestBundle bundle) throws KeysUnavailableException {
        return read(bundle.json());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x509-svid", "wit-svid", "sig", "enc", "", "JWT-SVID"})
    void keyOfAnotherUseVerifiesNoToken(String use) throws KeysUnavailableException {
        TestBundle bundle = TestBundle.of(1).with(TestBundle.jwk(KEY, use));
        assertThat(read(bundle).keys().keys()).isEmpty();
    }

    @Test
    void keyWithoutUseVerifiesNoToken() throws KeysUnavailableException {
        Map<String, Object> jwk = TestBundle.jwk(KEY, "jwt-svid");
        jwk.remove("use");
        assertThat(read(TestBundle.of(1).with(jwk)).keys().keys()).isEmpty();
    }

    @Test
    void keyWithoutKidVerifiesNoToken() throws KeysUnavailableException {
        Map<String, Object> nameless = TestBundle.jwk(KEY, "jwt-svid");
        nameless.remove("kid");
        Map<String, Object> empty = TestBundle.jwk(KEY, "jwt-svid");
        empty.put("kid", "");
        TestBundle bundle = TestBundle.of(1).with(nameless).with(empty).withTokenKeys(KEY);
        assertThat(read(bundle).keys().keys()).hasSize(1);
    }

    /// java-spiffe refuses the whole bundle for one key of a kind that it does not know.
    @Test
    void oddKeysAreLeftOutAndTheOthersStay() throws KeysUnavailableException {
        Map<String, Object> unknown = new LinkedHashMap<>();
        unknown.put("use", "jwt-svid");
        unknown.put("kty", "AKP");
        unknown.put("kid", "ml-dsa");
        TestKey ed25519 = TestKey.generate("ed", "EdDSA");
        TestBundle bundle =
                TestBundle.of(1)
                        .with(unknown)
                        .withTokenKeys(ed25519, KEY)
                        .with(Map.of("use", "x509-svid", "x5c", List.of("AAAA")))
                        .with(Map.of("use", "x509-svid", "x5c", List.of("%")))
                        .with(Map.of("use", "x509-svid", "x5c", List.of()))
                        .with(Map.of("use", "x509-svid"));
        KeyDocument document = read(bundle);
        assertThat(document.keys().keys())
                .extracting(VerificationKey::kid)
                .containsExactly("ed", "key-1");
        assertThat(document.roots()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 30",
        "29, 30",
        "30, 30",
        "31, 31",
        "600, 600",
        "3600, 3600",
        "3601, 3600",
        "9223372036854775807, 3600",
        "0, 300",
        "-5, 300",
        ", 300"
    })
    void refreshHintIsKeptWithinReason(@Nullable Long hint, long seconds)
            throws KeysUnavailableException {
        assertThat(read(new TestBundle(List.of(), 1L, hint)).softAge())
                .isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"5\"", "-1", "1.5", "[]", "18446744073709551616", "true"})
    void sequenceThatIsNoNumberIsRefused(String sequence) {
        String bundle = "{\"keys\":[],\"spiffe_sequence\":" + sequence + "}";
        assertThatThrownBy(() -> read(bundle))
                .isInstanceOf(KeysUnavailableException.class)
                .hasMessageContaining("spiffe_sequence");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"spiffe_sequence\":9}", "{\"keys\":null}", "[]", ""})
    void documentWithoutKeysIsNoRevocation(String document) {
        assertThatThrownBy(() -> read(document)).isInstanceOf(KeysUnavailableException.class);
    }

    @ParameterizedTest
    @CsvSource({", , true", ", 5, true", "5, 5, true", "5, 6, true", "5, 4, false", "5, , false"})
    void sequenceNeverGoesBack(@Nullable Long before, @Nullable Long next, boolean allowed) {
        assertThat(SpiffeBundle.mayFollow(before, next)).isEqualTo(allowed);
    }

    /// Bundles of a real SPIRE server while it prepared, activated, tainted and revoked a key.
    @ParameterizedTest
    @CsvSource({
        "bundle-1, 1, yfmqDGmSRdz8XENrU723IdY1GpZfynRD",
        "bundle-2-prepared, 2, pZd9xSg1dGuIrhyXZbsJ6wrbviLhH2dU yfmqDGmSRdz8XENrU723IdY1GpZfynRD",
        "bundle-3-tainted, 3, yfmqDGmSRdz8XENrU723IdY1GpZfynRD pZd9xSg1dGuIrhyXZbsJ6wrbviLhH2dU",
        "bundle-4-revoked, 4, pZd9xSg1dGuIrhyXZbsJ6wrbviLhH2dU",
        "bundle-rsa, 1, mw2I3vfb7LfGs9wE9UDu4OEBLOwQwTbQ"
    })
    void recordedBundlesOfSpireAreRead(String name, long sequence, String kids) throws Exception {
        Path file =
                Path.of(
                        System.getProperty("pdp.repository", ".."),
                        "test-fixtures/tokens/recorded-workload-tokens.json");
        String recorded =
                new ObjectMapper().readTree(file.toFile()).at("/spiffe/bundles/" + name).toString();
        KeyDocument bundle = read(recorded);
        assertThat(bundle.keys().keys())
                .extracting(VerificationKey::kid)
                .containsExactly(kids.split(" ", -1));
        assertThat(bundle.sequence()).isEqualTo(sequence);
        assertThat(bundle.roots()).hasSize(1);
    }
}
