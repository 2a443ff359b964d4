package io.quay.pdp.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Deletes old records from the chain's beginning and moves its anchor behind them. What was
/// tampered with is not deleted: it is evidence.
final class AuditPruning {
    private final Connection connection;
    private final ChainMac mac;

    AuditPruning(Connection connection, ChainMac mac) {
        this.connection = connection;
        this.mac = mac;
    }

    /// Deletes records made before the moment, up to the first that was not, no more than `most`.
    ///
    /// @return how many
    /// @throws StoreException when the chain is broken there
    int prune(Instant before, int most) throws SQLException {
        int pruned = 0;
        ChainWalk.Step.@Nullable Fine last = null;
        try (ChainWalk walk = new ChainWalk(connection, mac, most)) {
            while (walk.next() instanceof ChainWalk.Step.Fine step
                    && step.time() < before.toEpochMilli()) {
                delete(step);
                last = step;
                pruned++;
            }
            walk.broken().ifPresent(AuditPruning::refuse);
        }
        if (last != null) {
            moveAnchor(last);
        }
        return pruned;
    }

    private static void refuse(String broken) {
        throw new StoreException(
                "old records are kept, the audit chain is broken; run `pdp audit verify`: "
                        + broken);
    }

    private void delete(ChainWalk.Step.Fine step) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement(
                        "DELETE FROM " + step.kind().table() + " WHERE id = ?")) {
            delete.setString(1, step.id());
            delete.executeUpdate();
        }
    }

    private void moveAnchor(ChainWalk.Step.Fine last) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM audit_link WHERE sequence <= ?")) {
            delete.setLong(1, last.sequence());
            delete.executeUpdate();
        }
        try (PreparedStatement anchor =
                connection.prepareStatement(
                        """
                        INSERT INTO audit_anchor (id, sequence, mac, proof) VALUES (1, ?, ?, ?)
                        ON CONFLICT (id) DO UPDATE SET
                            sequence = excluded.sequence, mac = excluded.mac, proof = excluded.proof
                        """)) {
            anchor.setLong(1, last.sequence());
            anchor.setBytes(2, last.mac());
            anchor.setBytes(3, mac.ofAnchor(last.sequence(), last.mac()));
            anchor.executeUpdate();
        }
    }
}
