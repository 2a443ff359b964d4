package io.quay.pdp.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.quay.Operation;
import java.time.Duration;
import java.util.function.Predicate;

/// Whether the user that Quay takes an account's token for is the account's: names can be squatted,
/// logins bound, users renamed. Asked of Quay before the account is used, remembered for minutes,
/// and asked again each time for a while after every change of users. Safe for use by any number of
/// threads.
final class Identities {
    private static final int MAX_KEPT = 10_000;
    private static final Duration TRUSTED = Duration.ofMinutes(5);
    private static final Duration REFUSED = Duration.ofSeconds(5);
    private static final Duration UNANSWERED = Duration.ofSeconds(1);

    /// As long as a call may run that changes a user.
    private static final Duration UNSETTLED = Duration.ofMinutes(2);

    private static final String ANYBODY = "";
    private static final String REMEDY =
            "; a superuser of Quay must set this right, see `pdp quay doctor`";

    /// What is known of an account's user.
    sealed interface Identity {
        record Same() implements Identity {}

        /// @param message what was found and what to do
        record Other(String message) implements Identity {}

        record Unknown(String message) implements Identity {}
    }

    private record Key(String id, String name) {}

    private final QuayApi api;
    private final String service;
    private final Predicate<ServiceAccount> privileged;
    private final Cache<Key, Identity> known;
    private final Cache<String, Boolean> unsettled;

    /// @param service what Quay calls the login service that we are
    /// @param privileged the accounts that may be superusers of Quay
    Identities(QuayApi api, String service, Predicate<ServiceAccount> privileged, Ticker ticker) {
        this.api = api;
        this.service = service;
        this.privileged = privileged;
        this.known =
                Caffeine.newBuilder()
                        .maximumSize(MAX_KEPT)
                        .ticker(ticker)
                        .expireAfter(Expiry.creating((Key _, Identity identity) -> kept(identity)))
                        .build();
        this.unsettled =
                Caffeine.newBuilder()
                        .maximumSize(MAX_KEPT)
                        .ticker(ticker)
                        .expireAfterWrite(UNSETTLED)
                        .build();
    }

    private static Duration kept(Identity identity) {
        return switch (identity) {
            case Identity.Same _ -> TRUSTED;
            case Identity.Other _ -> REFUSED;
            case Identity.Unknown _ -> UNANSWERED;
        };
    }

    /// @param authorization the account's own; a secret
    Identity of(ServiceAccount account, String authorization) {
        Key key = new Key(account.id(), account.name());
        if (unsettled.getIfPresent(ANYBODY) != null
                || unsettled.getIfPresent(account.id()) != null) {
            known.invalidate(key);
            return ask(account, authorization);
        }
        return known.get(key, _ -> ask(account, authorization));
    }

    /// Asks Quay, whatever is remembered.
    ///
    /// @param authorization the account's own; a secret
    Identity now(ServiceAccount account, String authorization) {
        known.invalidate(new Key(account.id(), account.name()));
        return of(account, authorization);
    }

    /// Notes that a call is about to be executed that may change users: until it surely is over,
    /// nothing that is remembered of them counts.
    void beforeExecuting(Operation operation, ServiceAccount account) {
        if (!operation.mutates()) {
            return;
        }
        if (operation.level() == Operation.Level.USER) {
            unsettled.put(account.id(), true);
        } else if (operation.resourceTypes().contains(EntityTypes.USER)) {
            unsettled.put(ANYBODY, true);
        }
    }

    private Identity ask(ServiceAccount account, String authorization) {
        return switch (api.get("/api/v1/user/", authorization)) {
            case QuayAnswer.Missing(String message) ->
                    new Identity.Unknown(
                            "Quay does not say who `" + account.name() + "` is there: " + message);
            case QuayAnswer.Refused(int _, String message) ->
                    new Identity.Other(
                            "Quay does not take the token of `"
                                    + account.name()
                                    + "`: "
                                    + message
                                    + "; is its user there disabled, the creation of users switched"
                                    + " off, or our issuer not configured?"
                                    + REMEDY);
            case QuayAnswer.Ok(int _, JsonNode user) -> compare(account, user);
        };
    }

    private Identity compare(ServiceAccount account, JsonNode user) {
        String name = user.path("username").asText("");
        if (!name.equals(account.name())) {
            return new Identity.Other(
                    "Quay takes `"
                            + account.name()
                            + "` for its user `"
                            + printable(name)
                            + "`: the name was taken there already, or changed"
                            + REMEDY);
        }
        JsonNode logins = user.path("logins");
        if (logins.size() != 1
                || !logins.path(0).path("service").asText("").equals(service)
                || !logins.path(0).path("service_identifier").asText("").equals(account.id())) {
            return new Identity.Other(
                    "Quay's user `"
                            + account.name()
                            + "` has other logins than the one of `"
                            + service
                            + "` for this account ("
                            + logins.size()
                            + " found): somebody else may be that user"
                            + REMEDY);
        }
        boolean powerful =
                truthy(user.path("super_user")) || truthy(user.path("global_readonly_super_user"));
        if (powerful && !privileged.test(account)) {
            return new Identity.Other(
                    "Quay's user `"
                            + account.name()
                            + "` is a superuser there: only accounts of accounts.yaml that"
                            + " `quay.superusers` lists may be"
                            + REMEDY);
        }
        return new Identity.Same();
    }

    private static boolean truthy(JsonNode value) {
        return !value.isMissingNode()
                && !value.isNull()
                && !(value.isBoolean() && !value.asBoolean());
    }

    private static String printable(String text) {
        String safe = text.replaceAll("[^A-Za-z0-9._+-]", "?");
        return safe.length() <= 64 ? safe : safe.substring(0, 64);
    }

    /// What becomes of a call of an account that is not [Identity.Same].
    static Prepared refusal(Identity identity) {
        return switch (identity) {
            case Identity.Same _ -> throw new IllegalArgumentException("nothing to refuse");
            case Identity.Other(String message) ->
                    new Prepared.Refused(Cause.IDENTITY_MISMATCH, message);
            case Identity.Unknown(String message) -> new Prepared.Unavailable(message);
        };
    }
}
