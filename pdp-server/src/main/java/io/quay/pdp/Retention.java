package io.quay.pdp;

import io.quay.pdp.store.AuditCheckpoints;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.store.SqliteExchanges;
import io.quay.pdp.store.SqliteSpentAssertions;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes records that are older than they are kept for, and assertions that are of no use any
/// more: a minute after the start and then every hour, on a thread of its own.
final class Retention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final Duration FIRST = Duration.ofMinutes(1);
    private static final Duration INTERVAL = Duration.ofHours(1);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /// What is pruned.
    record Records(
            SqliteDecisionLog log,
            AuditCheckpoints checkpoints,
            SqliteSpentAssertions assertions,
            SqliteExchanges exchanges) {}

    private final Records records;
    private final Duration kept;
    private final Clock clock;
    private final ScheduledExecutorService scheduler =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("retention").factory());

    /// @param kept how long records are kept
    Retention(Records records, Duration kept, Clock clock) {
        this.records = records;
        this.kept = kept;
        this.clock = clock;
    }

    void start() {
        var _ =
                scheduler.scheduleWithFixedDelay(
                        this::pruneOrReport,
                        FIRST.toSeconds(),
                        INTERVAL.toSeconds(),
                        TimeUnit.SECONDS);
    }

    /// A task that throws would not be run again.
    private void pruneOrReport() {
        try {
            pruneAssertions();
            records.checkpoints().prune(clock.instant().minus(kept));
            int pruned = prune();
            if (pruned > 0) {
                LOG.atInfo().addKeyValue("records", pruned).log("old records deleted");
            }
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("old records could not be deleted");
        }
    }

    /// Deletes all that is too old, in pieces, so that new records are kept in between.
    ///
    /// @return how many there were
    int prune() {
        return inPieces(() -> records.log().prune(clock.instant().minus(kept)));
    }

    /// Deletes the assertions that cannot be used any more, and the exchanges of tokens that have
    /// ended.
    ///
    /// @return how many there were
    int pruneAssertions() {
        return inPieces(() -> records.assertions().prune(clock.instant()))
                + inPieces(() -> records.exchanges().prune(clock.instant()));
    }

    private int inPieces(IntSupplier deletion) {
        int pruned = 0;
        int piece;
        do {
            piece = deletion.getAsInt();
            pruned += piece;
        } while (piece > 0 && !scheduler.isShutdown());
        return pruned;
    }

    /// Lets a piece that is being deleted end.
    @Override
    public void close() {
        scheduler.shutdown();
        try {
            if (!scheduler.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.atWarn().log("deleting old records did not end in time");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
