package io.quay.pdp.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import io.quay.pdp.decision.AttributeSource;
import io.quay.pdp.decision.Facts;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.Value;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// What Quay says of repositories, asked with the server's own credential: `visibility`, `kind` and
/// `state`. Remembered for a short while; one question at a time for a repository, few at a time
/// for all, and for each principal so many in a minute. Safe for use by any number of threads.
public final class QuayAttributes implements AttributeSource {
    private static final int MAX_KEPT = 10_000;
    private static final int AT_ONCE = 8;
    private static final Duration TURN = Duration.ofSeconds(2);
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final Duration MISSING = Duration.ofSeconds(2);
    private static final Duration FAILED = Duration.ofSeconds(1);
    private static final Set<String> SETTLED = Set.of("visibility", "kind", "state");

    /// @param maxAge how old an answer may be that is used
    /// @param perMinute how many questions one principal may cause in a minute
    public record Limits(Duration maxAge, int perMinute) {}

    /// @param kept for how long it may be used
    private record Kept(Answer answer, Duration kept) {
        /// An answer is as old as its question.
        Kept agedBy(Duration age) {
            return new Kept(answer, age.compareTo(kept) < 0 ? kept.minus(age) : Duration.ZERO);
        }
    }

    private final QuayApi api;
    private final Ticker ticker;
    private final CredentialFile credential;
    private final FetchBudget budget;
    private final Duration maxAge;
    private final Semaphore slots = new Semaphore(AT_ONCE, true);
    private final AsyncCache<String, Kept> known;

    /// @param credential of who may read the repositories that policies are about
    QuayAttributes(QuayApi api, CredentialFile credential, Limits limits, Ticker ticker) {
        this.api = api;
        this.ticker = ticker;
        this.credential = credential;
        this.budget = new FetchBudget(limits.perMinute(), ticker);
        this.maxAge = limits.maxAge();
        this.known =
                Caffeine.newBuilder()
                        .maximumSize(MAX_KEPT)
                        .ticker(ticker)
                        .expireAfter(Expiry.creating((String _, Kept kept) -> kept.kept()))
                        .buildAsync();
    }

    @Override
    public Answer ask(EntityRef principal, EntityRef object) {
        String name = object.id();
        if (!object.type().equals(EntityTypes.REPOSITORY) || name.indexOf('/') < 1) {
            return new Answer.Untold(
                    "of `" + object + "` Quay is not asked: entities.json may say");
        }
        CompletableFuture<Kept> others = known.getIfPresent(name);
        if (others != null) {
            return await(others);
        }
        if (!budget.take(principal)) {
            return new Answer.Untold(
                    "too many questions to Quay for `"
                            + principal.id()
                            + "` within a minute (`gateway.attributes.per_minute`)");
        }
        CompletableFuture<Kept> mine = new CompletableFuture<>();
        CompletableFuture<Kept> first = known.asMap().putIfAbsent(name, mine);
        if (first != null) {
            budget.giveBack(principal);
            return await(first);
        }
        Kept fetched = new Kept(untold("the question failed"), Duration.ZERO);
        try {
            fetched = fetch(name);
        } finally {
            mine.complete(fetched);
        }
        return fetched.answer();
    }

    private static Answer await(CompletableFuture<Kept> others) {
        try {
            return others.get(WAIT.toMillis(), TimeUnit.MILLISECONDS).answer();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return untold("interrupted");
        } catch (TimeoutException | ExecutionException _) {
            return untold("Quay did not answer in time");
        }
    }

    private Kept fetch(String name) {
        try {
            if (!slots.tryAcquire(TURN.toMillis(), TimeUnit.MILLISECONDS)) {
                return failed("too many questions at once");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return failed("interrupted");
        }
        try {
            String path = path(name);
            long asked = ticker.read();
            Kept found = read(name, api.get(path, credential.get().authorization()));
            return found.agedBy(Duration.ofNanos(ticker.read() - asked));
        } catch (IllegalArgumentException _) {
            return failed("its name is none that Quay takes");
        } catch (CredentialFile.UnusableException e) {
            return failed(String.valueOf(e.getMessage()));
        } finally {
            slots.release();
        }
    }

    private static String path(String name) {
        StringBuilder path = new StringBuilder("/api/v1/repository");
        for (String segment : name.split("/", -1)) {
            path.append('/').append(QuayApi.segment(segment));
        }
        return path.append("?includeTags=false").toString();
    }

    private Kept read(String name, QuayAnswer answer) {
        return switch (answer) {
            case QuayAnswer.Missing(String message) -> failed(message);
            case QuayAnswer.Refused refused ->
                    refused.notFound()
                            ? new Kept(
                                    new Answer.Told(new Facts(Map.of(), SETTLED)), shorter(MISSING))
                            : failed("Quay answered " + refused.status());
            case QuayAnswer.Ok(int _, JsonNode body) -> read(name, body);
        };
    }

    /// An answer that is not about this repository, or whose members are of other types than
    /// Quay's, is none: else a guard with `has` could be switched off by garbage.
    private Kept read(String name, JsonNode body) {
        String namespace = body.path("namespace").asText("");
        String repository = body.path("name").asText("");
        JsonNode open = body.path("is_public");
        if (!name.equals(namespace + "/" + repository)
                || !open.isBoolean()
                || !textOrNothing(body.path("kind"))
                || !textOrNothing(body.path("state"))) {
            return failed("Quay answered something else than this repository");
        }
        Map<String, Value> attributes = new HashMap<>();
        attributes.put("visibility", Value.of(open.asBoolean() ? "public" : "private"));
        for (String member : new String[] {"kind", "state"}) {
            if (body.path(member).isTextual()) {
                attributes.put(member, Value.of(body.path(member).asText()));
            }
        }
        return new Kept(new Answer.Told(new Facts(attributes, SETTLED)), maxAge);
    }

    private static boolean textOrNothing(JsonNode member) {
        return member.isTextual() || member.isNull() || member.isMissingNode();
    }

    private Kept failed(String why) {
        return new Kept(untold(why), shorter(FAILED));
    }

    private Duration shorter(Duration kept) {
        return kept.compareTo(maxAge) < 0 ? kept : maxAge;
    }

    private static Answer untold(String why) {
        return new Answer.Untold("Quay could not be asked about it: " + why);
    }

    /// Forgets what a call may have changed that was sent to Quay, also what is just being asked.
    ///
    /// @param objects all that the call acts on; empty = that is not known
    void forget(Set<EntityRef> objects) {
        if (objects.isEmpty() || objects.stream().allMatch(EntityRef.registry()::equals)) {
            known.asMap().clear();
            return;
        }
        for (EntityRef object : objects) {
            if (object.type().equals(EntityTypes.REPOSITORY)) {
                known.asMap().remove(object.id());
            } else {
                ExecutableOperations.namespace(object)
                        .ifPresent(namespace ->
                                known.asMap()
                                        .keySet()
                                        .removeIf(name -> name.startsWith(namespace + "/")));
            }
        }
    }
}
