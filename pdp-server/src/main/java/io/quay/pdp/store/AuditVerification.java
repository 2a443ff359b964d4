package io.quay.pdp.store;

import io.quay.pdp.audit.Checkpoint;
import io.quay.pdp.audit.CheckpointVerifier;
import io.quay.pdp.audit.Sealing;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Checks that the records are those that were written, all of them and in their order, as far as
/// the chain and the checkpoints prove it. Reads one state of the file and changes nothing.
public final class AuditVerification {
    /// What it comes to.
    public sealed interface Result {
        /// @param first sequence of the oldest record kept
        /// @param last sequence of the newest; less than `first` when none is kept
        /// @param checkpoints how many the chain was compared with
        /// @param tooOld how many of those given are about records that are not kept any more
        record Sound(long first, long last, int checkpoints, int tooOld) implements Result {
            Sound(long first, long last, int checkpoints) {
                this(first, last, checkpoints, 0);
            }
        }

        /// @param what is wrong first, naming the sequence and the record
        record Broken(String what) implements Result {}
    }

    private static final String GIVEN = "given";
    private static final String NO_RECORDS =
            "there are accounts, but no record of how they were made";

    private record Known(Checkpoint checkpoint, String from) {}

    private final Database database;
    private final Sealing sealing;
    private final CheckpointVerifier verifier;

    public AuditVerification(Database database, Sealing sealing, CheckpointVerifier verifier) {
        this.database = database;
        this.sealing = sealing;
        this.verifier = verifier;
    }

    /// @param outside checkpoints that left the machine, each as it was signed
    /// @throws StoreException when the file cannot be read
    public Result verify(List<String> outside) {
        return database.read(connection -> {
            NavigableMap<Long, List<Known>> known = new TreeMap<>();
            String refused = collect(AuditCheckpoints.signed(connection), "stored", known);
            if (refused == null) {
                refused = collect(outside, GIVEN, known);
            }
            if (refused != null) {
                return new Result.Broken(refused);
            }
            byte[] key;
            try {
                key = AuditChain.findKey(connection, sealing);
            } catch (StoreException e) {
                return new Result.Broken(String.valueOf(e.getMessage()));
            }
            return key == null
                    ? withoutKey(connection, known)
                    : walk(connection, new ChainMac(key), known);
        });
    }

    /// @return what is wrong with the first that our key did not sign; null when all are ours
    private @Nullable String collect(
            List<String> signed, String from, NavigableMap<Long, List<Known>> known) {
        int number = 0;
        for (String jws : signed) {
            number++;
            Optional<Checkpoint> checkpoint = verifier.findCheckpoint(jws);
            if (checkpoint.isEmpty()) {
                return "the %s checkpoint number %d was not signed by this server's audit key"
                        .formatted(from, number);
            }
            known.computeIfAbsent(checkpoint.get().sequence(), _ -> new ArrayList<>())
                    .add(new Known(checkpoint.get(), from));
        }
        return null;
    }

    private static Result withoutKey(Connection connection, NavigableMap<Long, List<Known>> known)
            throws SQLException {
        if (ChainHead.read(connection).sequence() > 0) {
            return new Result.Broken("the chain's key was deleted");
        }
        Optional<String> unlinked = findUnlinked(connection);
        if (unlinked.isPresent()) {
            return new Result.Broken(unlinked.get());
        }
        if (!known.isEmpty()) {
            return new Result.Broken(missing(1, known.lastEntry().getValue().getFirst()));
        }
        return hasAccounts(connection) ? new Result.Broken(NO_RECORDS) : new Result.Sound(1, 0, 0);
    }

    private static Result walk(
            Connection connection, ChainMac mac, NavigableMap<Long, List<Known>> known)
            throws SQLException {
        try (ChainWalk walk = new ChainWalk(connection, mac, 0)) {
            ChainWalk.Step step = walk.next();
            ChainHead anchor = walk.anchor();
            Optional<String> anchored = findDifference(known, anchor.sequence(), anchor.mac());
            if (anchored.isPresent()) {
                return new Result.Broken(anchored.get());
            }
            while (step instanceof ChainWalk.Step.Fine fine) {
                Optional<String> other = findDifference(known, fine.sequence(), fine.mac());
                if (other.isPresent()) {
                    return new Result.Broken(other.get());
                }
                step = walk.next();
            }
            if (step instanceof ChainWalk.Step.Broken(String what)) {
                return new Result.Broken(what);
            }
            return atEnd(connection, walk.position().sequence(), anchor.sequence(), known);
        }
    }

    private static Optional<String> findDifference(
            NavigableMap<Long, List<Known>> known, long sequence, byte[] mac) {
        String found = HexFormat.of().formatHex(mac);
        return known.getOrDefault(sequence, List.of()).stream()
                .filter(each -> !each.checkpoint().mac().equals(found))
                .findFirst()
                .map(each ->
                        "sequence %d: the %s checkpoint of %s states another chain: what is there was recorded anew"
                                .formatted(sequence, each.from(), each.checkpoint().time()));
    }

    private static Result atEnd(
            Connection connection, long head, long anchor, NavigableMap<Long, List<Known>> known)
            throws SQLException {
        if (!known.isEmpty() && known.lastKey() > head) {
            return new Result.Broken(missing(head + 1, known.lastEntry().getValue().getFirst()));
        }
        Optional<String> unlinked = findUnlinked(connection);
        if (unlinked.isPresent()) {
            return new Result.Broken(unlinked.get());
        }
        if (head == 0 && hasAccounts(connection)) {
            return new Result.Broken(NO_RECORDS);
        }
        int tooOld =
                (int)
                        known.headMap(anchor, false).values().stream()
                                .flatMap(List::stream)
                                .filter(each -> each.from().equals(GIVEN))
                                .count();
        return new Result.Sound(anchor + 1, head, known.tailMap(anchor, true).size(), tooOld);
    }

    private static boolean hasAccounts(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 1 FROM service_account LIMIT 1")) {
            return rows.next();
        }
    }

    private static String missing(long first, Known last) {
        return "sequence %d: deleted, as is all up to %d that the %s checkpoint of %s covers"
                .formatted(
                        first, last.checkpoint().sequence(), last.from(), last.checkpoint().time());
    }

    /// A record that no link covers was inserted past the program.
    private static Optional<String> findUnlinked(Connection connection) throws SQLException {
        for (RecordKind kind : RecordKind.values()) {
            try (PreparedStatement select =
                    connection.prepareStatement(
                            "SELECT id FROM %s WHERE %s AND id NOT IN (SELECT record_id FROM audit_link WHERE kind IN (%s)) ORDER BY id LIMIT 1"
                                    .formatted(
                                            kind.table(), kind.finished(), kind.codesOfTable()))) {
                try (ResultSet rows = select.executeQuery()) {
                    if (rows.next()) {
                        return Optional.of(
                                "%s %s: inserted, it has no link in the chain"
                                        .formatted(kind.code(), rows.getString(1)));
                    }
                }
            }
        }
        return findStaleCount(connection);
    }

    /// Counts of denials stay open for little more than their minute.
    private static Optional<String> findStaleCount(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                """
                                SELECT id FROM denied_group WHERE linked = 0 AND window_start <
                                    (SELECT max(window_start) FROM denied_group) - 120000
                                ORDER BY id LIMIT 1
                                """)) {
            return rows.next()
                    ? Optional.of(
                            "denials %s: inserted, it has no link in the chain"
                                    .formatted(rows.getString(1)))
                    : Optional.empty();
        }
    }
}
