package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Finds the names for which a question is allowed: each name that is known of the wanted type is
/// decided by itself, as if it had been asked about alone, and the allowed ones are found. What
/// nobody named cannot be found, also when a policy would allow it.
///
/// Nothing is recorded here. Safe for use by any number of threads.
public final class Search {
    /// What one page may cost; at least one name is decided however little is left.
    public record Budget(int decisions, Duration time) {}

    /// A part of the answer.
    ///
    /// @param found names, in order
    /// @param next where to go on: behind this name, which may be empty; null = that was all
    /// @param decided how many names were decided for it
    /// @param undecided for how many of them the policies could not be evaluated
    /// @param version the policy set that knew the names
    public record Page(
            List<String> found, @Nullable String next, int decided, int undecided, String version) {
        public Page {
            found = List.copyOf(found);
        }
    }

    private final Supplier<? extends Knowledge> policies;
    private final DecisionPoint point;
    private final Budget budget;
    private final LongSupplier nanoTime;

    public Search(
            Supplier<? extends Knowledge> policies,
            DecisionPoint point,
            Budget budget,
            LongSupplier nanoTime) {
        this.policies = policies;
        this.point = point;
        this.budget = budget;
        this.nanoTime = nanoTime;
    }

    /// Finds one page.
    ///
    /// @param after the `next` of the page before; empty for the first
    /// @param limit how many names are found at most
    /// @throws Shape.MisfitException when a value that the caller supplies fits no question
    public Page find(SearchQuery query, String after, int limit) {
        Knowledge knowledge = policies.get();
        return new Run(query, limit).over(candidates(knowledge, query), after, knowledge.version());
    }

    private static NavigableSet<String> candidates(Knowledge knowledge, SearchQuery query) {
        return switch (query) {
            case SearchQuery.Subjects subjects -> knowledge.known(subjects.type());
            case SearchQuery.Resources resources -> knowledge.known(resources.type());
            case SearchQuery.Actions(Subject.Named subject, EntityRef resource, var _) ->
                    new TreeSet<>(
                            knowledge.actions().names(subject.principal().type(), resource.type()));
        };
    }

    /// One page in the making. Used by one thread.
    private final class Run {
        private final SearchQuery query;
        private final int limit;
        private final long started = nanoTime.getAsLong();
        private final List<String> found = new ArrayList<>();
        private int decided;
        private int undecided;
        private int misfits;
        private Shape.@Nullable MisfitException misfit;

        Run(SearchQuery query, int limit) {
            this.query = query;
            this.limit = limit;
        }

        /// Goes on until there is one more than the page holds: only then is it known that the page
        /// is not the last.
        Page over(NavigableSet<String> candidates, String after, String version) {
            String previous = after;
            for (String name : candidates.tailSet(after, false)) {
                if (decided > 0 && spent()) {
                    return page(previous, version);
                }
                if (allowed(name)) {
                    if (found.size() == limit) {
                        return page(previous, version);
                    }
                    found.add(name);
                }
                previous = name;
            }
            if (misfit != null && misfits == decided) {
                throw misfit;
            }
            return page(null, version);
        }

        private Page page(@Nullable String next, String version) {
            return new Page(found, next, decided, undecided, version);
        }

        private boolean spent() {
            return decided >= budget.decisions()
                    || nanoTime.getAsLong() - started > budget.time().toNanos();
        }

        private boolean allowed(String name) {
            decided++;
            try {
                Decision decision = point.decide(query.about(name)).decision();
                undecided += decision instanceof Decision.Indeterminate ? 1 : 0;
                return decision.allowed();
            } catch (Shape.MisfitException e) {
                misfits++;
                if (misfit == null) {
                    misfit = e;
                }
                return switch (query) {
                    case SearchQuery.Subjects _, SearchQuery.Resources _ -> throw e;
                    // each action has a context of its own: what does not fit one may fit another
                    case SearchQuery.Actions _ -> false;
                };
            }
        }
    }
}
