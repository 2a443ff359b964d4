package io.quay.pdp.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/// The newest link of the chain, or the anchor when every link was deleted.
///
/// @param sequence 0 = the chain is empty
@SuppressWarnings("ArrayRecordComponent") // never compared as a whole
record ChainHead(long sequence, byte[] mac) {
    private static final String SELECT =
            """
            SELECT sequence, mac FROM
                (SELECT sequence, mac FROM audit_link ORDER BY sequence DESC LIMIT 1)
            UNION ALL SELECT sequence, mac FROM audit_anchor
            ORDER BY sequence DESC LIMIT 1
            """;

    static ChainHead read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(SELECT)) {
            return rows.next()
                    ? new ChainHead(rows.getLong(1), rows.getBytes(2))
                    : new ChainHead(0, ChainMac.GENESIS);
        }
    }
}
