package io.quay.pdp;

import io.quay.pdp.store.AuditCheckpoints;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes a checkpoint of the audit chain every 15 minutes, and one when it is closed: after the
/// log, so that it covers every record.
final class Checkpoints implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
    private static final Duration INTERVAL = Duration.ofMinutes(15);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final AuditCheckpoints checkpoints;
    private final ScheduledExecutorService scheduler =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("checkpoints").factory());

    Checkpoints(AuditCheckpoints checkpoints) {
        this.checkpoints = checkpoints;
    }

    void start() {
        var _ =
                scheduler.scheduleWithFixedDelay(
                        this::takeOrReport, 0, INTERVAL.toSeconds(), TimeUnit.SECONDS);
    }

    /// A task that throws would not be run again.
    private void takeOrReport() {
        try {
            checkpoints.take();
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("no audit checkpoint could be taken");
        }
    }

    @Override
    public void close() {
        scheduler.shutdown();
        try {
            if (!scheduler.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                LOG.atWarn().log("taking an audit checkpoint did not end in time");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        takeOrReport();
    }
}
