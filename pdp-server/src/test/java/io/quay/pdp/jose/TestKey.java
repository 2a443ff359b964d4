package io.quay.pdp.jose;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/// A signing key made for one test run, over the JDK's own cryptography, so that Nimbus does not
/// check itself.
public record TestKey(String kid, String alg, KeyPair pair) {

    /// @param alg a JWS algorithm's name
    public static TestKey generate(String kid, String alg) {
        try {
            return new TestKey(kid, alg, generator(alg).generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static TestKey rsa(String kid, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            return new TestKey(kid, "RS256", generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public TestKey named(String otherKid) {
        return new TestKey(otherKid, alg, pair);
    }

    /// The same key, signing with another algorithm.
    public TestKey using(String otherAlg) {
        return new TestKey(kid, otherAlg, pair);
    }

    /// The public half as Kubernetes and most others publish it.
    public Map<String, Object> jwk() {
        Map<String, Object> jwk = new LinkedHashMap<>();
        jwk.put("use", "sig");
        jwk.put("kid", kid);
        jwk.put("alg", alg);
        switch (pair.getPublic()) {
            case RSAPublicKey rsa -> {
                jwk.put("kty", "RSA");
                jwk.put("n", base64(unsigned(rsa.getModulus(), rsa.getModulus().bitLength() / 8)));
                jwk.put("e", base64(unsigned(rsa.getPublicExponent(), 3)));
            }
            case ECPublicKey ec -> {
                int bytes = (ec.getParams().getCurve().getField().getFieldSize() + 7) / 8;
                jwk.put("kty", "EC");
                jwk.put("crv", "P-" + ec.getParams().getCurve().getField().getFieldSize());
                jwk.put("x", base64(unsigned(ec.getW().getAffineX(), bytes)));
                jwk.put("y", base64(unsigned(ec.getW().getAffineY(), bytes)));
            }
            case PublicKey ed -> {
                byte[] spki = ed.getEncoded();
                jwk.put("kty", "OKP");
                jwk.put("crv", "Ed25519");
                jwk.put("x", base64(Arrays.copyOfRange(spki, spki.length - 32, spki.length)));
            }
        }
        return jwk;
    }

    public String sign(String input) {
        try {
            Signature signer = signer();
            signer.initSign(pair.getPrivate());
            signer.update(input.getBytes(StandardCharsets.US_ASCII));
            return base64(signer.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private Signature signer() throws GeneralSecurityException {
        if (alg.equals("PS256")) {
            Signature signer = Signature.getInstance("RSASSA-PSS");
            signer.setParameter(
                    new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
            return signer;
        }
        return Signature.getInstance(
                switch (alg) {
                    case "RS256" -> "SHA256withRSA";
                    case "RS384" -> "SHA384withRSA";
                    case "RS512" -> "SHA512withRSA";
                    case "ES256" -> "SHA256withECDSAinP1363Format";
                    case "ES384" -> "SHA384withECDSAinP1363Format";
                    case "ES512" -> "SHA512withECDSAinP1363Format";
                    default -> "Ed25519";
                });
    }

    private static KeyPairGenerator generator(String alg) throws GeneralSecurityException {
        KeyPairGenerator generator =
                KeyPairGenerator.getInstance(
                        switch (alg.substring(0, 2)) {
                            case "RS", "PS" -> "RSA";
                            case "ES" -> "EC";
                            default -> "Ed25519";
                        });
        switch (alg) {
            case "RS256", "RS384", "RS512", "PS256" -> generator.initialize(2048);
            case "ES256" -> generator.initialize(new ECGenParameterSpec("secp256r1"));
            case "ES384" -> generator.initialize(new ECGenParameterSpec("secp384r1"));
            case "ES512" -> generator.initialize(new ECGenParameterSpec("secp521r1"));
            default -> {}
        }
        return generator;
    }

    private static byte[] unsigned(BigInteger number, int length) {
        byte[] bytes = number.toByteArray();
        byte[] padded = new byte[length];
        int copied = Math.min(bytes.length, length);
        System.arraycopy(bytes, bytes.length - copied, padded, length - copied, copied);
        return padded;
    }
}
