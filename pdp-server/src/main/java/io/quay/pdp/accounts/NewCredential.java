package io.quay.pdp.accounts;

import io.quay.pdp.identity.Credential;
import org.jspecify.annotations.Nullable;

/// A credential that was just made.
///
/// @param secret the secret itself, for this one answer; null when it was made elsewhere or when
///   the answer is a replay
/// @param predecessor the rotated one, which ends at its `expiresAt`; null for a first credential
public record NewCredential(
        Credential credential, @Nullable String secret, @Nullable Credential predecessor) {
    /// Without the secret: what is printed may end in a log.
    @Override
    public String toString() {
        return "NewCredential[" + credential.id() + "]";
    }
}
