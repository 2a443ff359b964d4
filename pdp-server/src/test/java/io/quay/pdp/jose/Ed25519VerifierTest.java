package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

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
}
