package io.quay.pdp.ops;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/// The time of day that never goes back. While the system's clock is behind what this one has
/// shown, time goes on from there by the monotonic clock, so that what expires does expire.
///
/// Safe for use by any number of threads.
public final class SteadyClock extends Clock {
    /// A moment that was shown, and what the monotonic clock said then.
    private record Shown(Instant time, long nanos) {}

    private final Clock system;
    private final LongSupplier monotonic;
    private final AtomicReference<Shown> last;

    /// @param floor no earlier moment is ever shown: the newest one that was recorded
    public SteadyClock(Clock system, LongSupplier monotonic, Instant floor) {
        this.system = system;
        this.monotonic = monotonic;
        this.last = new AtomicReference<>(new Shown(floor, monotonic.getAsLong()));
    }

    @Override
    public Instant instant() {
        while (true) {
            Shown before = last.get();
            Instant wall = system.instant();
            long nanos = monotonic.getAsLong();
            Instant atLeast = before.time().plusNanos(Math.max(0, nanos - before.nanos()));
            if (wall.isBefore(atLeast)) {
                return atLeast;
            }
            if (last.compareAndSet(before, new Shown(wall, nanos))) {
                return wall;
            }
        }
    }

    /// How far the system's clock is behind; zero when it is not.
    public Duration behind() {
        Duration behind = Duration.between(system.instant(), instant());
        return behind.isNegative() ? Duration.ZERO : behind;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("this clock knows UTC only");
    }
}
