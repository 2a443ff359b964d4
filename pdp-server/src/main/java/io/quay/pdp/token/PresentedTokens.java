package io.quay.pdp.token;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.federation.Assumption;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.identity.Credential;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The tokens that requests to Quay carry: access tokens of ours, and workload tokens where those
/// are taken directly. Safe for use by any number of threads.
public final class PresentedTokens {
    private static final Logger LOG = LoggerFactory.getLogger(PresentedTokens.class);

    private final AccessTokens own;
    private final @Nullable Federation federation;
    private final Directory directory;
    private final Clock clock;

    /// @param federation null when workload tokens must be exchanged first
    public PresentedTokens(
            AccessTokens own, @Nullable Federation federation, Directory directory, Clock clock) {
        this.own = own;
        this.federation = federation;
        this.directory = directory;
        this.clock = clock;
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
        Assumption assumption = federation.assume(token, account, Federation.Way.DIRECT);
        switch (assumption) {
            case Assumption.Assumed assumed -> {
                Credential credential = assumed.credential();
                if (credential != null) {
                    directory.used(credential.id(), clock.instant());
                }
            }
            case Assumption.Refused refused ->
                    LOG.atInfo()
                            .addKeyValue("cause", refused.cause())
                            .addKeyValue("detail", refused.detail())
                            .addKeyValue("account", account)
                            .addKeyValue("token_hash", refused.hash())
                            .log("workload token refused");
        }
        return assumption.subject(account);
    }
}
