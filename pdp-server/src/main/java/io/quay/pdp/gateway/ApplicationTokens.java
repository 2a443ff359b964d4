package io.quay.pdp.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.token.QuayTokens;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Short-lived tokens of an application of an organization of Quay, one at a time for each account
/// and named after it; deleted once they have ended. Safe for use by any number of threads.
final class ApplicationTokens implements SharedExecution.Credentials, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(ApplicationTokens.class);
    private static final int MAX_KEPT = 10_000;
    private static final int MAX_PAGES = 20;

    /// Added to the life of which we make use: clocks differ.
    private static final Duration MARGIN = Duration.ofSeconds(30);

    private static final String NAME = "quay-pdp ";

    private record Kept(String token, Instant madeAt, Instant until) {}

    private final QuayApi api;
    private final CredentialFile credential;
    private final String path;
    private final String scope;
    private final Duration lifetime;
    private final Directory directory;
    private final Clock clock;
    private final Cache<String, Kept> kept =
            Caffeine.newBuilder()
                    .maximumSize(MAX_KEPT)
                    .expireAfterWrite(QuayTokens.MAX_LIFETIME)
                    .build();

    /// @param credential of who administers the application's organization
    /// @param lifetime how long a token is used
    ApplicationTokens(
            QuayApi api,
            CredentialFile credential,
            Executions.Mode.Application application,
            Duration lifetime,
            Directory directory,
            Clock clock) {
        this.api = api;
        this.credential = credential;
        this.path =
                "/api/v1/organization/"
                        + QuayApi.segment(application.organization())
                        + "/applications/"
                        + QuayApi.segment(application.clientId())
                        + "/tokens";
        this.scope = String.join(" ", application.scopes());
        this.lifetime = lifetime;
        this.directory = directory;
        this.clock = clock;
    }

    @Override
    public Prepared of(ServiceAccount account) {
        Kept known = kept.getIfPresent(account.id());
        if (known != null && usable(known, account)) {
            return ready(known);
        }
        try {
            // One question at a time for each account.
            return ready(
                    kept.asMap()
                            .compute(
                                    account.id(),
                                    (_, other) ->
                                            other != null && usable(other, account)
                                                    ? other
                                                    : made(account)));
        } catch (NotMadeException e) {
            return new Prepared.Unavailable(String.valueOf(e.getMessage()));
        }
    }

    private static Prepared ready(Kept token) {
        return new Prepared.Ready("Bearer " + token.token());
    }

    private boolean usable(Kept known, ServiceAccount account) {
        return clock.instant().isBefore(known.until())
                && directory.findRevocation(account.id(), null, null, "", known.madeAt()).isEmpty();
    }

    /// For the inside of a map's function alone.
    private static final class NotMadeException extends RuntimeException {
        @java.io.Serial private static final long serialVersionUID = 1L;

        NotMadeException(String message) {
            super("Quay gives no token of the application: " + message, null, false, false);
        }
    }

    private Kept made(ServiceAccount account) {
        Instant now = clock.instant();
        QuayAnswer answer =
                ask(
                        "POST",
                        path,
                        QuayApi.object()
                                .put("name", NAME + account.name())
                                .put("scope", scope)
                                .put("expiration", lifetime.plus(MARGIN).toSeconds()));
        return switch (answer) {
            case QuayAnswer.Ok(int _, JsonNode body) -> {
                String token = body.path("token").asText("");
                if (token.isEmpty()) {
                    throw new NotMadeException("the answer holds none");
                }
                yield new Kept(token, now, now.plus(lifetime));
            }
            case QuayAnswer.Refused(int _, String message) -> throw new NotMadeException(message);
            case QuayAnswer.Missing(String message) -> throw new NotMadeException(message);
        };
    }

    private QuayAnswer ask(
            String method,
            String where,
            com.fasterxml.jackson.databind.node.@org.jspecify.annotations.Nullable ObjectNode
                    body) {
        try {
            return api.ask(method, where, credential.get().authorization(), body);
        } catch (CredentialFile.UnusableException e) {
            return new QuayAnswer.Missing(String.valueOf(e.getMessage()));
        }
    }

    /// Deletes our tokens that have ended or whose accounts may not act any more, also those that
    /// an earlier run left.
    @Override
    public void run() {
        String next = "";
        for (int page = 0; page < MAX_PAGES; page++) {
            String query = next.isEmpty() ? "" : "?next_page=" + next;
            if (!(ask("GET", path + query, null) instanceof QuayAnswer.Ok(int _, JsonNode body))) {
                LOG.atWarn().log("the application's tokens cannot be listed");
                return;
            }
            body.path("tokens").forEach(this::deleteEnded);
            next = body.path("next_page").asText("");
            if (!next.matches("[A-Za-z0-9._~=-]+")) {
                return;
            }
        }
    }

    private void deleteEnded(JsonNode token) {
        String name = token.path("name").asText("");
        String uuid = token.path("uuid").asText("");
        if (!name.startsWith(NAME) || !uuid.matches("[A-Za-z0-9-]{1,64}")) {
            return;
        }
        boolean usable =
                directory
                        .find(name.substring(NAME.length()))
                        .filter(account -> account.usableAt(clock.instant()))
                        .isPresent();
        if ((!usable || ended(token.path("expires_at").asText("")))
                && !(ask("DELETE", path + "/" + uuid, null) instanceof QuayAnswer.Ok)) {
            LOG.atWarn().addKeyValue("token", uuid).log("an ended token was not deleted");
        }
    }

    private boolean ended(String time) {
        try {
            return !clock.instant().isBefore(Instant.parse(time));
        } catch (DateTimeParseException _) {
            return false;
        }
    }
}
