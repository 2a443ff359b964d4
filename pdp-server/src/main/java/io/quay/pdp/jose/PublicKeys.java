package io.quay.pdp.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.quay.pdp.accounts.KeyParser;
import io.quay.pdp.identity.Credential;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Public keys of service accounts, as callers write them. Immutable.
public final class PublicKeys implements KeyParser {
    private static final int MAX_TEXT = 16 * 1024;
    private static final int MIN_RSA_BITS = 2048;
    private static final int MAX_RSA_BITS = 8192;

    /// FIPS 186-5 §5.1: above 2^16.
    private static final int MIN_EXPONENT_BITS = 17;

    private static final int ED25519_BYTES = 32;
    private static final Set<Curve> CURVES = Set.of(Curve.P_256, Curve.P_384);
    private static final Pattern KID = Pattern.compile("[\\x21-\\x7e]{1,256}");
    private static final Pattern PEM =
            Pattern.compile(
                    "\\s*-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----\\s*");

    @Override
    public Credential.Proof.PublicKey parse(String text) {
        if (text.length() > MAX_TEXT) {
            throw new UnusableKeyException("is longer than 16 KiB");
        }
        JWK key = text.stripLeading().startsWith("{") ? jwk(text) : pem(text);
        requireFit(key);
        try {
            JWK canonical = canonical(key);
            return new Credential.Proof.PublicKey(
                    canonical.toJSONString(), canonical.computeThumbprint().toString());
        } catch (JOSEException | RuntimeException _) {
            throw new UnusableKeyException("is not a key of its type");
        }
    }

    private static JWK jwk(String text) {
        try {
            Map<String, @Nullable Object> members =
                    StrictJson.object(text.getBytes(StandardCharsets.UTF_8));
            // The cast is safe: Nimbus reads a member that is null as absent.
            @SuppressWarnings("unchecked")
            JWK key = JWK.parse((Map<String, Object>) (Map<String, ?>) members);
            refuseOtherUses(key);
            return key;
        } catch (StrictJson.MalformedException | ParseException | RuntimeException e) {
            if (e instanceof UnusableKeyException unusable) {
                throw unusable;
            }
            // What the parser says may quote the key.
            throw new UnusableKeyException("is no JSON Web Key of a known type (RFC 7517)");
        }
    }

    private static void refuseOtherUses(JWK key) {
        if (key.isPrivate()) {
            throw new UnusableKeyException(
                    "is a private key: it is no secret any more, make a new pair and send the public half");
        }
        if (key.getKeyUse() != null && !KeyUse.SIGNATURE.equals(key.getKeyUse())) {
            throw new UnusableKeyException("is not for signatures: `use` must be absent or `sig`");
        }
        if (key.getKeyOperations() != null
                && !key.getKeyOperations().contains(KeyOperation.VERIFY)) {
            throw new UnusableKeyException("is not for verifying: `key_ops` lacks `verify`");
        }
        String kid = key.getKeyID();
        if (kid != null && !KID.matcher(kid).matches()) {
            throw new UnusableKeyException("has a `kid` that is not 1 to 256 printable characters");
        }
    }

    private static JWK pem(String text) {
        Matcher pem = PEM.matcher(text);
        if (!pem.matches()) {
            throw new UnusableKeyException("is neither a JSON Web Key nor PEM");
        }
        String label = String.valueOf(pem.group(1));
        if (label.endsWith("PRIVATE KEY")) {
            throw new UnusableKeyException(
                    "is a private key: it is no secret any more, make a new pair and send the public half");
        }
        try {
            byte[] content = Base64.getMimeDecoder().decode(pem.group(2));
            return switch (label) {
                case "PUBLIC KEY" -> ofKey(subjectPublicKey(content));
                case "CERTIFICATE" ->
                        ofKey(
                                CertificateFactory.getInstance("X.509")
                                        .generateCertificate(new ByteArrayInputStream(content))
                                        .getPublicKey());
                default ->
                        throw new UnusableKeyException(
                                "is PEM, but not a PUBLIC KEY and not a CERTIFICATE");
            };
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            throw new UnusableKeyException("is PEM that holds no readable public key");
        }
    }

    /// The kind of key stands inside: it is whichever reads it.
    private static PublicKey subjectPublicKey(byte[] content) throws GeneralSecurityException {
        for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
            try {
                return KeyFactory.getInstance(algorithm)
                        .generatePublic(new X509EncodedKeySpec(content));
            } catch (java.security.spec.InvalidKeySpecException _) {
                // another kind
            }
        }
        throw new UnusableKeyException("is no RSA, EC or Ed25519 key");
    }

    private static JWK ofKey(PublicKey key) {
        return switch (key) {
            case RSAPublicKey rsa -> new RSAKey.Builder(rsa).build();
            case ECPublicKey ec -> {
                Curve curve = Curve.forECParameterSpec(ec.getParams());
                if (curve == null) {
                    throw new UnusableKeyException("is on another curve than P-256 and P-384");
                }
                yield new ECKey.Builder(curve, ec).build();
            }
            case EdECPublicKey ed -> {
                byte[] encoded = ed.getEncoded();
                byte[] point =
                        Arrays.copyOfRange(encoded, encoded.length - ED25519_BYTES, encoded.length);
                yield new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(point)).build();
            }
            default -> throw new UnusableKeyException("is no RSA, EC or Ed25519 key");
        };
    }

    private static void requireFit(JWK key) {
        switch (key) {
            case RSAKey rsa -> {
                int bits = rsa.getModulus().decodeToBigInteger().bitLength();
                if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
                    throw new UnusableKeyException(
                            "is an RSA key of " + bits + " bits: 2048 to 8192 are taken");
                }
                var exponent = rsa.getPublicExponent().decodeToBigInteger();
                if (exponent.bitLength() < MIN_EXPONENT_BITS || !exponent.testBit(0)) {
                    throw new UnusableKeyException(
                            "is an RSA key with a public exponent that is even or below 65537");
                }
            }
            case ECKey ec -> {
                if (!CURVES.contains(ec.getCurve())) {
                    throw new UnusableKeyException("is on another curve than P-256 and P-384");
                }
            }
            case OctetKeyPair okp -> {
                if (!Curve.Ed25519.equals(okp.getCurve())
                        || okp.getX().decode().length != ED25519_BYTES) {
                    throw new UnusableKeyException("is no Ed25519 key");
                }
            }
            default -> throw new UnusableKeyException("is no RSA, EC or Ed25519 key");
        }
    }

    /// The key itself in its one spelling, so that equal keys have equal thumbprints, with its name
    /// and nothing else of what came.
    static JWK canonical(JWK key) throws JOSEException {
        return switch (key) {
            case RSAKey rsa ->
                    new RSAKey.Builder(rsa.toRSAPublicKey()).keyID(rsa.getKeyID()).build();
            case ECKey ec ->
                    new ECKey.Builder(ec.getCurve(), ec.toECPublicKey())
                            .keyID(ec.getKeyID())
                            .build();
            case OctetKeyPair okp ->
                    new OctetKeyPair.Builder(okp.getCurve(), Base64URL.encode(okp.getX().decode()))
                            .keyID(okp.getKeyID())
                            .build();
            default -> throw new UnusableKeyException("is no RSA, EC or Ed25519 key");
        };
    }
}
