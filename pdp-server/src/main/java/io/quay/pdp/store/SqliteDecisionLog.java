package io.quay.pdp.store;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.CallLog;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DecisionLog;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.audit.Decisions;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.ops.Check;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The decision log in SQLite, and that of the events that stand alone. Callers queue what is to be
/// kept; one thread takes whatever waits and commits it as one transaction, so that the cost of a
/// commit is shared by all who wait for it. Allowed changes go first and have a queue of their own.
///
/// Safe for use by any number of threads, virtual ones above all: they wait on a future, never on a
/// monitor or inside the native library.
public final class SqliteDecisionLog
        implements DecisionLog, EventLog, Decisions, CallLog, AutoCloseable {
    private static final int PRUNED_AT_ONCE = 1_000;
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /// When `append`, `count` and `Keeping.await` return. For an allowed change and for events
    /// always after the commit.
    public enum Durability {
        /// After the commit.
        SYNC,
        /// As soon as the record is queued: a crash loses what waits. While commits fail, nothing
        /// is taken on.
        BATCH
    }

    /// How much may wait, of what is urgent and of the rest, and for how long.
    public record Limits(int queued, Duration patience) {
        public static Limits defaults() {
            return new Limits(16_384, Duration.ofSeconds(5));
        }
    }

    private final Database database;
    private final Durability durability;
    private final Limits limits;
    private final BooleanSupplier scarce;
    private final GroupCommit commits;

    /// A log that never spares the disk.
    public SqliteDecisionLog(Database database, Durability durability, Limits limits) {
        this(database, durability, limits, () -> false, Clock.systemUTC());
    }

    /// @param scarce whether the disk is so full that of decisions only allowed changes may be
    ///   recorded, such as a [DiskReserve]
    public SqliteDecisionLog(
            Database database,
            Durability durability,
            Limits limits,
            BooleanSupplier scarce,
            Clock clock) {
        this.database = database;
        this.durability = durability;
        this.limits = limits;
        this.scarce = scarce;
        this.commits =
                new GroupCommit(
                        new RecordTables(database),
                        limits.queued(),
                        MINUTE.plus(limits.patience().multipliedBy(2)),
                        clock);
    }

    public SqliteDecisionLog start() {
        commits.start();
        return this;
    }

    /// On a timeout the outcome is unknown: the record may yet be kept, of a decision that was then
    /// answered with a deny. It is never reported as kept when it is not.
    @Override
    public void append(DecisionRecord decision) {
        Entry entry = entryOf(decision);
        keep(entry, durabilityOf(entry));
    }

    /// The patience begins when it is waited for.
    @Override
    public Keeping take(DecisionRecord decision) {
        Entry entry = entryOf(decision);
        if (durabilityOf(entry) == Durability.SYNC && commits.lastWorked()) {
            CompletableFuture<Boolean> committed = commits.submit(entry, false);
            return () -> {
                if (!committed.isDone()) {
                    commits.hurry();
                }
                await(committed);
            };
        }
        // also when it will hardly be kept: let nothing be done meanwhile
        keep(entry, durabilityOf(entry));
        return () -> {};
    }

    private Entry entryOf(DecisionRecord decision) {
        Entry entry = new Entry.OfDecision(DecisionRow.of(decision));
        if (!entry.urgent() && scarce.getAsBoolean()) {
            throw new AuditUnavailableException(
                    "the disk is nearly full: only allowed changes are recorded");
        }
        return entry;
    }

    private Durability durabilityOf(Entry decision) {
        return decision.urgent() ? Durability.SYNC : durability;
    }

    /// Durable when it returns, whatever the durability of decisions is: what is issued under an
    /// event lives longer than one answer. On a timeout the outcome is unknown, as with decisions.
    @Override
    public void append(Event event, Companion... companions) {
        keep(new Entry.OfEvent(event, List.of(companions)), Durability.SYNC);
    }

    @Override
    public void count(DeniedGroup group) {
        keep(new Entry.OfDenial(group), durability);
    }

    @Override
    public void ended(CallRecord call, boolean ofChange) {
        keep(new Entry.OfCall(call, ofChange), Durability.BATCH);
    }

    @Override
    public void passed(CallRecord call) {
        keep(new Entry.OfCall(call, false), durability);
    }

    /// Says of every allowed call whose end nobody saw, because the server stopped, that it is
    /// unknown. To be called before new calls are taken.
    ///
    /// @param ids makes the records' ids
    /// @return how many there were
    public int settleCalls(Supplier<String> ids, Instant now) {
        List<String> unfinished = database.read(CallTable::unfinished);
        for (String decision : unfinished) {
            keep(
                    new Entry.OfCall(
                            CallRecord.ofDecision(
                                    ids.get(),
                                    now,
                                    decision,
                                    CallRecord.State.UNKNOWN,
                                    null,
                                    null,
                                    null),
                            true),
                    Durability.SYNC);
        }
        return unfinished.size();
    }

    @Override
    public Map<String, CallRecord> endsOf(Collection<String> decisionIds) {
        return database.read(connection -> CallTable.endsOf(connection, decisionIds));
    }

    @Override
    public List<CallRecord> findCalls(@Nullable String after, int limit) {
        return database.read(connection -> CallTable.find(connection, after, limit));
    }

    private void keep(Entry entry, Durability wanted) {
        if (wanted == Durability.BATCH && !commits.lastWorked()) {
            throw new AuditUnavailableException("the decision log cannot be written");
        }
        CompletableFuture<Boolean> committed = commits.submit(entry, wanted == Durability.SYNC);
        if (wanted == Durability.SYNC) {
            await(committed);
        }
    }

    private void await(CompletableFuture<Boolean> committed) {
        try {
            committed.get(limits.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new AuditUnavailableException("the record could not be kept", e);
        } catch (TimeoutException e) {
            committed.cancel(false);
            throw new AuditUnavailableException("the record was not kept in time", e);
        } catch (InterruptedException e) {
            committed.cancel(false);
            Thread.currentThread().interrupt();
            throw new AuditUnavailableException("interrupted while keeping the record", e);
        }
    }

    /// How many records wait to be committed.
    public int waiting() {
        return commits.waiting();
    }

    /// Whether the last commit worked and there is disk space left for more than changes.
    public Check health() {
        if (commits.stopped()) {
            return Check.failed("decision_log", "closed");
        }
        if (!commits.lastWorked()) {
            return Check.failed("decision_log", "last commit failed");
        }
        return scarce.getAsBoolean()
                ? Check.degraded(
                        "decision_log",
                        "the disk is nearly full: reads are denied, denials are only counted")
                : Check.ok("decision_log", "last commit worked");
    }

    @Override
    public List<DecisionRecord> find(DecisionQuery query) {
        return database.read(connection -> DecisionSelect.run(connection, query));
    }

    /// What was counted of denials, oldest first.
    ///
    /// @param after only groups behind this id; null = from the first
    public List<DeniedGroup.Counted> findCounted(@Nullable String after, int limit) {
        return database.read(connection -> DeniedGroupTable.find(connection, after, limit));
    }

    /// Deletes decisions, events and counts made before the moment, in the order of the chain up to
    /// the first that was not, and a bounded number at once, so that appends do not wait for long.
    /// Returns how many; call again until none are left.
    ///
    /// @throws StoreException when the chain is broken there: evidence is not deleted
    public int prune(Instant before) {
        AuditChain chain = database.chain();
        if (chain == null) {
            throw new StoreException("the audit chain is not open");
        }
        return database.<Integer>write(connection ->
                new AuditPruning(connection, chain.mac()).prune(before, PRUNED_AT_ONCE));
    }

    /// Refuses new records, commits those that wait, and stops. The database stays open.
    @Override
    public void close() {
        commits.close(limits.patience());
    }
}
