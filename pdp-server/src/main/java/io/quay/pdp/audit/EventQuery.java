package io.quay.pdp.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Which events are asked for: those that satisfy all of the filters that are not null, newest
/// first.
///
/// @param kind a kind's code
/// @param after a cursor: continue behind the event of this id
public record EventQuery(
        @Nullable String kind,
        @Nullable String actor,
        @Nullable String account,
        @Nullable Instant from,
        @Nullable Instant until,
        @Nullable String after,
        int limit) {
    public static final int MAX_LIMIT = 1_000;

    public EventQuery {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit must be 1 to " + MAX_LIMIT + ": " + limit);
        }
    }
}
