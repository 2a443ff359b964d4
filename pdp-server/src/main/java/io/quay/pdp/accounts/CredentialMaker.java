package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Field;
import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.federation.ApiTrust;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import java.security.SecureRandom;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Makes secrets, and takes hashes, public keys and workloads that were made elsewhere. One key,
/// one account; one workload, one credential of an account.
final class CredentialMaker {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final Directory directory;
    private final KeyParser keys;
    private final KnownKeys known;
    private final SecureRandom random;

    CredentialMaker(Directory directory, KeyParser keys, KnownKeys known, SecureRandom random) {
        this.directory = directory;
        this.keys = keys;
        this.known = known;
        this.random = random;
    }

    /// @param secret null when it was made elsewhere
    record Made(Credential.Proof proof, @Nullable String secret) {
        /// Without the secret.
        @Override
        public String toString() {
            return "Made";
        }
    }

    /// @param account whose it shall be
    Made make(CredentialSpec spec, ServiceAccount account, LiveView view) {
        return switch (spec) {
            case CredentialSpec.NewSecret _ -> {
                String secret = ClientSecret.generate(random);
                yield new Made(new Credential.Proof.Secret(ClientSecret.sha256Hex(secret)), secret);
            }
            case CredentialSpec.SecretHash(String sha256, var _, boolean _) -> {
                if (!SHA256.matcher(sha256).matches()) {
                    throw invalid("/secret_sha256", "must be 64 lower-case hex digits");
                }
                if (directory.findBySecret(sha256).isPresent()) {
                    throw taken();
                }
                yield new Made(new Credential.Proof.Secret(sha256), null);
            }
            case CredentialSpec.PublicKey(String text, var _, boolean _) ->
                    new Made(publicKey(text), null);
            case CredentialSpec.Federated federated ->
                    new Made(workload(federated, account, view), null);
        };
    }

    /// A workload of a registered issuer, by a subject that stands for it alone and for ever.
    private Credential.Proof.Federated workload(
            CredentialSpec.Federated spec, ServiceAccount account, LiveView view) {
        Issuer issuer =
                view.issuers().stream()
                        .filter(it -> it.name().equals(spec.issuer()))
                        .findFirst()
                        .orElseThrow(() ->
                                invalid(
                                        "/issuer",
                                        "is not in issuers.yaml: GET /v1/issuers lists them"));
        if (spec.audience() != null && !spec.audience().equals(issuer.audience())) {
            throw invalid(
                    "/audience",
                    "tokens of this issuer are taken for its registered audience alone: leave it"
                            + " out");
        }
        new ApiTrust(spec.issuer(), spec.subject(), issuer.audience())
                .findObjection(view.issuers())
                .ifPresent(why -> {
                    throw invalid("/subject", why);
                });
        Credential.Proof.Federated proof =
                new Credential.Proof.Federated(
                        spec.issuer(), issuer.issuer(), spec.subject(), spec.audience());
        if (directory.findFederated(account.id(), proof.issuer(), proof.subject()).isPresent()) {
            throw new RefusedException(
                    Refusal.CREDENTIAL_TAKEN,
                    "`" + account.name() + "` has a credential for this workload already");
        }
        return proof;
    }

    private Credential.Proof.PublicKey publicKey(String text) {
        try {
            Credential.Proof.PublicKey key = keys.parse(text);
            if (known.isOurs(key.thumbprint()) || isSomebodys(key.thumbprint())) {
                throw taken();
            }
            return key;
        } catch (KeyParser.UnusableKeyException e) {
            throw invalid("/jwk", String.valueOf(e.getMessage()));
        }
    }

    private boolean isSomebodys(String thumbprint) {
        return directory.credentials().stream()
                .anyMatch(credential ->
                        credential.proof()
                                        instanceof Credential.Proof.PublicKey(var _, String other)
                                && other.equals(thumbprint));
    }

    /// Which account has it is nobody's business.
    static RefusedException taken() {
        return new RefusedException(
                Refusal.CREDENTIAL_TAKEN,
                "this key or secret is in use already: one key, one account");
    }

    private static RefusedException invalid(String pointer, String detail) {
        return new RefusedException(
                Refusal.INVALID,
                "the credential cannot be as described",
                List.of(new Field(pointer, detail)));
    }
}
