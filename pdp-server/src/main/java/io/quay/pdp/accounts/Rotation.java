package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Field;
import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.identity.Credential;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a credential is to be rotated.
///
/// @param overlap how long the old one still proves the account
/// @param spec the successor; null = a new secret for a secret
record Rotation(Duration overlap, @Nullable CredentialSpec spec) {
    CredentialSpec successor(Credential old) {
        if (old.proof() instanceof Credential.Proof.Federated) {
            throw new RefusedException(
                    Refusal.CONFLICT,
                    "a federated credential holds nothing that could be rotated: delete it and make"
                            + " another");
        }
        if (spec != null) {
            return spec;
        }
        return switch (old.proof()) {
            case Credential.Proof.Secret _ -> new CredentialSpec.NewSecret(null, false);
            case Credential.Proof.PublicKey _, Credential.Proof.Federated _ ->
                    throw new RefusedException(
                            Refusal.INVALID,
                            "the rotation of a public key needs the new key",
                            List.of(new Field("/jwk", "is missing, or `pem`")));
        };
    }
}
