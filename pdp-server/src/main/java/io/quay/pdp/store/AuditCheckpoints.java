package io.quay.pdp.store;

import io.quay.pdp.audit.Checkpoint;
import io.quay.pdp.audit.CheckpointSigner;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Signed checkpoints of the chain: taken here, stored beside it, and logged, so that they leave
/// the machine with its log. Safe for use by any number of threads.
public final class AuditCheckpoints {
    private static final Logger log = LoggerFactory.getLogger(AuditCheckpoints.class);
    private static final HexFormat HEX = HexFormat.of();

    private final Database database;
    private final CheckpointSigner signer;
    private final Clock clock;

    public AuditCheckpoints(Database database, CheckpointSigner signer, Clock clock) {
        this.database = database;
        this.signer = signer;
        this.clock = clock;
    }

    /// Signs, stores and logs where the chain is now. Empty when nothing was recorded since the
    /// last time.
    ///
    /// @return the checkpoint as it was signed
    public Optional<String> take() {
        Checkpoint taken = database.read(this::now);
        if (taken == null) {
            return Optional.empty();
        }
        String signed = signer.sign(taken);
        database.write(connection -> insert(connection, taken, signed));
        log.atInfo()
                .addKeyValue("sequence", taken.sequence())
                .addKeyValue("signed", signed)
                .log("audit checkpoint");
        return Optional.of(signed);
    }

    private @Nullable Checkpoint now(Connection connection) throws SQLException {
        ChainHead head = ChainHead.read(connection);
        long last = number(connection, "SELECT max(sequence) FROM audit_checkpoint");
        return head.sequence() == last
                ? null
                : new Checkpoint(
                        head.sequence(),
                        HEX.formatHex(head.mac()),
                        clock.instant().truncatedTo(ChronoUnit.MILLIS),
                        head.sequence()
                                - number(connection, "SELECT max(sequence) FROM audit_anchor"));
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }

    private static int insert(Connection connection, Checkpoint taken, String signed)
            throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO audit_checkpoint (sequence, taken_at, signed) VALUES (?,?,?)")) {
            insert.setLong(1, taken.sequence());
            Columns.time(insert, 2, taken.time());
            insert.setString(3, signed);
            return insert.executeUpdate();
        }
    }

    /// Every stored checkpoint as it was signed, oldest first.
    public static List<String> signed(Database database) {
        return database.read(AuditCheckpoints::signed);
    }

    static List<String> signed(Connection connection) throws SQLException {
        List<String> signed = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT signed FROM audit_checkpoint ORDER BY sequence, taken_at")) {
            while (rows.next()) {
                signed.add(rows.getString(1));
            }
        }
        return signed;
    }

    /// Deletes those taken before the moment, but for the newest.
    public int prune(Instant before) {
        return database.write(connection -> {
            try (PreparedStatement delete =
                    connection.prepareStatement(
                            """
                            DELETE FROM audit_checkpoint WHERE taken_at < ? AND sequence <
                                (SELECT max(sequence) FROM audit_checkpoint)
                            """)) {
                Columns.time(delete, 1, before);
                return delete.executeUpdate();
            }
        });
    }
}
