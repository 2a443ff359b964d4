package io.quay.pdp.token;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The tokens that requests to Quay carry: access tokens of ours, and workload tokens where those
/// are taken directly. Safe for use by any number of threads.
public final class PresentedTokens {
    private final AccessTokens own;
    private final @Nullable Federation federation;
    private final Directory directory;

    /// @param federation null when workload tokens must be exchanged first
    public PresentedTokens(AccessTokens own, @Nullable Federation federation, Directory directory) {
        this.own = own;
        this.federation = federation;
        this.directory = directory;
    }

    /// Whether the token says that it is an access token of ours.
    public boolean isOurs(String token) {
        return own.namesUs(token);
    }

    /// Whether workload tokens are taken.
    public boolean takesWorkloads() {
        return federation != null;
    }

    public Subject ofOurs(String token) {
        return own.verify(token);
    }

    /// @param account that the workload asks to be
    public Subject ofWorkload(String token, String account) {
        if (federation == null) {
            throw new IllegalStateException("workload tokens are not taken");
        }
        Subject subject = federation.assume(token, account);
        return subject instanceof Subject.Proved proved && revoked(proved)
                ? new Subject.Refused(
                        Cause.TOKEN_REVOKED,
                        "tokens of this account or issuer were revoked after this one was issued",
                        EntityRef.serviceAccount(account),
                        proved.authentication().workload())
                : subject;
    }

    private boolean revoked(Subject.Proved proved) {
        Authentication authentication = proved.authentication();
        Instant issuedAt = authentication.issuedAt();
        Optional<ServiceAccount> account = directory.find(proved.principal().id());
        return account.isEmpty()
                || directory
                        .findRevocation(
                                account.get().id(),
                                null,
                                authentication.issuer(),
                                "",
                                issuedAt == null ? Instant.EPOCH : issuedAt)
                        .isPresent();
    }
}
