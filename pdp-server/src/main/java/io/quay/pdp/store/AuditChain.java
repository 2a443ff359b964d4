package io.quay.pdp.store;

import io.quay.pdp.audit.Sealing;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keyed chain over every decision, event and finished count of denials. Once a database has
/// one, nothing is recorded there while it is not open. Safe for use by any number of threads.
public final class AuditChain {
    /// What the chain's key is sealed for.
    static final String PURPOSE = "audit-chain";

    private static final int KEY_LENGTH = 32;

    private final byte[] key;

    private AuditChain(byte[] key) {
        this.key = key;
    }

    /// Opens the chain of this database, from then on in use there. The first time its key is made,
    /// and what was recorded before the database had a chain is linked.
    ///
    /// @throws StoreException when the key is missing though there is a chain, or cannot be opened
    public static AuditChain open(
            Database database, Sealing sealing, SecureRandom random, Instant now) {
        AuditChain chain =
                database.write(connection -> {
                    byte[] existing = findKey(connection, sealing);
                    AuditChain opened =
                            new AuditChain(
                                    existing == null
                                            ? newKey(connection, sealing, random, now)
                                            : existing);
                    if (existing == null) {
                        opened.link(connection, unlinked(connection, RecordKind.DECISION));
                        opened.link(connection, unlinked(connection, RecordKind.EVENT));
                    }
                    // what a crash left open
                    DeniedGroupTable.finish(connection, opened, Instant.MAX);
                    return opened;
                });
        database.chained(chain);
        return chain;
    }

    /// Whether sealed keys of the audit are kept, so that a new key-encryption key would not do.
    public static boolean sealed(Database database) {
        return database.read(AuditChain::sealed);
    }

    private static boolean sealed(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 1 FROM audit_key")) {
            return rows.next();
        }
    }

    /// For the records of one transaction: links into the database's chain, or none at all while
    /// the database never had one; its first opening links what was recorded before.
    ///
    /// @throws StoreException when the database has a chain that is not open
    static Links links(Database database, Connection connection) throws SQLException {
        AuditChain chain = database.chain();
        if (chain == null && sealed(connection)) {
            throw new StoreException("the audit chain is not open");
        }
        return new Links(connection, chain == null ? null : chain.mac());
    }

    /// The chain's key; null when the database has none.
    static byte @Nullable [] findKey(Connection connection, Sealing sealing) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT sealed FROM audit_key WHERE name = 'chain'")) {
            if (!rows.next()) {
                return null;
            }
            byte[] key = openKey(sealing, rows.getString(1));
            if (key.length != KEY_LENGTH) {
                throw new StoreException("the audit chain's key is not of its length");
            }
            return key;
        }
    }

    private static byte[] openKey(Sealing sealing, String sealed) {
        try {
            return sealing.open(sealed, PURPOSE);
        } catch (RuntimeException e) {
            throw new StoreException("the audit chain cannot be opened: " + e.getMessage(), e);
        }
    }

    private static byte[] newKey(
            Connection connection, Sealing sealing, SecureRandom random, Instant now)
            throws SQLException {
        if (ChainHead.read(connection).sequence() > 0) {
            throw new StoreException(
                    "there is an audit chain but no key to it; restore the database from a backup");
        }
        byte[] key = new byte[KEY_LENGTH];
        random.nextBytes(key);
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO audit_key (name, sealed, created_at) VALUES ('chain', ?, ?)")) {
            insert.setString(1, sealing.seal(key, PURPOSE));
            insert.setLong(2, now.toEpochMilli());
            insert.executeUpdate();
        }
        return key;
    }

    private static List<Recorded> unlinked(Connection connection, RecordKind kind)
            throws SQLException {
        return Recorded.ofKind(connection, kind, "SELECT id FROM " + kind.table() + " ORDER BY id");
    }

    /// A record by its kind and id.
    record Recorded(RecordKind kind, String id) {
        static List<Recorded> ofKind(Connection connection, RecordKind kind, String selectIds)
                throws SQLException {
            List<Recorded> records = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(selectIds)) {
                while (rows.next()) {
                    records.add(new Recorded(kind, rows.getString(1)));
                }
            }
            return records;
        }
    }

    /// Links records as they stand in their tables, within the transaction of this connection. Not
    /// while `links` of the same transaction are unwritten.
    void link(Connection connection, List<Recorded> records) throws SQLException {
        if (records.isEmpty()) {
            return;
        }
        try (Links links = new Links(connection, mac())) {
            for (Recorded each : records) {
                links.add(each.kind(), each.id());
            }
            links.write();
        }
    }

    ChainMac mac() {
        return new ChainMac(key);
    }
}
