package io.quay.pdp.audit;

import java.time.Clock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/// Makes ids that sort by time: 48 bits of milliseconds, then 80 random bits, as 26 characters of
/// Crockford's base 32. Within a millisecond, or while the clock stands or goes back, each is the
/// one before plus one, so that every id of one maker is greater than all before it.
///
/// Safe for use by any number of threads.
public final class DecisionIds {
    public static final int LENGTH = 26;
    private static final char[] DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();

    private final Clock clock;
    private final RandomGenerator random;
    private final ReentrantLock lock = new ReentrantLock();
    private long millis = -1;
    private int high;
    private long low;

    public DecisionIds(Clock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    public String next() {
        lock.lock();
        try {
            long now = clock.millis();
            if (now > millis) {
                millis = now;
                high = random.nextInt(1 << 16);
                low = random.nextLong();
            } else {
                increment();
            }
            return text(millis, high, low);
        } finally {
            lock.unlock();
        }
    }

    private void increment() {
        low++;
        if (low == 0) {
            high++;
        }
        if (high == 1 << 16) {
            high = 0;
            millis++;
        }
    }

    private static String text(long millis, int high, long low) {
        char[] text = new char[LENGTH];
        for (int i = 0; i < 10; i++) {
            text[i] = DIGITS[(int) (millis >>> (45 - 5 * i)) & 31];
        }
        // 80 bits are 16 digits: the upper 40 are `high` and the first 24 bits of `low`.
        long upper = ((long) high << 24) | (low >>> 40);
        for (int i = 0; i < 8; i++) {
            text[10 + i] = DIGITS[(int) (upper >>> (35 - 5 * i)) & 31];
            text[18 + i] = DIGITS[(int) (low >>> (35 - 5 * i)) & 31];
        }
        return new String(text);
    }
}
