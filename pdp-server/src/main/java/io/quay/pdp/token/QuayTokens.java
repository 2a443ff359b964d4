package io.quay.pdp.token;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Makes tokens that Quay takes as those of a login service (its SSO bearer): of an issuer and a
/// key ring of their own, so that none is worth anything to us. Safe for use by any number of
/// threads.
public final class QuayTokens {
    /// The longest life that a token for Quay has.
    public static final Duration MAX_LIFETIME = Duration.ofMinutes(5);

    /// How long Quay may keep a copy of the keys.
    public static final Duration KEYS_KEPT_BY_QUAY = Duration.ofHours(1);

    /// Not the type of our access tokens, which thus fail each other's checks for one reason more.
    static final String TYPE = "JWT";

    /// The ring: a key is published before it signs, and after, for longer than Quay keeps copies.
    ///
    /// @param rotationInterval after which the next key takes over
    public static KeyRing.Settings ring(Duration rotationInterval) {
        Duration overlap = KEYS_KEPT_BY_QUAY.plus(AccessTokens.MAX_LIFETIME);
        return new KeyRing.Settings(List.of("RS256"), "RS256", overlap, rotationInterval, overlap);
    }

    /// @param issuer their `iss`
    /// @param audience the client id under which Quay knows us
    public record Settings(String issuer, String audience) {
        public Settings {
            if (issuer.isEmpty() || audience.isEmpty()) {
                throw new IllegalArgumentException("tokens for Quay need issuer and audience");
            }
        }
    }

    /// A token for Quay.
    ///
    /// @param compact the token itself
    /// @param id its `jti`
    public record Minted(String compact, String id, Instant issuedAt, Instant expiresAt) {
        /// Without the token itself.
        @Override
        public String toString() {
            return "Minted[" + id + "]";
        }
    }

    private final Settings settings;
    private final KeyRing ring;
    private final DecisionIds ids;
    private final Clock clock;

    public QuayTokens(Settings settings, KeyRing ring, DecisionIds ids, Clock clock) {
        this.settings = settings;
        this.ring = ring;
        this.ids = ids;
        this.clock = clock;
    }

    public Settings settings() {
        return settings;
    }

    public KeyRing ring() {
        return ring;
    }

    /// A token that is the whole user of this account in Quay.
    ///
    /// @throws IllegalArgumentException for a life that is too long, or an account without an id
    ///   (an empty `sub` makes Quay fail, and nobody knows what a later one would take it for)
    public Minted mint(ServiceAccount account, Duration lifetime) {
        if (account.id().isBlank()) {
            throw new IllegalArgumentException("the account has no id");
        }
        if (!lifetime.isPositive() || lifetime.compareTo(MAX_LIFETIME) > 0) {
            throw new IllegalArgumentException("tokens for Quay live five minutes at most");
        }
        String id = ids.next();
        Instant now = clock.instant();
        // In whole seconds, never longer than asked for.
        long issuedAt = now.getEpochSecond();
        long expiresAt = now.plus(lifetime).getEpochSecond();
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", settings.issuer());
        claims.put("sub", account.id());
        claims.put("preferred_username", account.name());
        claims.put("aud", settings.audience());
        claims.put("iat", issuedAt);
        claims.put("exp", expiresAt);
        claims.put("jti", id);
        return new Minted(ring.sign(TYPE, claims), id, now, Instant.ofEpochSecond(expiresAt));
    }
}
