package io.quay.pdp.store;

import io.quay.pdp.accounts.Store;
import io.quay.pdp.accounts.StoredGrant;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/// Grants in the order in which they were made, within one transaction.
record GrantTable(Transaction transaction) implements Store.Grants {
    private static final String COLUMNS =
            """
            id, account_id, role, resource_type, resource_id, expires_at, created_by, created_at\
            """;

    @Override
    public List<StoredGrant> all() {
        return transaction.select(
                "SELECT " + COLUMNS + " FROM account_grant ORDER BY created_at, id",
                Transaction.NONE,
                GrantTable::read);
    }

    private static StoredGrant read(ResultSet row) throws SQLException {
        var resource = new EntityRef(row.getString(4), row.getString(5));
        return new StoredGrant(
                new Grant(row.getString(1), row.getString(3), resource, Columns.timeOrNull(row, 6)),
                row.getString(2),
                row.getString(7),
                Columns.time(row, 8));
    }

    @Override
    public void insert(StoredGrant stored) {
        Grant grant = stored.grant();
        transaction.update(
                "the grant",
                "INSERT INTO account_grant (" + COLUMNS + ") VALUES (?,?,?,?,?,?,?,?)",
                insert -> {
                    insert.setString(1, grant.id());
                    insert.setString(2, stored.accountId());
                    insert.setString(3, grant.role());
                    insert.setString(4, grant.resource().type());
                    insert.setString(5, grant.resource().id());
                    Columns.time(insert, 6, grant.expiresAt());
                    insert.setString(7, stored.createdBy());
                    Columns.time(insert, 8, stored.createdAt());
                });
    }

    @Override
    public void delete(String grantId) {
        transaction.update(
                "the grant",
                "DELETE FROM account_grant WHERE id = ?",
                delete -> delete.setString(1, grantId));
    }
}
