package io.quay.pdp.store;

import io.quay.pdp.accounts.AccountName;
import io.quay.pdp.accounts.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The names that were ever accounts', within one transaction.
record NameTable(Transaction transaction) implements Store.Names {
    private static final String COLUMNS = "name, origin, account_id, since, retired_at";

    @Override
    public List<AccountName> all() {
        return transaction.select(
                "SELECT " + COLUMNS + " FROM account_name ORDER BY name, origin",
                Transaction.NONE,
                NameTable::read);
    }

    private static AccountName read(ResultSet row) throws SQLException {
        return new AccountName(
                row.getString(1),
                AccountName.Origin.valueOf(row.getString(2)),
                row.getString(3),
                Columns.time(row, 4),
                Columns.timeOrNull(row, 5));
    }

    @Override
    public void insert(AccountName name) {
        transaction.update(
                "the name",
                "INSERT INTO account_name (" + COLUMNS + ") VALUES (?,?,?,?,?)",
                insert -> {
                    insert.setString(1, name.name());
                    insert.setString(2, name.origin().name());
                    insert.setString(3, name.accountId());
                    Columns.time(insert, 4, name.since());
                    Columns.time(insert, 5, name.retiredAt());
                });
    }

    @Override
    public void retire(String name, AccountName.Origin origin, @Nullable Instant at) {
        int changed =
                transaction.update(
                        "the name",
                        "UPDATE account_name SET retired_at = ? WHERE name = ? AND origin = ?",
                        update -> {
                            Columns.time(update, 1, at);
                            update.setString(2, name);
                            update.setString(3, origin.name());
                        });
        if (changed == 0) {
            throw new Store.ConflictException("there is no such name");
        }
    }
}
