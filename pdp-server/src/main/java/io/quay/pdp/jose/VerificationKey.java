package io.quay.pdp.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.quay.pdp.jose.Algorithm.KeyKind;
import java.text.ParseException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A public key of an issuer that may verify signatures. Immutable.
///
/// @param kid null = the key has no name, and only tokens without `kid` may be tried with it
/// @param thumbprint SHA-256, of the key in its one spelling (RFC 7638)
/// @param alg the only algorithm the issuer uses it with; null = any that fits its kind
record VerificationKey(
        @Nullable String kid,
        @Nullable String alg,
        KeyKind kind,
        JWSVerifier verifier,
        String thumbprint) {
    /// The use of a SPIFFE bundle's keys for tokens (SPIFFE Trust Domain and Bundle §4.2.2).
    static final String JWT_SVID = "jwt-svid";

    private static final int MIN_RSA_BITS = 2048;

    /// The key cannot be used here; the rest of its set can.
    static final class UnusableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnusableException(String message) {
            super(message, null, false, false);
        }
    }

    /// One member of a set's `keys` (RFC 7517 §4).
    static VerificationKey parse(Map<?, ?> members) throws UnusableException {
        return parse(members, KeyUse.SIGNATURE);
    }

    /// One member of a SPIFFE bundle's `keys` that verifies JWT-SVIDs: of that use, and with a
    /// `kid` (SPIFFE JWT-SVID §5).
    static VerificationKey parseJwtSvid(Map<?, ?> members) throws UnusableException {
        if (!JWT_SVID.equals(members.get("use"))) {
            throw new UnusableException("not for JWT-SVIDs");
        }
        VerificationKey key = parse(members, new KeyUse(JWT_SVID));
        if (key.kid() == null || key.kid().isEmpty()) {
            throw new UnusableException("without kid");
        }
        return key;
    }

    private static VerificationKey parse(Map<?, ?> members, KeyUse use) throws UnusableException {
        try {
            // The cast is safe: StrictJson makes maps with String keys only.
            @SuppressWarnings("unchecked")
            JWK jwk = JWK.parse((Map<String, Object>) members);
            refuseOtherUses(jwk, use);
            return switch (jwk) {
                case RSAKey rsa -> of(rsa);
                case ECKey ec -> of(ec);
                case OctetKeyPair okp -> of(okp);
                default -> throw new UnusableException("not an asymmetric key");
            };
        } catch (ParseException | JOSEException | RuntimeException _) {
            // Nimbus also throws unchecked exceptions for odd keys (an empty `use`, a bad `x5c`).
            throw new UnusableException("malformed or of an unknown type");
        }
    }

    /// @param signature as sent; the verifiers check its length and range
    boolean verifies(Algorithm algorithm, byte[] signingInput, Base64URL signature) {
        try {
            return verifier.verify(new JWSHeader(algorithm.jws()), signingInput, signature);
        } catch (JOSEException _) {
            return false;
        }
    }

    boolean fits(Algorithm algorithm) {
        return kind == algorithm.keyKind() && (alg == null || alg.equals(algorithm.word()));
    }

    /// `use` absent or as expected (RFC 7517 §4.2), `key_ops` absent or with `verify` (§4.3). A
    /// published private key proves nothing.
    private static void refuseOtherUses(JWK jwk, KeyUse use) throws UnusableException {
        if (jwk.isPrivate()) {
            throw new UnusableException("private");
        }
        if (jwk.getKeyUse() != null && !use.equals(jwk.getKeyUse())) {
            throw new UnusableException("not for signatures");
        }
        if (jwk.getKeyOperations() != null
                && !jwk.getKeyOperations().contains(KeyOperation.VERIFY)) {
            throw new UnusableException("not for verification");
        }
    }

    private static VerificationKey of(RSAKey rsa) throws UnusableException, JOSEException {
        if (rsa.size() < MIN_RSA_BITS) {
            throw new UnusableException("RSA key shorter than 2048 bits");
        }
        return of(rsa, KeyKind.RSA, new RSASSAVerifier(rsa));
    }

    private static VerificationKey of(ECKey ec) throws UnusableException, JOSEException {
        if (Curve.P_256.equals(ec.getCurve())) {
            return of(ec, KeyKind.P_256, new ECDSAVerifier(ec));
        }
        if (Curve.P_384.equals(ec.getCurve())) {
            return of(ec, KeyKind.P_384, new ECDSAVerifier(ec));
        }
        throw new UnusableException("curve not supported");
    }

    private static VerificationKey of(OctetKeyPair okp) throws UnusableException, JOSEException {
        if (!Curve.Ed25519.equals(okp.getCurve())) {
            throw new UnusableException("curve not supported");
        }
        var key = Ed25519Verifier.publicKey(okp.getDecodedX());
        return of(okp, KeyKind.ED25519, new Ed25519Verifier(key));
    }

    private static VerificationKey of(JWK jwk, KeyKind kind, JWSVerifier verifier)
            throws JOSEException {
        String alg = jwk.getAlgorithm() == null ? null : jwk.getAlgorithm().getName();
        String thumbprint = PublicKeys.canonical(jwk).computeThumbprint().toString();
        return new VerificationKey(jwk.getKeyID(), alg, kind, verifier, thumbprint);
    }
}
