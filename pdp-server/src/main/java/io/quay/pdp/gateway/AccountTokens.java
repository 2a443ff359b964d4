package io.quay.pdp.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.token.QuayTokens;
import io.quay.pdp.token.SigningKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// The accounts' tokens for Quay, each kept for most of its short life and reused. None outlives a
/// change of the key ring or a revocation. Safe for use by any number of threads.
final class AccountTokens {
    private static final int MAX_KEPT = 10_000;

    private record Kept(QuayTokens.Minted token, String name, List<SigningKey> keys) {}

    private final QuayTokens tokens;
    private final Duration lifetime;
    private final Directory directory;
    private final Clock clock;
    private final Cache<String, Kept> kept =
            Caffeine.newBuilder()
                    .maximumSize(MAX_KEPT)
                    .expireAfterWrite(QuayTokens.MAX_LIFETIME)
                    .build();

    AccountTokens(QuayTokens tokens, Duration lifetime, Directory directory, Clock clock) {
        this.tokens = tokens;
        this.lifetime = lifetime;
        this.directory = directory;
        this.clock = clock;
    }

    /// The value of the `Authorization` header.
    String authorization(ServiceAccount account) {
        Kept found =
                kept.asMap()
                        .compute(
                                account.id(),
                                (_, known) ->
                                        known != null && usable(known, account)
                                                ? known
                                                : minted(account));
        return "Bearer " + found.token().compact();
    }

    private Kept minted(ServiceAccount account) {
        List<SigningKey> keys = tokens.ring().keys();
        return new Kept(tokens.mint(account, lifetime), account.name(), keys);
    }

    private boolean usable(Kept known, ServiceAccount account) {
        QuayTokens.Minted token = known.token();
        Instant now = clock.instant();
        return now.plus(lifetime.dividedBy(4)).isBefore(token.expiresAt())
                && known.name().equals(account.name())
                && known.keys().equals(tokens.ring().keys())
                && directory
                        .findRevocation(account.id(), null, null, token.id(), token.issuedAt())
                        .isEmpty();
    }
}
