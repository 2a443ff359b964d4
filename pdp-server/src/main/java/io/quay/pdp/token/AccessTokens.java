package io.quay.pdp.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.token.SignedTokens.SignedToken;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Issues and verifies access tokens of ours (RFC 9068). Safe for use by any number of threads.
///
/// What cannot change of a token (signature, claims, audience) is checked once and remembered under
/// its SHA-256 until it expires. What can change (account, credential, revocations, the ring) is
/// looked up every time.
public final class AccessTokens {
    /// No token lives longer.
    public static final Duration MAX_LIFETIME = Duration.ofHours(1);

    /// How far the clocks of others may be off.
    static final Duration SKEW = Duration.ofSeconds(60);

    static final String TYPE = "at+jwt";

    private static final int MAX_REMEMBERED = 50_000;
    private static final Set<String> HEADERS = Set.of("alg", "kid", "typ");

    /// @param issuer our `iss`, and the audience of tokens that are shown to us
    /// @param refusedAudiences audiences of tokens that never count here, such as Quay's
    public record Settings(String issuer, Duration lifetime, Set<String> refusedAudiences) {
        public Settings {
            refusedAudiences = Set.copyOf(refusedAudiences);
            if (lifetime.compareTo(MAX_LIFETIME) > 0) {
                throw new IllegalArgumentException("tokens live one hour at most");
            }
        }
    }

    /// A token to be made; what is null or empty is as in [AccessToken].
    ///
    /// @param lifetime at most
    record Order(
            ServiceAccount account,
            Authentication.Method method,
            @Nullable String credential,
            @Nullable String issuer,
            @Nullable EntityRef workload,
            @Nullable Set<String> scopes,
            String audience,
            Duration lifetime,
            List<String> ancestors) {}

    /// What a token is worth now.
    public sealed interface Standing {
        /// @param credential null for workloads that trust policies vouch for
        record Live(AccessToken token, ServiceAccount account, @Nullable Credential credential)
                implements Standing {}

        /// @param account the account's name, as far as the signature proves that the token was its
        record Dead(Cause cause, String message, @Nullable String account) implements Standing {}
    }

    /// @param compact the token itself
    public record Issued(String compact, AccessToken token) {
        /// Without the token itself: what is printed may end in a log.
        @Override
        public String toString() {
            return "Issued[" + token.id() + "]";
        }
    }

    private record Remembered(AccessToken token, String kid) {}

    private final Settings settings;
    private final KeyRing ring;
    private final SignedTokens reader;
    private final Standings standings;
    private final DecisionIds ids;
    private final Clock clock;
    private final Cache<String, Remembered> remembered;

    /// @param clock one that never goes back
    public AccessTokens(
            Settings settings,
            KeyRing ring,
            SignedTokens reader,
            Standings standings,
            DecisionIds ids,
            Clock clock) {
        this.settings = settings;
        this.ring = ring;
        this.reader = reader;
        this.standings = standings;
        this.ids = ids;
        this.clock = clock;
        this.remembered =
                Caffeine.newBuilder()
                        .maximumSize(MAX_REMEMBERED)
                        .expireAfter(
                                Expiry.creating((String _, Remembered entry) ->
                                        Duration.between(
                                                clock.instant(), entry.token().expiresAt())))
                        .build();
    }

    public Settings settings() {
        return settings;
    }

    /// How many verified tokens are remembered, about.
    public long rememberedCount() {
        return remembered.estimatedSize();
    }

    /// Makes and signs a token. Nobody may have it before the event of its issue is kept.
    Issued issue(Order order) {
        if (settings.refusedAudiences().contains(order.audience())) {
            throw new IllegalArgumentException("the main key ring does not sign for this audience");
        }
        String id = ids.next();
        Instant issuedAt;
        try {
            issuedAt = TokenIds.issuedAt(id);
        } catch (MalformedTokenException e) {
            throw new IllegalStateException("ids are of another form", e);
        }
        AccessToken token =
                new AccessToken(
                        id,
                        order.account().name(),
                        order.account().id(),
                        order.method(),
                        order.credential(),
                        order.issuer(),
                        order.workload(),
                        order.scopes(),
                        List.of(order.audience()),
                        issuedAt,
                        issuedAt.plus(order.lifetime()).truncatedTo(ChronoUnit.SECONDS),
                        order.ancestors());
        return new Issued(ring.sign(TYPE, token.claims(settings.issuer())), token);
    }

    /// Who the bearer of this token is, as a subject of decisions.
    public Subject verify(String compact) {
        return switch (look(compact)) {
            case Standing.Live(AccessToken token, ServiceAccount account, Credential credential) ->
                    new Subject.Proved(
                            account.entity(),
                            token.authentication(),
                            credential == null ? null : credential.ceiling());
            case Standing.Dead(Cause cause, String message, String account) ->
                    new Subject.Refused(
                            cause,
                            message,
                            account == null ? null : EntityRef.serviceAccount(account),
                            null);
        };
    }

    /// Whether a token names us as its issuer: says nothing about whether it is valid.
    public boolean namesUs(String compact) {
        if (remembered.getIfPresent(ClientSecret.sha256Hex(compact)) != null) {
            return true;
        }
        try {
            return settings.issuer().equals(reader.parse(compact).claims().get("iss"));
        } catch (MalformedTokenException _) {
            return false;
        }
    }

    /// What a token is worth now: the one way in which decisions, introspection and exchange take
    /// tokens.
    public Standing look(String compact) {
        try {
            AccessToken token = read(compact);
            if (!token.audience().contains(settings.issuer())) {
                throw new MalformedTokenException("claim aud is not this server");
            }
            return standings.of(token);
        } catch (MalformedTokenException e) {
            return new Standing.Dead(
                    Cause.INVALID_TOKEN,
                    "the access token is not accepted: " + e.getMessage(),
                    null);
        }
    }

    /// A token that we issued and that has not expired, for whatever audience, whatever became of
    /// its account.
    Optional<AccessToken> issued(String compact) {
        try {
            return Optional.of(read(compact));
        } catch (MalformedTokenException _) {
            return Optional.empty();
        }
    }

    private AccessToken read(String compact) throws MalformedTokenException {
        String hash = ClientSecret.sha256Hex(compact);
        Remembered known = remembered.getIfPresent(hash);
        if (known == null) {
            known = verified(compact);
            remembered.put(hash, known);
        } else if (ring.verifying(known.kid()).isEmpty()) {
            throw new MalformedTokenException("header kid is no key of ours");
        }
        AccessToken token = known.token();
        Instant now = clock.instant();
        // RFC 7519 §4.1.4: at the moment of `exp` the token is over already.
        if (!now.isBefore(token.expiresAt())) {
            throw new MalformedTokenException("claim exp has passed");
        }
        if (now.plus(SKEW).isBefore(token.issuedAt())) {
            throw new MalformedTokenException("claim iat is in the future");
        }
        return token;
    }

    private Remembered verified(String compact) throws MalformedTokenException {
        SignedToken signed = reader.parse(compact);
        String kid = signed.kid();
        if (!TYPE.equals(signed.type())) {
            throw new MalformedTokenException("header typ is not " + TYPE);
        }
        if (kid == null || !HEADERS.containsAll(signed.headers())) {
            throw new MalformedTokenException("the header is not one of ours");
        }
        SigningKey key =
                ring.verifying(kid)
                        .filter(candidate -> candidate.algorithm().equals(signed.algorithm()))
                        .orElseThrow(
                                () -> new MalformedTokenException("header kid is no key of ours"));
        if (!signed.signedWith(key.publicJwk())) {
            throw new MalformedTokenException("the signature does not hold");
        }
        Claims claims = new Claims(signed.claims());
        if (!settings.issuer().equals(claims.text("iss"))) {
            throw new MalformedTokenException("claim iss is not this server");
        }
        AccessToken token = AccessToken.read(claims);
        if (token.audience().stream().anyMatch(settings.refusedAudiences()::contains)) {
            throw new MalformedTokenException("claim aud names a service of its own");
        }
        if (Duration.between(token.issuedAt(), token.expiresAt()).compareTo(MAX_LIFETIME) > 0) {
            throw new MalformedTokenException("claims exp and iat are too far apart");
        }
        return new Remembered(token, kid);
    }
}
