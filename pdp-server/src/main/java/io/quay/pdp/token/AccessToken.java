package io.quay.pdp.token;

import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Authentication.Method;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What an access token of ours says (RFC 9068 §2.2). Immutable; proves nothing by itself.
///
/// @param id its `jti`, which holds the time of issue in milliseconds
/// @param account the account's name
/// @param accountId the account's `id` at the time: the name alone could be another's later
/// @param credential the account's credential behind it; null for workloads that trust policies
///   vouch for
/// @param issuer the registered issuer of the workload token behind it
/// @param workload who that was; never written into the token, which leads to it by its `jti`
/// @param scopes null = not narrowed
/// @param audience where it may be shown
/// @param expiresAt in whole seconds
/// @param ancestors `jti` of the tokens that it was exchanged for, oldest first: when one is
///   revoked, so is this
public record AccessToken(
        String id,
        String account,
        String accountId,
        Method method,
        @Nullable String credential,
        @Nullable String issuer,
        @Nullable EntityRef workload,
        @Nullable Set<String> scopes,
        List<String> audience,
        Instant issuedAt,
        Instant expiresAt,
        List<String> ancestors) {
    private static final String SCOPE = "scope";

    public AccessToken {
        scopes = scopes == null ? null : Set.copyOf(scopes);
        audience = List.copyOf(audience);
        ancestors = List.copyOf(ancestors);
    }

    /// The `jti` of the token that the proof was shown for: itself, or the first that it was made
    /// from.
    String origin() {
        return ancestors.isEmpty() ? id : ancestors.getFirst();
    }

    /// The same token, with the workload that it was issued for.
    AccessToken of(EntityRef other) {
        return new AccessToken(
                id,
                account,
                accountId,
                method,
                credential,
                issuer,
                other,
                scopes,
                audience,
                issuedAt,
                expiresAt,
                ancestors);
    }

    /// How its bearer proves to be the account.
    public Authentication authentication() {
        return new Authentication(method, issuer, workload, issuedAt, scopes, credential, id);
    }

    /// The scopes as one text (RFC 6749 §3.3); null = not narrowed.
    public @Nullable String scope() {
        return scopes == null ? null : String.join(" ", new TreeSet<>(scopes));
    }

    /// @param iss who issues it
    Map<String, Object> claims(String iss) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("iss", iss);
        claims.put("sub", account);
        claims.put("client_id", account);
        claims.put("preferred_username", account);
        claims.put("aud", audience.size() == 1 ? audience.getFirst() : audience);
        claims.put("iat", issuedAt.getEpochSecond());
        claims.put("exp", expiresAt.getEpochSecond());
        claims.put("jti", id);
        claims.put("account", accountId);
        claims.put("auth", method.word());
        put(claims, "cred", credential);
        put(claims, SCOPE, scope());
        put(claims, "workload_issuer", issuer);
        if (!ancestors.isEmpty()) {
            claims.put("from", ancestors);
        }
        return claims;
    }

    private static void put(Map<String, Object> claims, String name, @Nullable String value) {
        if (value != null) {
            claims.put(name, value);
        }
    }

    /// The inverse of [#claims]: nothing that we would not have written is read.
    static AccessToken read(Claims claims) throws MalformedTokenException {
        String account = claims.text("sub");
        if (!ServiceAccount.NAME.matcher(account).matches()
                || !account.equals(claims.text("client_id"))) {
            throw new MalformedTokenException("claims sub and client_id are not one account");
        }
        String id = claims.text("jti");
        Instant issuedAt = TokenIds.issuedAt(id);
        if (claims.moment("iat").getEpochSecond() != issuedAt.getEpochSecond()) {
            throw new MalformedTokenException("claims iat and jti differ");
        }
        Method method = method(claims.text("auth"));
        Optional<String> credential = claims.optionalText("cred");
        if (credential.isEmpty() && method != Method.FEDERATED) {
            throw new MalformedTokenException("claims auth and cred contradict each other");
        }
        return new AccessToken(
                id,
                account,
                claims.text("account"),
                method,
                credential.orElse(null),
                claims.optionalText("workload_issuer").orElse(null),
                null,
                scopes(claims),
                claims.audience(),
                issuedAt,
                claims.moment("exp"),
                claims.texts("from"));
    }

    private static Method method(String word) throws MalformedTokenException {
        return Arrays.stream(Method.values())
                .filter(method -> method.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new MalformedTokenException("claim auth is unknown"));
    }

    private static @Nullable Set<String> scopes(Claims claims) throws MalformedTokenException {
        Optional<String> scope = claims.optionalText(SCOPE);
        return scope.isEmpty() ? null : Set.of(scope.get().split(" ", -1));
    }
}
