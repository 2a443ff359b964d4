package io.quay.pdp.audit;

import io.quay.pdp.identity.EntityRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Which recorded decisions are asked for: those that satisfy all of the filters that are not null.
/// Ordered by id, which is the order of time.
///
/// @param id exactly this decision
/// @param from decided at this moment or later
/// @param until decided before this moment
/// @param after a cursor: continue behind the record of this id, in the query's order
public record DecisionQuery(
        @Nullable String id,
        @Nullable EntityRef principal,
        @Nullable String action,
        @Nullable EntityRef resource,
        @Nullable Boolean allowed,
        @Nullable String cause,
        @Nullable Instant from,
        @Nullable Instant until,
        @Nullable String after,
        Order order,
        int limit) {
    public static final int MAX_LIMIT = 1_000;

    public enum Order {
        NEWEST_FIRST,
        OLDEST_FIRST
    }

    public DecisionQuery {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit must be 1 to " + MAX_LIMIT + ": " + limit);
        }
    }

    /// The latest decisions, unfiltered.
    public static DecisionQuery latest(int limit) {
        return new DecisionQuery(
                null, null, null, null, null, null, null, null, null, Order.NEWEST_FIRST, limit);
    }

    public static DecisionQuery byId(String id) {
        return new DecisionQuery(
                id, null, null, null, null, null, null, null, null, Order.NEWEST_FIRST, 1);
    }

    public DecisionQuery withPrincipal(EntityRef wanted) {
        return new DecisionQuery(
                id, wanted, action, resource, allowed, cause, from, until, after, order, limit);
    }

    public DecisionQuery withAction(String wanted) {
        return new DecisionQuery(
                id, principal, wanted, resource, allowed, cause, from, until, after, order, limit);
    }

    public DecisionQuery withResource(EntityRef wanted) {
        return new DecisionQuery(
                id, principal, action, wanted, allowed, cause, from, until, after, order, limit);
    }

    public DecisionQuery withAllowed(boolean wanted) {
        return new DecisionQuery(
                id, principal, action, resource, wanted, cause, from, until, after, order, limit);
    }

    public DecisionQuery withCause(String wanted) {
        return new DecisionQuery(
                id, principal, action, resource, allowed, wanted, from, until, after, order, limit);
    }

    public DecisionQuery between(@Nullable Instant start, @Nullable Instant end) {
        return new DecisionQuery(
                id, principal, action, resource, allowed, cause, start, end, after, order, limit);
    }

    public DecisionQuery after(@Nullable String cursor) {
        return new DecisionQuery(
                id, principal, action, resource, allowed, cause, from, until, cursor, order, limit);
    }

    public DecisionQuery inOrder(Order wanted) {
        return new DecisionQuery(
                id, principal, action, resource, allowed, cause, from, until, after, wanted, limit);
    }
}
