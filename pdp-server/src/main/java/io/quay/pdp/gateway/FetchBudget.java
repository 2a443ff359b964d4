package io.quay.pdp.gateway;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.quay.pdp.identity.EntityRef;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// How many questions to Quay each principal may cause in a minute, counted from its first. Safe
/// for use by any number of threads.
final class FetchBudget {
    private static final int MAX_PRINCIPALS = 100_000;

    private final int perMinute;
    private final Cache<EntityRef, AtomicInteger> spent;

    FetchBudget(int perMinute, Ticker ticker) {
        this.perMinute = perMinute;
        this.spent =
                Caffeine.newBuilder()
                        .maximumSize(MAX_PRINCIPALS)
                        .ticker(ticker)
                        .expireAfterWrite(Duration.ofMinutes(1))
                        .build();
    }

    /// Takes one, if one is left.
    boolean take(EntityRef principal) {
        AtomicInteger taken = spent.get(principal, _ -> new AtomicInteger());
        if (taken.incrementAndGet() <= perMinute) {
            return true;
        }
        taken.decrementAndGet();
        return false;
    }

    /// What was taken was not needed.
    void giveBack(EntityRef principal) {
        AtomicInteger taken = spent.getIfPresent(principal);
        if (taken != null) {
            taken.decrementAndGet();
        }
    }
}
