package io.quay.pdp.store;

import io.quay.pdp.accounts.Store;
import io.quay.pdp.identity.Revocation;
import io.quay.pdp.identity.Revocation.Target;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Revocations, oldest first, within one transaction.
record RevocationTable(Transaction transaction) implements Store.Revocations {
    private static final String COLUMNS = "id, target_kind, target, before, created_by, created_at";

    private enum Kind {
        ACCOUNT,
        CREDENTIAL,
        ISSUER,
        TOKEN,
        EVERYTHING
    }

    @Override
    public List<Revocation> all() {
        return transaction.select(
                "SELECT " + COLUMNS + " FROM revocation ORDER BY created_at, id",
                Transaction.NONE,
                RevocationTable::read);
    }

    private static Revocation read(ResultSet row) throws SQLException {
        return new Revocation(
                row.getString(1),
                target(Kind.valueOf(row.getString(2)), row.getString(3)),
                Columns.time(row, 4),
                row.getString(5),
                Columns.time(row, 6));
    }

    private static Target target(Kind kind, String target) {
        return switch (kind) {
            case ACCOUNT -> new Target.Account(target);
            case CREDENTIAL -> new Target.Credential(target);
            case ISSUER -> new Target.Issuer(target);
            case TOKEN -> new Target.Token(target);
            case EVERYTHING -> new Target.Everything();
        };
    }

    @Override
    public void insert(Revocation revocation) {
        transaction.update(
                "the revocation",
                "INSERT INTO revocation (" + COLUMNS + ") VALUES (?,?,?,?,?,?)",
                insert -> {
                    insert.setString(1, revocation.id());
                    insert.setString(2, kind(revocation.target()).name());
                    insert.setString(3, id(revocation.target()));
                    Columns.time(insert, 4, revocation.before());
                    insert.setString(5, revocation.createdBy());
                    Columns.time(insert, 6, revocation.createdAt());
                });
    }

    private static Kind kind(Target target) {
        return switch (target) {
            case Target.Account _ -> Kind.ACCOUNT;
            case Target.Credential _ -> Kind.CREDENTIAL;
            case Target.Issuer _ -> Kind.ISSUER;
            case Target.Token _ -> Kind.TOKEN;
            case Target.Everything _ -> Kind.EVERYTHING;
        };
    }

    private static @Nullable String id(Target target) {
        return switch (target) {
            case Target.Account(String accountId) -> accountId;
            case Target.Credential(String credentialId) -> credentialId;
            case Target.Issuer(String name) -> name;
            case Target.Token(String tokenId) -> tokenId;
            case Target.Everything() -> null;
        };
    }

    @Override
    public void prune(Instant before) {
        transaction.update(
                "the revocations",
                "DELETE FROM revocation WHERE created_at < ?",
                delete -> Columns.time(delete, 1, before));
    }
}
