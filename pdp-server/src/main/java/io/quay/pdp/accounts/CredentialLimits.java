package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;

/// How many live credentials of each kind an account may have.
record CredentialLimits(Directory directory, Gate gate) {
    private static final int SECRETS = 5;
    private static final int KEYS = 10;
    private static final int WORKLOADS = 20;

    private record Kind(Class<? extends Credential.Proof> proof, int most) {}

    /// @param times more for rotations, whose predecessors live on for a while
    void refuseTooMany(ServiceAccount account, CredentialSpec spec, int times) {
        Kind kind =
                switch (spec) {
                    case CredentialSpec.NewSecret _, CredentialSpec.SecretHash _ ->
                            new Kind(Credential.Proof.Secret.class, SECRETS);
                    case CredentialSpec.PublicKey _ ->
                            new Kind(Credential.Proof.PublicKey.class, KEYS);
                    case CredentialSpec.Federated _ ->
                            new Kind(Credential.Proof.Federated.class, WORKLOADS);
                };
        long present =
                directory.credentialsOf(account.id()).stream()
                        .filter(credential -> credential.liveAt(gate.now()))
                        .filter(credential -> kind.proof().isInstance(credential.proof()))
                        .count();
        int most = times * kind.most();
        if (present >= most) {
            throw new RefusedException(
                    Refusal.CONFLICT,
                    "`" + account.name() + "` has " + most + " live ones of this kind: delete one");
        }
    }
}
