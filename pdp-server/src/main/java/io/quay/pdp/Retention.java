package io.quay.pdp;

import io.quay.pdp.store.SqliteDecisionLog;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes decisions that are older than they are kept for: a minute after the start and then every
/// hour, on a thread of its own.
final class Retention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final Duration FIRST = Duration.ofMinutes(1);
    private static final Duration INTERVAL = Duration.ofHours(1);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final SqliteDecisionLog log;
    private final Duration kept;
    private final Clock clock;
    private final ScheduledExecutorService scheduler =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("retention").factory());

    Retention(SqliteDecisionLog log, Duration kept, Clock clock) {
        this.log = log;
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
            int pruned = prune();
            if (pruned > 0) {
                LOG.atInfo().addKeyValue("decisions", pruned).log("old decisions deleted");
            }
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("old decisions could not be deleted");
        }
    }

    /// Deletes all that is too old, in pieces, so that new decisions are recorded in between.
    ///
    /// @return how many there were
    int prune() {
        int pruned = 0;
        int piece;
        do {
            piece = log.prune(clock.instant().minus(kept));
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
                LOG.atWarn().log("deleting old decisions did not end in time");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
