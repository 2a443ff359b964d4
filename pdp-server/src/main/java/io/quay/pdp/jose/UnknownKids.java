package io.quay.pdp.jose;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The names of keys that an issuer was asked for and did not have, for a while. Bounded; safe for
/// use by any number of threads.
final class UnknownKids {
    static final Duration MEMORY = Duration.ofSeconds(60);
    static final int MAX_KIDS = 1_000;

    /// A longer one is not remembered, so that strangers cannot fill the memory.
    private static final int MAX_LENGTH = 256;

    private final Cache<String, Boolean> kids;

    UnknownKids(LongSupplier nanoTime) {
        kids =
                Caffeine.newBuilder()
                        .maximumSize(MAX_KIDS)
                        .expireAfterWrite(MEMORY)
                        .ticker(nanoTime::getAsLong)
                        .executor(Runnable::run)
                        .build();
    }

    boolean contains(@Nullable String kid) {
        return kid != null && kids.getIfPresent(kid) != null;
    }

    void add(@Nullable String kid) {
        if (kid != null && kid.length() <= MAX_LENGTH) {
            kids.put(kid, true);
        }
    }
}
