package io.quay.pdp.gateway;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Places for calls that run at the same time, given in the order in which they were asked for.
/// Safe for use by any number of threads.
final class Slots {
    /// A place, until it is closed.
    static final class Slot implements AutoCloseable {
        private final Semaphore free;
        private final AtomicBoolean held = new AtomicBoolean(true);

        private Slot(Semaphore free) {
            this.free = free;
        }

        @Override
        public void close() {
            if (held.compareAndSet(true, false)) {
                free.release();
            }
        }
    }

    private final Semaphore free;
    private final Duration longest;

    /// @param longest wait for a place
    Slots(int places, Duration longest) {
        this.free = new Semaphore(places, true);
        this.longest = longest;
    }

    /// Waits for a place; empty when none became free in time.
    Optional<Slot> take() {
        try {
            return free.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS)
                    ? Optional.of(new Slot(free))
                    : Optional.empty();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
