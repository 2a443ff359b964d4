package io.quay.pdp.token;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves the key rings along and forgets used assertions, once a minute on a thread of its own.
public final class KeySchedule implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeySchedule.class);
    private static final long SECONDS = 60;

    private final List<KeyRing> rings;
    private final SpentOnce spent;
    private final ScheduledExecutorService scheduler =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("key-ring").factory());

    public KeySchedule(List<KeyRing> rings, SpentOnce spent) {
        this.rings = List.copyOf(rings);
        this.spent = spent;
    }

    public void start() {
        var _ = scheduler.scheduleWithFixedDelay(this::advance, SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    /// A task that throws would not be run again.
    private void advance() {
        try {
            rings.forEach(KeyRing::tick);
            spent.forget();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("the key ring could not be moved along");
        }
    }

    @Override
    public void close() {
        scheduler.shutdown();
    }
}
