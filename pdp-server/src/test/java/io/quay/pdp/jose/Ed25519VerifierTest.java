package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Ed25519VerifierTest {
    private static final String KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    private static final byte[] INPUT =
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final Base64URL SIGNATURE =
            new Base64URL(
                    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    private static final JWSHeader HEADER = new JWSHeader(JWSAlgorithm.EdDSA);

    private static Ed25519Verifier verifier() throws JOSEException {
        return new Ed25519Verifier(Ed25519Verifier.publicKey(new Base64URL(KEY).decode()));
    }

    @Test
    void exampleOfRfc8037AppendixA5Holds() throws JOSEException {
        assertThat(verifier().verify(HEADER, INPUT, SIGNATURE)).isTrue();
    }

    @Test
    void holdsUnderTheNameOfRfc9864Too() throws JOSEException {
        assertThat(verifier().verify(new JWSHeader(JWSAlgorithm.Ed25519), INPUT, SIGNATURE))
                .isTrue();
    }

    @Test
    void changedInputShortSignatureAndOtherAlgorithmAreRefused() throws JOSEException {
        byte[] changed = INPUT.clone();
        changed[0] ^= 1;
        assertThat(verifier().verify(HEADER, changed, SIGNATURE)).isFalse();
        assertThat(verifier().verify(HEADER, INPUT, new Base64URL("AAAA"))).isFalse();
        assertThat(verifier().verify(new JWSHeader(JWSAlgorithm.ES256), INPUT, SIGNATURE))
                .isFalse();
    }

    @Test
    void keyOfTheWrongLengthIsRefused() {
        assertThatThrownBy(() -> Ed25519Verifier.publicKey(new byte[31]))
                .isInstanceOf(JOSEException.class);
    }

    /// The points whose order divides eight, and two encodings of such beyond the field.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0100000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000080",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0000000000000000000000000000000000000000000000000000000000000080",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
            })
    void keyOfSmallOrderIsRefused(String encoded) {
        assertThatThrownBy(() -> Ed25519Verifier.publicKey(HexFormat.of().parseHex(encoded)))
                .isInstanceOf(JOSEException.class);
    }
}
