package io.quay.pdp.accounts;

import io.quay.pdp.identity.Credential;
import java.util.LinkedHashMap;
import java.util.Map;

/// A credential as events tell of it.
final class CredentialDetails {
    private CredentialDetails() {}

    static Map<String, String> of(Credential credential) {
        Map<String, String> details = new LinkedHashMap<>();
        switch (credential.proof()) {
            case Credential.Proof.Secret _ -> details.put("kind", "client_secret");
            case Credential.Proof.PublicKey(var _, String thumbprint) -> {
                details.put("kind", "public_key");
                details.put("thumbprint", thumbprint);
            }
            case Credential.Proof.Federated(String issuer, var _, String subject, var _) -> {
                details.put("kind", "federated");
                details.put("issuer", issuer);
                details.put("subject", subject);
            }
        }
        details.put(
                "expires_at",
                credential.expiresAt() == null ? "never" : credential.expiresAt().toString());
        return details;
    }
}
