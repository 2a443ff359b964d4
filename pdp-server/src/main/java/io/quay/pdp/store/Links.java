package io.quay.pdp.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// The links that one transaction adds to the chain. The head is read from the file at its
/// beginning, never kept from one transaction to the next: what is rolled back, or was written on
/// another connection, needs no thought. For one thread and one transaction.
final class Links implements AutoCloseable {
    private final Connection connection;
    private final @Nullable ChainMac mac;
    private final PreparedStatement insert;
    private long sequence;
    private byte[] previous;

    /// @param mac null = nothing is linked
    Links(Connection connection, @Nullable ChainMac mac) throws SQLException {
        this.connection = connection;
        this.mac = mac;
        ChainHead head = ChainHead.read(connection);
        this.sequence = head.sequence();
        this.previous = head.mac();
        this.insert =
                connection.prepareStatement(
                        "INSERT INTO audit_link (sequence, kind, record_id, mac) VALUES (?,?,?,?)");
    }

    /// @param record as [CanonicalRow] makes it
    void add(RecordKind kind, String id, byte[] record) throws SQLException {
        if (mac == null) {
            return;
        }
        sequence++;
        previous = mac.ofLink(previous, sequence, kind, record);
        insert.setLong(1, sequence);
        insert.setString(2, kind.code());
        insert.setString(3, id);
        insert.setBytes(4, previous);
        insert.addBatch();
    }

    /// Links a record as it stands in its table.
    void add(RecordKind kind, String id) throws SQLException {
        if (mac == null) {
            return;
        }
        try (PreparedStatement select = connection.prepareStatement(kind.selectById())) {
            select.setString(1, id);
            try (ResultSet row = select.executeQuery()) {
                if (!row.next()) {
                    throw new StoreException("no " + kind.code() + " `" + id + "` to link");
                }
                add(kind, id, CanonicalRow.of(row, kind.width()));
            }
        }
    }

    /// To be called once, before the transaction ends.
    void write() throws SQLException {
        insert.executeBatch();
    }

    @Override
    public void close() throws SQLException {
        insert.close();
    }
}
