package io.quay.pdp.store;

import io.quay.pdp.audit.AuditUnavailableException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The entries that wait to be kept, and the one thread that takes whatever waits, the urgent
/// first, and commits it as one transaction. Safe for use by any number of threads.
final class GroupCommit {
    private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);
    private static final int MAX_BATCH = 512;
    private static final long IDLE_MILLIS = 1_000;

    /// How long what nobody waits for yet lets others join its transaction: less than Quay takes
    /// for a call, so that the record is there when the answer comes.
    private static final long GATHERING_MILLIS = 4;

    /// How often it looks for minutes of counted denials that are over.
    private static final Duration FINISHING = Duration.ofSeconds(10);

    private record Pending(Entry entry, CompletableFuture<Boolean> committed) {}

    private final RecordTables tables;
    private final Lanes<Pending> queue;
    private final Duration countedFor;
    private final Clock clock;
    private final Thread writer;

    // of the writer's thread alone:
    private boolean groupsOpen;
    private long lastFinished = System.nanoTime();

    private volatile boolean closing;
    private volatile boolean stopped;
    private volatile boolean lastWorked = true;

    /// @param capacity how many urgent and how many other entries may wait
    /// @param countedFor how long after its beginning a minute may still be counted in
    GroupCommit(RecordTables tables, int capacity, Duration countedFor, Clock clock) {
        this.tables = tables;
        this.queue = new Lanes<>(capacity);
        this.countedFor = countedFor;
        this.clock = clock;
        this.writer = Thread.ofPlatform().name("decision-log").unstarted(this::run);
    }

    void start() {
        writer.start();
    }

    /// How many entries wait to be committed.
    int waiting() {
        return queue.size();
    }

    /// Never blocks. The future, for which the caller waits at once if it says so, completes after
    /// the commit that holds the entry, exceptionally when that failed; a caller that gives up
    /// cancels it.
    ///
    /// @throws AuditUnavailableException when the queue is full or closed
    CompletableFuture<Boolean> submit(Entry entry, boolean awaited) {
        if (closing) {
            throw new AuditUnavailableException("the decision log is closed");
        }
        Pending pending = new Pending(entry, new CompletableFuture<>());
        if (!queue.offer(pending, entry.urgent(), awaited)) {
            throw new AuditUnavailableException("too much waits to be recorded");
        }
        if (stopped) {
            refuseQueued();
        }
        return pending.committed();
    }

    /// To be called by a caller that begins to wait only after it has submitted.
    void hurry() {
        queue.hurry();
    }

    /// Whether the last commit did.
    boolean lastWorked() {
        return lastWorked;
    }

    boolean stopped() {
        return stopped;
    }

    private void run() {
        try {
            while (!(closing && queue.isEmpty())) {
                commitWhatWaits();
                finishDenials(false);
            }
            finishDenials(true);
        } finally {
            // INVARIANT: `submit` queues and then reads `stopped`; here it is set and then the
            // queue is emptied. One of the two sees the other, so no caller waits for a writer that
            // is gone.
            stopped = true;
            refuseQueued();
        }
    }

    private void commitWhatWaits() {
        List<Pending> batch = take();
        if (!batch.isEmpty()) {
            commit(batch);
        } else if (!lastWorked) {
            probe();
        }
    }

    private List<Pending> take() {
        try {
            return queue.take(MAX_BATCH, IDLE_MILLIS, GATHERING_MILLIS);
        } catch (InterruptedException _) {
            return List.of(); // close() wakes us; the loop looks at `closing`
        }
    }

    /// @param all also those of the running minute
    private void finishDenials(boolean all) {
        long sinceLast = System.nanoTime() - lastFinished;
        if (!groupsOpen || (!all && sinceLast < FINISHING.toNanos())) {
            return;
        }
        lastFinished = System.nanoTime();
        Instant before = all ? Instant.MAX : clock.instant().minus(countedFor);
        try {
            groupsOpen = tables.finishDenials(before);
        } catch (RuntimeException e) {
            log.atWarn().setCause(e).log("counted denials could not be closed");
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
            groupsOpen |= batch.stream().anyMatch(each -> each.entry() instanceof Entry.OfDenial);
            batch.forEach(pending -> pending.committed().complete(true));
        } else if (batch.size() == 1) {
            if (!ofTheEntryAlone(refused)) {
                failed(refused);
            }
            batch.getFirst().committed().completeExceptionally(refused);
        } else {
            // One bad record must not take the others with it.
            batch.forEach(pending -> commit(new ArrayList<>(List.of(pending))));
        }
    }

    private @Nullable RuntimeException insert(List<Pending> batch) {
        try {
            tables.insert(batch.stream().map(Pending::entry).toList());
            return null;
        } catch (RuntimeException e) {
            return e;
        }
    }

    /// An id or an assertion that is kept already, and a denial that comes too late to be counted,
    /// say nothing about the file.
    private static boolean ofTheEntryAlone(RuntimeException refused) {
        return refused instanceof AuditUnavailableException
                || (refused.getCause() instanceof SQLException cause
                        && SqliteFailures.conflict("the record", cause).isPresent());
    }

    /// Without this, a server that was taken out of service for a failed commit would never see the
    /// commit that shows it well again.
    private void probe() {
        try {
            tables.probe();
            recovered();
        } catch (RuntimeException e) {
            log.atDebug().setCause(e).log("decision log still cannot be written");
        }
    }

    private void failed(RuntimeException cause) {
        if (lastWorked) {
            lastWorked = false;
            log.atError().setCause(cause).log("decision log cannot be written");
        }
    }

    private void recovered() {
        if (!lastWorked) {
            lastWorked = true;
            log.atInfo().log("decision log can be written again");
        }
    }

    private void refuseQueued() {
        for (Pending left : queue.drain()) {
            left.committed()
                    .completeExceptionally(new StoreException("the decision log is closed"));
        }
    }

    /// Refuses new entries, commits those that wait, and stops.
    void close(Duration patience) {
        closing = true;
        if (writer.getState() == Thread.State.NEW) {
            stopped = true;
            refuseQueued();
            return;
        }
        writer.interrupt();
        try {
            writer.join(patience);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
