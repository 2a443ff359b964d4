package io.quay.pdp.accounts;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.audit.Events;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is done about accounts while nobody asks: keeping when credentials were last used, telling
/// of those that will expire, forgetting revocations that no living token can concern. On a thread
/// of its own.
public final class Housekeeping implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
    private static final Duration FLUSH = Duration.ofSeconds(10);
    private static final Duration ROUND = Duration.ofHours(1);

    /// Longer than any token lives that may still be shown: a workload's own lives a day, and has a
    /// few minutes of leeway.
    private static final Duration REVOCATIONS_KEPT = Duration.ofDays(2);

    private static final List<Integer> WARNING_DAYS = List.of(1, 7, 30);

    private final Store store;
    private final Directory directory;
    private final Events events;
    private final Bootstrap bootstrap;
    private final DecisionIds ids;
    private final Clock clock;
    private final ScheduledExecutorService scheduler =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("accounts").factory());

    public Housekeeping(
            Store store,
            Directory directory,
            Events events,
            Bootstrap bootstrap,
            DecisionIds ids,
            Clock clock) {
        this.store = store;
        this.directory = directory;
        this.events = events;
        this.bootstrap = bootstrap;
        this.ids = ids;
        this.clock = clock;
    }

    public void start() {
        var _ =
                scheduler.scheduleWithFixedDelay(
                        () -> attempt("last uses", this::keepUses),
                        FLUSH.toMillis(),
                        FLUSH.toMillis(),
                        TimeUnit.MILLISECONDS);
        var _ =
                scheduler.scheduleWithFixedDelay(
                        () -> {
                            attempt("expiry warnings", this::warnOfExpiry);
                            attempt("revocations", this::forgetRevocations);
                            bootstrap.remind();
                        },
                        0,
                        ROUND.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    /// A task that throws would not be run again.
    private static void attempt(String what, Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).addKeyValue("what", what).log("housekeeping failed");
        }
    }

    void keepUses() {
        Map<String, Instant> used = directory.takeUsed();
        if (used.isEmpty()) {
            return;
        }
        boolean kept = false;
        try {
            store.transact(tables -> {
                tables.credentials().used(used);
                return null;
            });
            kept = true;
        } finally {
            if (!kept) {
                directory.giveBack(used);
            }
        }
    }

    /// An event 30, 7 and 1 days before a credential expires, each once.
    void warnOfExpiry() {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Map<String, ServiceAccount> owners =
                directory.all().stream()
                        .collect(
                                java.util.stream.Collectors.toMap(
                                        ServiceAccount::id, Function.identity()));
        for (Credential credential : directory.credentials()) {
            Instant end = credential.expiresAt();
            if (end != null && credential.replacedBy() == null && end.isAfter(now)) {
                threshold(Duration.between(now, end))
                        .ifPresent(days -> warnOnce(credential, owners, days, now, end));
            }
        }
    }

    private static Optional<Integer> threshold(Duration left) {
        return WARNING_DAYS.stream()
                .filter(days -> left.compareTo(Duration.ofDays(days)) <= 0)
                .findFirst();
    }

    private void warnOnce(
            Credential credential,
            Map<String, ServiceAccount> owners,
            int days,
            Instant now,
            Instant end) {
        // A credential that was made for less is not about to be forgotten.
        if (Duration.between(credential.createdAt(), end).toDays() <= days) {
            return;
        }
        ServiceAccount owner = owners.get(credential.accountId());
        String account = owner == null ? null : owner.name();
        boolean told =
                events
                        .find(
                                new EventQuery(
                                        Event.Kind.CREDENTIAL_EXPIRING.code(),
                                        null,
                                        account,
                                        now.minus(Duration.ofDays(31)),
                                        null,
                                        null,
                                        EventQuery.MAX_LIMIT))
                        .stream()
                        .filter(event -> credential.id().equals(event.target()))
                        .anyMatch(event ->
                                Integer.toString(days).equals(event.details().get("days")));
        if (told) {
            return;
        }
        store.transact(tables -> {
            tables.events()
                    .append(
                            new Event(
                                    ids.next(),
                                    now,
                                    Event.Kind.CREDENTIAL_EXPIRING,
                                    null,
                                    null,
                                    account,
                                    credential.id(),
                                    null,
                                    List.of(),
                                    null,
                                    null,
                                    Map.of(
                                            "days",
                                            Integer.toString(days),
                                            "expires_at",
                                            end.toString())));
            return null;
        });
        LOG.atWarn()
                .addKeyValue("account", account)
                .addKeyValue("credential", credential.id())
                .addKeyValue("expires_at", end)
                .log("a credential is about to expire: rotate it");
    }

    void forgetRevocations() {
        Instant before = clock.instant().minus(REVOCATIONS_KEPT);
        if (directory.revocations().stream()
                .noneMatch(revocation -> revocation.createdAt().isBefore(before))) {
            return;
        }
        store.transact(tables -> {
            tables.revocations().prune(before);
            return null;
        });
        directory.dropRevocationsBefore(before);
    }

    /// Keeps the last uses and stops.
    @Override
    public void close() {
        scheduler.shutdown();
        attempt("last uses", this::keepUses);
    }
}
