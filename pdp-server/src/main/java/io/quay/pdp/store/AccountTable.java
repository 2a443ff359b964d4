package io.quay.pdp.store;

import io.quay.pdp.accounts.Store;
import io.quay.pdp.accounts.StoredAccount;
import io.quay.pdp.accounts.StoredAccount.Authority;
import io.quay.pdp.identity.ServiceAccount;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/// The service accounts that the API manages, within one transaction.
record AccountTable(Transaction transaction) implements Store.Accounts {
    private static final String COLUMNS =
            """
            id, name, display_name, description, owner, group_names, labels, enabled, created_at,
            expires_at, created_by, updated_at, revision, disabled_by, legacy_audience\
            """;

    @Override
    public List<StoredAccount> all() {
        return transaction.select(
                "SELECT " + COLUMNS + " FROM service_account ORDER BY name",
                Transaction.NONE,
                AccountTable::read);
    }

    private static StoredAccount read(ResultSet row) throws SQLException {
        var account =
                new ServiceAccount(
                        row.getString(1),
                        row.getString(2),
                        row.getString(4),
                        row.getString(5),
                        Columns.names(row.getString(6)),
                        Columns.texts(row.getString(7)),
                        row.getInt(8) == 1,
                        Columns.timeOrNull(row, 9),
                        Columns.timeOrNull(row, 10),
                        List.of());
        String disabledBy = row.getString(14);
        return new StoredAccount(
                account,
                row.getString(3),
                row.getString(11),
                Columns.time(row, 12),
                row.getLong(13),
                disabledBy == null ? null : Authority.valueOf(disabledBy),
                row.getInt(15) == 1);
    }

    @Override
    public void insert(StoredAccount account) {
        transaction.update(
                "an account of this id or name",
                "INSERT INTO service_account ("
                        + COLUMNS
                        + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                insert -> bind(insert, account));
    }

    @Override
    public boolean replace(StoredAccount account, long revision) {
        int changed =
                transaction.update(
                        "an account of this name",
                        "UPDATE service_account SET ("
                                + COLUMNS
                                + ") = (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) WHERE id = ? AND revision = ?",
                        update -> {
                            bind(update, account);
                            update.setString(16, account.id());
                            update.setLong(17, revision);
                        });
        return changed == 1;
    }

    private static void bind(PreparedStatement statement, StoredAccount stored)
            throws SQLException {
        ServiceAccount account = stored.account();
        Authority disabledBy = stored.disabledBy();
        statement.setString(1, account.id());
        statement.setString(2, account.name());
        statement.setString(3, stored.displayName());
        statement.setString(4, account.description());
        statement.setString(5, account.owner());
        statement.setString(6, Columns.names(account.groups()));
        statement.setString(7, Columns.texts(account.labels()));
        statement.setInt(8, account.enabled() ? 1 : 0);
        Columns.time(statement, 9, account.createdAt());
        Columns.time(statement, 10, account.expiresAt());
        statement.setString(11, stored.createdBy());
        Columns.time(statement, 12, stored.updatedAt());
        statement.setLong(13, stored.revision());
        statement.setString(14, disabledBy == null ? null : disabledBy.name());
        statement.setInt(15, stored.legacyAudience() ? 1 : 0);
    }

    /// Its grants go by their foreign key.
    @Override
    public void delete(String accountId) {
        transaction.update(
                "the account's credentials",
                "DELETE FROM credential WHERE account_id = ?",
                delete -> delete.setString(1, accountId));
        transaction.update(
                "the account",
                "DELETE FROM service_account WHERE id = ?",
                delete -> delete.setString(1, accountId));
    }
}
