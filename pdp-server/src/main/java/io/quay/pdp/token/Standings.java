package io.quay.pdp.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.audit.EventLog.Exchange;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.identity.Authentication.Method;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.token.AccessTokens.Standing;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What has become of an access token since it was issued: of its account, of the credential or the
/// workload behind it, and whether it was revoked. All of it is looked up every time. Safe for use
/// by any number of threads.
public final class Standings {
    private static final int MAX_REMEMBERED = 20_000;

    private final Directory directory;
    private final Federation federation;
    private final Exchanges exchanges;
    private final Clock clock;

    /// Exchanges never change: only whether they are still trusted does.
    private final Cache<String, Exchange> remembered =
            Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).build();

    public Standings(Directory directory, Federation federation, Exchanges exchanges, Clock clock) {
        this.directory = directory;
        this.federation = federation;
        this.exchanges = exchanges;
        this.clock = clock;
    }

    Standing of(AccessToken token) {
        Instant now = clock.instant();
        Optional<ServiceAccount> account =
                directory.find(token.account()).filter(it -> it.id().equals(token.accountId()));
        if (account.isEmpty()) {
            return dead(
                    token, Cause.ACCOUNT_UNKNOWN, "the token's account does not exist any more");
        }
        if (!account.get().usableAt(now)) {
            return dead(token, Cause.ACCOUNT_DISABLED, "the account is disabled or has expired");
        }
        Credential credential = null;
        if (token.credential() != null) {
            credential =
                    directory
                            .findCredential(token.credential())
                            .filter(it -> it.accountId().equals(token.accountId()))
                            .orElse(null);
            if (credential == null || !credential.liveAt(now)) {
                return dead(
                        token,
                        Cause.TOKEN_REVOKED,
                        "the credential behind the token was deleted or has expired");
            }
        }
        if (revoked(token)) {
            return dead(token, Cause.TOKEN_REVOKED, "the token was revoked");
        }
        return token.method() == Method.FEDERATED
                ? trusted(token, account.get(), credential)
                : new Standing.Live(token, account.get(), credential);
    }

    /// Whether the workload behind the token would get one now.
    private Standing trusted(
            AccessToken token, ServiceAccount account, @Nullable Credential credential) {
        Optional<Exchange> exchange = exchange(token.origin());
        if (exchange.isEmpty() || token.issuer() == null) {
            return dead(
                    token,
                    Cause.TOKEN_REVOKED,
                    "the workload behind the token is not known any more");
        }
        Optional<String> objection =
                federation.objection(token.issuer(), exchange.get(), account, credential);
        return objection.isPresent()
                ? dead(token, Cause.TOKEN_REVOKED, objection.get())
                : new Standing.Live(
                        token.of(exchange.get().workload().entity()), account, credential);
    }

    private boolean revoked(AccessToken token) {
        return Stream.concat(token.ancestors().stream(), Stream.of(token.id()))
                .anyMatch(id ->
                        directory
                                .findRevocation(
                                        token.accountId(),
                                        token.credential(),
                                        token.issuer(),
                                        id,
                                        token.issuedAt())
                                .isPresent());
    }

    private Optional<Exchange> exchange(String tokenId) {
        Exchange known = remembered.getIfPresent(tokenId);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Exchange> kept = exchanges.find(tokenId);
        kept.ifPresent(exchange -> remembered.put(tokenId, exchange));
        return kept;
    }

    private static Standing dead(AccessToken token, Cause cause, String message) {
        return new Standing.Dead(cause, message, token.account());
    }
}
