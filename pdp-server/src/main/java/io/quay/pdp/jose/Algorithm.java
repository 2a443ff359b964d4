package io.quay.pdp.jose;

import com.nimbusds.jose.JWSAlgorithm;
import java.util.Optional;

/// The JWS algorithms that any workload token may be signed with: asymmetric ones only, each bound
/// to one kind of key (RFC 7518 §3.1, RFC 8037 §3.1; RFC 8725 §3.1). An issuer's own list narrows
/// this one and never widens it.
enum Algorithm {
    RS256("RS256", KeyKind.RSA),
    RS384("RS384", KeyKind.RSA),
    RS512("RS512", KeyKind.RSA),
    PS256("PS256", KeyKind.RSA),
    ES256("ES256", KeyKind.P_256),
    ES384("ES384", KeyKind.P_384),
    EDDSA("EdDSA", KeyKind.ED25519),
    /// The same under the newer name (RFC 9864 §2.2), which current clients write.
    ED25519("Ed25519", KeyKind.ED25519);

    /// A key type together with its curve.
    enum KeyKind {
        RSA,
        P_256,
        P_384,
        ED25519
    }

    private final String word;
    private final KeyKind keyKind;

    Algorithm(String word, KeyKind keyKind) {
        this.word = word;
        this.keyKind = keyKind;
    }

    /// The algorithm of this exact name; `none` and `HS256` have none.
    static Optional<Algorithm> named(String name) {
        for (Algorithm algorithm : values()) {
            if (algorithm.word.equals(name)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }

    /// The word in a token's `alg`.
    String word() {
        return word;
    }

    JWSAlgorithm jws() {
        return JWSAlgorithm.parse(word);
    }

    KeyKind keyKind() {
        return keyKind;
    }
}
