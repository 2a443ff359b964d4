package io.quay.pdp.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the data directory has less free space than is kept for allowed changes. Asks the system
/// a few times a second at most. Safe for use by any number of threads.
public final class DiskReserve implements BooleanSupplier {
    private static final Logger log = LoggerFactory.getLogger(DiskReserve.class);
    private static final long FRESH_NANOS = Duration.ofMillis(250).toNanos();

    private final LongSupplier free;
    private final long reserve;
    private final LongSupplier nanoTime;
    private final AtomicLong askedAt;
    private volatile boolean scarce;

    /// @param free bytes that can still be written; see `freeIn`
    /// @param reserve in bytes
    /// @param nanoTime as of `System.nanoTime`
    public DiskReserve(LongSupplier free, long reserve, LongSupplier nanoTime) {
        this.free = free;
        this.reserve = reserve;
        this.nanoTime = nanoTime;
        this.askedAt = new AtomicLong(nanoTime.getAsLong() - FRESH_NANOS);
    }

    /// The free space of the directory's file system; none when it cannot be told.
    public static LongSupplier freeIn(Path directory) {
        return () -> {
            try {
                return Files.getFileStore(directory).getUsableSpace();
            } catch (IOException _) {
                return 0;
            }
        };
    }

    @Override
    public boolean getAsBoolean() {
        long now = nanoTime.getAsLong();
        long last = askedAt.get();
        if (now - last >= FRESH_NANOS && askedAt.compareAndSet(last, now)) {
            long bytes = free.getAsLong();
            boolean before = scarce;
            scarce = bytes < reserve;
            if (scarce != before) {
                log.atWarn()
                        .addKeyValue("free_bytes", bytes)
                        .addKeyValue("reserve_bytes", reserve)
                        .log(scarce ? "disk nearly full" : "disk has space again");
            }
        }
        return scarce;
    }
}
