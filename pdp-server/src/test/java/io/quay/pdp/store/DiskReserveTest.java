package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskReserveTest {
    private long free = 1_000;
    private long nanos;
    private int asked;
    private final DiskReserve reserve = new DiskReserve(this::ask, 500, () -> nanos);

    @Test
    void withLessFreeThanTheReserve_theDiskIsScarce() {
        assertThat(reserve.getAsBoolean()).isFalse();
        free = 499;
        later();
        assertThat(reserve.getAsBoolean()).isTrue();
        free = 500;
        later();
        assertThat(reserve.getAsBoolean()).isFalse();
    }

    @Test
    void theSystemIsNotAskedForEveryRecord() {
        for (int i = 0; i < 100; i++) {
            reserve.getAsBoolean();
        }
        assertThat(asked).isEqualTo(1);
    }

    @Test
    void aDirectoryWhoseSpaceCannotBeTold_hasNone(@TempDir Path directory) {
        assertThat(DiskReserve.freeIn(directory).getAsLong()).isPositive();
        assertThat(DiskReserve.freeIn(directory.resolve("none")).getAsLong()).isZero();
    }

    private long ask() {
        asked++;
        return free;
    }

    private void later() {
        nanos += Duration.ofSeconds(1).toNanos();
    }
}
