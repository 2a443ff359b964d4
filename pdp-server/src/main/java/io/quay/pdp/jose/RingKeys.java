package io.quay.pdp.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import io.quay.pdp.audit.Sealing;
import io.quay.pdp.token.KeyMaker;
import io.quay.pdp.token.SigningKey;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.text.ParseException;
import java.time.Instant;
import java.util.Map;

/// Makes and uses the keys of the ring. Safe for use by any number of threads.
///
/// A private key is sealed for its `kid`, which is the thumbprint of the public one: a row of the
/// database that was exchanged for somebody else's key does not open.
public final class RingKeys implements KeyMaker {
    private static final int RSA_BITS = 2048;

    private final Sealing sealing;
    private final SecureRandom random;
    private final String use;

    /// Of the ring that signs access tokens, and of checkpoints.
    public RingKeys(Sealing sealing, SecureRandom random) {
        this(sealing, random, "signing-key");
    }

    /// @param use what the keys are for: those sealed for one use do not open for another
    public RingKeys(Sealing sealing, SecureRandom random, String use) {
        this.sealing = sealing;
        this.random = random;
        this.use = use;
    }

    @Override
    public SigningKey generate(String algorithm, SigningKey.State state, Instant now) {
        JWSAlgorithm jws = algorithm(algorithm);
        try {
            KeyPair pair = generator(jws).generateKeyPair();
            JWK bare =
                    jws.equals(JWSAlgorithm.ES256)
                            ? new ECKey.Builder(Curve.P_256, (ECPublicKey) pair.getPublic()).build()
                            : new RSAKey.Builder((RSAPublicKey) pair.getPublic()).build();
            String kid = bare.computeThumbprint().toString();
            return new SigningKey(
                    kid,
                    algorithm,
                    state,
                    named(bare, jws, kid).toJSONString(),
                    sealing.seal(pair.getPrivate().getEncoded(), purpose(kid)),
                    now,
                    now);
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException("every JDK makes such keys", e);
        }
    }

    @Override
    public Signer open(SigningKey key) {
        JWSAlgorithm jws = algorithm(key.algorithm());
        byte[] encoded = sealing.open(key.sealedPrivate(), purpose(key.kid()));
        try {
            if (!JWK.parse(key.publicJwk()).computeThumbprint().toString().equals(key.kid())) {
                throw changed(key);
            }
            JWSSigner signer = signer(jws, encoded);
            JWSHeader.Builder header = new JWSHeader.Builder(jws).keyID(key.kid());
            return (type, claims) -> sign(signer, header, type, claims);
        } catch (GeneralSecurityException | JOSEException | ParseException _) {
            // What the parsers say may quote the key.
            throw changed(key);
        }
    }

    private static IllegalStateException changed(SigningKey key) {
        return new KeyEncryption.UnusableException(
                "the signing key " + key.kid() + " in the database is not the one that was kept");
    }

    private static String sign(
            JWSSigner signer, JWSHeader.Builder base, String type, Map<String, Object> claims) {
        JWSHeader header =
                new JWSHeader.Builder(base.build()).type(new JOSEObjectType(type)).build();
        JWSObject token = new JWSObject(header, new Payload(claims));
        try {
            token.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("signing failed", e);
        }
        return token.serialize();
    }

    private static JWSSigner signer(JWSAlgorithm jws, byte[] encoded)
            throws GeneralSecurityException, JOSEException {
        boolean ec = jws.equals(JWSAlgorithm.ES256);
        PrivateKey key =
                KeyFactory.getInstance(ec ? "EC" : "RSA")
                        .generatePrivate(new PKCS8EncodedKeySpec(encoded));
        return ec ? new ECDSASigner((ECPrivateKey) key) : new RSASSASigner(key);
    }

    private static JWK named(JWK bare, JWSAlgorithm jws, String kid) {
        return switch (bare) {
            case ECKey ec ->
                    new ECKey.Builder(ec)
                            .keyID(kid)
                            .keyUse(KeyUse.SIGNATURE)
                            .algorithm(jws)
                            .build();
            case RSAKey rsa ->
                    new RSAKey.Builder(rsa)
                            .keyID(kid)
                            .keyUse(KeyUse.SIGNATURE)
                            .algorithm(jws)
                            .build();
            default -> throw new IllegalStateException("neither EC nor RSA");
        };
    }

    private KeyPairGenerator generator(JWSAlgorithm jws) throws GeneralSecurityException {
        if (jws.equals(JWSAlgorithm.ES256)) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            return generator;
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(RSA_BITS, random);
        return generator;
    }

    private static JWSAlgorithm algorithm(String name) {
        return switch (name) {
            case "ES256" -> JWSAlgorithm.ES256;
            case "RS256" -> JWSAlgorithm.RS256;
            default -> throw new IllegalStateException("the ring has no " + name + " keys");
        };
    }

    private String purpose(String kid) {
        return use + ":" + kid;
    }
}
