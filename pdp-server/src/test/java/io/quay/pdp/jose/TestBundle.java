package io.quay.pdp.jose;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.KeySource;
import io.quay.pdp.federation.IssuerKind;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A SPIFFE bundle, shaped as SPIRE publishes it.
///
/// @param sequence null = absent
/// @param hint in seconds; null = absent
record TestBundle(List<Map<String, Object>> keys, @Nullable Long sequence, @Nullable Long hint) {
    static final String TRUST_DOMAIN = "spiffe://example.org";

    static TestBundle of(long sequence) {
        return new TestBundle(List.of(), sequence, 300L);
    }

    TestBundle withTokenKeys(TestKey... added) {
        List<Map<String, Object>> all = new ArrayList<>(keys);
        for (TestKey key : added) {
            all.add(jwk(key, "jwt-svid"));
        }
        return new TestBundle(all, sequence, hint);
    }

    TestBundle withRoot(X509Certificate root) {
        TestKey key = new TestKey("", "ES256", new KeyPair(root.getPublicKey(), null));
        Map<String, Object> jwk = jwk(key, "x509-svid");
        jwk.remove("kid");
        try {
            jwk.put("x5c", List.of(Base64.getEncoder().encodeToString(root.getEncoded())));
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
        return with(jwk);
    }

    TestBundle with(Map<String, Object> jwk) {
        List<Map<String, Object>> all = new ArrayList<>(keys);
        all.add(jwk);
        return new TestBundle(all, sequence, hint);
    }

    /// SPIRE writes no `alg`.
    static Map<String, Object> jwk(TestKey key, String use) {
        Map<String, Object> jwk = new LinkedHashMap<>(key.jwk());
        jwk.put("use", use);
        jwk.remove("alg");
        return jwk;
    }

    String json() {
        Map<String, Object> bundle = new LinkedHashMap<>();
        bundle.put("keys", keys);
        if (sequence != null) {
            bundle.put("spiffe_sequence", sequence);
        }
        if (hint != null) {
            bundle.put("spiffe_refresh_hint", hint);
        }
        return TestIssuer.json(bundle);
    }

    static Issuer registered(KeySource source) {
        return TestIssuer.create(TRUST_DOMAIN).registered("spire", IssuerKind.SPIFFE, source);
    }
}
