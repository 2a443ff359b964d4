package io.quay.pdp.store;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.DecisionLog;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.audit.Decisions;
import io.quay.pdp.ops.Check;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The decision log in SQLite. Callers queue their records; one thread takes whatever waits and
/// commits it as one transaction, so that the cost of a commit is shared by all who wait for it.
///
/// Safe for use by any number of threads, virtual ones above all: they wait on a future, never on a
/// monitor or inside the native library.
public final class SqliteDecisionLog implements DecisionLog, Decisions, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SqliteDecisionLog.class);
    private static final int MAX_BATCH = 512;
    private static final long IDLE_MILLIS = 1_000;
    private static final int PRUNED_AT_ONCE = 1_000;

    /// When `append` returns.
    public enum Durability {
        /// After the commit.
        SYNC,
        /// As soon as the record is queued: a crash loses what waits. While commits fail, nothing
        /// is taken on.
        BATCH
    }

    /// How much may wait, and for how long.
    public record Limits(int queued, Duration patience) {
        public static Limits defaults() {
            return new Limits(16_384, Duration.ofSeconds(5));
        }
    }

    private record Pending(DecisionRow row, CompletableFuture<Boolean> committed) {}

    private final DecisionTable table;
    private final Durability durability;
    private final Limits limits;
    private final BlockingQueue<Pending> queue;
    private final Thread writer;
    private volatile boolean closing;
    private volatile boolean stopped;
    private volatile @Nullable String failure;

    public SqliteDecisionLog(Database database, Durability durability, Limits limits) {
        this.table = new DecisionTable(database);
        this.durability = durability;
        this.limits = limits;
        this.queue = new ArrayBlockingQueue<>(limits.queued());
        this.writer = Thread.ofPlatform().name("decision-log").unstarted(this::run);
    }

    public SqliteDecisionLog start() {
        writer.start();
        return this;
    }

    /// On a timeout the outcome is unknown: the record may yet be kept. It is never reported as
    /// kept when it is not.
    @Override
    public void append(DecisionRecord decision) {
        if (closing) {
            throw new AuditUnavailableException("the decision log is closed");
        }
        if (durability == Durability.BATCH && failure != null) {
            throw new AuditUnavailableException("the decision log cannot be written");
        }
        Pending pending = new Pending(DecisionRow.of(decision), new CompletableFuture<>());
        if (!queue.offer(pending)) {
            throw new AuditUnavailableException("too many decisions wait to be recorded");
        }
        if (stopped) {
            refuseQueued();
        }
        switch (durability) {
            case SYNC -> await(pending.committed());
            case BATCH -> {}
        }
    }

    private void await(CompletableFuture<Boolean> committed) {
        try {
            committed.get(limits.patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new AuditUnavailableException("the decision could not be recorded", e);
        } catch (TimeoutException e) {
            committed.cancel(false);
            throw new AuditUnavailableException("the decision was not recorded in time", e);
        } catch (InterruptedException e) {
            committed.cancel(false);
            Thread.currentThread().interrupt();
            throw new AuditUnavailableException("interrupted while recording the decision", e);
        }
    }

    private void run() {
        List<Pending> batch = new ArrayList<>(MAX_BATCH);
        while (!(closing && queue.isEmpty())) {
            Pending first = poll();
            if (first != null) {
                batch.add(first);
                queue.drainTo(batch, MAX_BATCH - 1);
                commit(batch);
                batch.clear();
            } else if (failure != null) {
                probe();
            }
        }
        // INVARIANT: an append queues and then reads `stopped`; here it is set and then the queue
        // is
        // emptied. One of the two sees the other, so no caller waits for a writer that is gone.
        stopped = true;
        refuseQueued();
    }

    private @Nullable Pending poll() {
        try {
            return queue.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            return null; // close() wakes us; the loop looks at `closing`
        }
    }

    private void commit(List<Pending> batch) {
        // Whoever lost patience has been answered: keep no record for them if it can be helped.
        batch.removeIf(pending -> pending.committed().isDone());
        if (batch.isEmpty()) {
            return;
        }
        RuntimeException refused = insert(batch);
        if (refused == null) {
            recovered();
            batch.forEach(pending -> pending.committed().complete(true));
        } else if (batch.size() == 1) {
            failed(refused);
            batch.getFirst().committed().completeExceptionally(refused);
        } else {
            // One bad record must not take the others with it.
            batch.forEach(pending -> commit(new ArrayList<>(List.of(pending))));
        }
    }

    private @Nullable RuntimeException insert(List<Pending> batch) {
        try {
            table.insert(batch.stream().map(Pending::row).toList());
            return null;
        } catch (RuntimeException e) {
            return e;
        }
    }

    /// Without this, a server that was taken out of service for a failed commit would never see the
    /// commit that shows it well again.
    private void probe() {
        try {
            table.probe();
            recovered();
        } catch (RuntimeException e) {
            log.atDebug().setCause(e).log("decision log still cannot be written");
        }
    }

    private void failed(RuntimeException cause) {
        if (failure == null) {
            log.atError().setCause(cause).log("decision log cannot be written");
        }
        failure = String.valueOf(cause.getMessage());
    }

    private void recovered() {
        if (failure != null) {
            failure = null;
            log.atInfo().log("decision log can be written again");
        }
    }

    private void refuseQueued() {
        for (Pending left = queue.poll(); left != null; left = queue.poll()) {
            left.committed()
                    .completeExceptionally(new StoreException("the decision log is closed"));
        }
    }

    /// Whether the last commit worked.
    public Check health() {
        if (stopped) {
            return Check.failed("decision_log", "closed");
        }
        return failure == null
                ? Check.ok("decision_log", "last commit worked")
                : Check.failed("decision_log", "last commit failed");
    }

    @Override
    public List<DecisionRecord> find(DecisionQuery query) {
        return table.find(query);
    }

    /// Deletes decisions made before the moment, oldest first and a bounded number at once, so that
    /// appends do not wait for long. Returns how many; call again until none are left.
    public int prune(Instant before) {
        return table.prune(before, PRUNED_AT_ONCE);
    }

    /// Refuses new records, commits those that wait, and stops. The database stays open.
    @Override
    public void close() {
        closing = true;
        if (writer.getState() == Thread.State.NEW) {
            stopped = true;
            refuseQueued();
            return;
        }
        writer.interrupt();
        try {
            writer.join(limits.patience());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
