package io.quay.pdp.token;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.token.SignedTokens.SignedToken;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Client assertions that accounts sign with a key of their own (`private_key_jwt`, RFC 7523 §2.2
/// and §3): for us alone, short-lived, and each used once. Safe for use by any number of threads.
public final class ClientAssertions {
    static final String TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// What accounts may sign with.
    public static final List<String> ALGORITHMS =
            List.of("ES256", "ES384", "RS256", "PS256", "EdDSA", "Ed25519");

    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration SKEW = AccessTokens.SKEW;
    private static final int MAX_ID = 512;
    private static final Set<String> TYPES = Set.of("jwt", "client-authentication+jwt");

    /// @param issuer us, the audience of assertions
    /// @param tokenEndpoint the audience that older clients write instead
    public record Audiences(String issuer, String tokenEndpoint) {}

    private final SignedTokens reader;
    private final Directory directory;
    private final KeyRing ring;
    private final Audiences audiences;
    private final Clock clock;

    public ClientAssertions(
            SignedTokens reader,
            Directory directory,
            KeyRing ring,
            Audiences audiences,
            Clock clock) {
        this.reader = reader;
        this.directory = directory;
        this.ring = ring;
        this.audiences = audiences;
        this.clock = clock;
    }

    /// Whether an assertion says that an account signed it. What cannot be read, and what says that
    /// we signed it, is taken for one and refused as such.
    boolean isOfAccount(String compact) {
        try {
            return !(reader.parse(compact).claims().get("iss") instanceof String issuer)
                    || issuer.equals(audiences.issuer())
                    || ServiceAccount.NAME.matcher(issuer).matches();
        } catch (MalformedTokenException _) {
            return true;
        }
    }

    Client verify(String compact, Optional<String> clientId) throws OAuthException {
        try {
            return verify(reader.parse(compact), clientId);
        } catch (MalformedTokenException e) {
            throw OAuthException.client("client assertion: " + e.getMessage());
        }
    }

    private Client verify(SignedToken token, Optional<String> clientId)
            throws OAuthException, MalformedTokenException {
        String type = token.type();
        if (type != null && !TYPES.contains(type.toLowerCase(Locale.ROOT))) {
            throw OAuthException.client("client assertion: header typ names another kind of token");
        }
        if (!ALGORITHMS.contains(token.algorithm())) {
            throw OAuthException.client("client assertion: header alg is not allowed");
        }
        Claims claims = new Claims(token.claims());
        String name = claims.text("sub");
        if (!name.equals(claims.text("iss"))) {
            throw OAuthException.client("client assertion: claims iss and sub differ");
        }
        if (clientId.isPresent() && !clientId.get().equals(name)) {
            throw OAuthException.client("client_id differs from the client assertion");
        }
        Optional<ServiceAccount> account = directory.find(name);
        Credential signer =
                signer(token, account)
                        .orElseThrow(() ->
                                OAuthException.client(
                                        account.isEmpty()
                                                ? "no such account"
                                                : "client assertion: no key of the account verifies it"));
        requireAudience(claims.audience(), name);
        Instant end = requireTimes(claims);
        ClientAuthentication.requireUsable(account.orElseThrow(), signer, clock);
        String id = claims.text("jti");
        if (id.length() > MAX_ID) {
            throw OAuthException.client("client assertion: claim jti is too long");
        }
        return new Client(
                account.orElseThrow(),
                signer,
                Authentication.Method.PRIVATE_KEY_JWT,
                new EventLog.Spent(
                        ClientSecret.sha256Hex(account.orElseThrow().id() + "\n" + id),
                        end.plus(SKEW)));
    }

    /// The account's key that signed the token, whatever name the token gives it: all of them are
    /// the account's. An account that is not there costs as much time as one that is.
    private Optional<Credential> signer(SignedToken token, Optional<ServiceAccount> account) {
        List<Credential> keys =
                account.map(found -> directory.credentialsOf(found.id())).orElse(List.of()).stream()
                        .filter(each -> each.proof() instanceof Credential.Proof.PublicKey)
                        .toList();
        if (keys.isEmpty()) {
            boolean _ =
                    ring.keys().stream()
                            .filter(key -> key.algorithm().equals(token.algorithm()))
                            .findFirst()
                            .map(key -> token.signedWith(key.publicJwk()))
                            .orElse(false);
            return Optional.empty();
        }
        return keys.stream()
                .filter(credential ->
                        credential.proof() instanceof Credential.Proof.PublicKey(String jwk, var _)
                                && token.signedWith(jwk))
                .findFirst();
    }

    /// An assertion for two can be replayed by the other one, and one for an endpoint by whoever
    /// names that endpoint as theirs (draft-ietf-oauth-rfc7523bis §4).
    private void requireAudience(List<String> audience, String account) throws OAuthException {
        boolean fits =
                audience.equals(List.of(audiences.issuer()))
                        || (audience.equals(List.of(audiences.tokenEndpoint()))
                                && directory.legacyAudience(account));
        if (!fits) {
            throw OAuthException.client("client assertion: claim aud is not our issuer alone");
        }
    }

    private Instant requireTimes(Claims claims) throws OAuthException, MalformedTokenException {
        Instant now = clock.instant();
        Instant end = claims.moment("exp");
        if (!now.isBefore(end.plus(SKEW))) {
            throw OAuthException.client("client assertion: claim exp has passed");
        }
        if (end.isAfter(now.plus(LONGEST).plus(SKEW))) {
            throw OAuthException.client("client assertion: claim exp is more than 300 s away");
        }
        for (String name : List.of("iat", "nbf")) {
            Optional<Instant> moment = claims.optionalMoment(name);
            if (moment.isPresent() && now.isBefore(moment.get().minus(SKEW))) {
                throw OAuthException.client(
                        "client assertion: claim " + name + " is in the future");
            }
        }
        Optional<Instant> issued = claims.optionalMoment("iat");
        if (issued.isPresent() && issued.get().isBefore(now.minus(LONGEST).minus(SKEW))) {
            throw OAuthException.client("client assertion: claim iat is too old");
        }
        return end;
    }
}
