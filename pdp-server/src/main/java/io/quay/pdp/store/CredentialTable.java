package io.quay.pdp.store;

import io.quay.pdp.accounts.Store;
import io.quay.pdp.identity.Ceiling;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.Credential.Proof;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Credentials and when each was used last, within one transaction.
record CredentialTable(Transaction transaction) implements Store.Credentials {
    private static final String COLUMNS =
            """
            id, account_id, secret_sha256, key_thumbprint, public_jwk, created_by, created_at,
            expires_at, replaced_by, ceiling, by_highest, made_with, issuer, subject, audience, iss\
            """;

    /// The columns of proofs, of which each kind has its own.
    private static final List<Integer> PROOF = List.of(3, 4, 5, 13, 14, 15, 16);

    @Override
    public List<Credential> all() {
        return transaction.select(
                "SELECT " + COLUMNS + " FROM credential ORDER BY created_at, id",
                Transaction.NONE,
                CredentialTable::read);
    }

    private static Credential read(ResultSet row) throws SQLException {
        String ceiling = row.getString(10);
        return new Credential(
                row.getString(1),
                row.getString(2),
                proof(row),
                row.getString(6),
                Columns.time(row, 7),
                Columns.timeOrNull(row, 8),
                row.getString(9),
                ceiling == null ? null : CeilingJson.read(ceiling),
                row.getInt(11) == 1,
                row.getString(12));
    }

    private static Proof proof(ResultSet row) throws SQLException {
        String sha256 = row.getString(3);
        if (sha256 != null) {
            return new Proof.Secret(sha256);
        }
        String issuer = row.getString(13);
        String subject = row.getString(14);
        if (issuer != null && subject != null) {
            String iss = row.getString(16);
            return new Proof.Federated(issuer, iss == null ? "" : iss, subject, row.getString(15));
        }
        String thumbprint = row.getString(4);
        String jwk = row.getString(5);
        if (thumbprint == null || jwk == null) {
            throw new StoreException("a stored credential has no proof");
        }
        return new Proof.PublicKey(jwk, thumbprint);
    }

    @Override
    public void insert(Credential credential) {
        transaction.update(
                "a credential of this id, secret, key or workload",
                "INSERT INTO credential (" + COLUMNS + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                insert -> {
                    insert.setString(1, credential.id());
                    insert.setString(2, credential.accountId());
                    bind(insert, credential.proof());
                    insert.setString(6, credential.createdBy());
                    Columns.time(insert, 7, credential.createdAt());
                    Columns.time(insert, 8, credential.expiresAt());
                    insert.setString(9, credential.replacedBy());
                    insert.setString(10, text(credential.ceiling()));
                    insert.setInt(11, credential.byHighest() ? 1 : 0);
                    insert.setString(12, credential.madeWith());
                });
    }

    private static void bind(PreparedStatement insert, Proof proof) throws SQLException {
        for (int column : PROOF) {
            insert.setString(column, null);
        }
        switch (proof) {
            case Proof.Secret(String sha256) -> insert.setString(3, sha256);
            case Proof.PublicKey(String jwk, String thumbprint) -> {
                insert.setString(4, thumbprint);
                insert.setString(5, jwk);
            }
            case Proof.Federated(String issuer, String iss, String subject, String audience) -> {
                insert.setString(13, issuer);
                insert.setString(14, subject);
                insert.setString(15, audience);
                insert.setString(16, iss);
            }
        }
    }

    private static @Nullable String text(@Nullable Ceiling ceiling) {
        return ceiling == null ? null : CeilingJson.text(ceiling);
    }

    @Override
    public void update(Credential credential) {
        int changed =
                transaction.update(
                        "the credential",
                        """
                        UPDATE credential SET expires_at = ?, replaced_by = ?, ceiling = ?
                        WHERE id = ?
                        """,
                        update -> {
                            Columns.time(update, 1, credential.expiresAt());
                            update.setString(2, credential.replacedBy());
                            update.setString(3, text(credential.ceiling()));
                            update.setString(4, credential.id());
                        });
        if (changed == 0) {
            throw new Store.ConflictException("there is no such credential");
        }
    }

    @Override
    public void delete(String credentialId) {
        transaction.update(
                "the credential",
                "DELETE FROM credential WHERE id = ?",
                delete -> delete.setString(1, credentialId));
    }

    @Override
    public Map<String, Instant> lastUsed() {
        Map<String, Instant> times = new HashMap<>();
        transaction
                .select(
                        "SELECT id, last_used_at FROM credential WHERE last_used_at IS NOT NULL",
                        Transaction.NONE,
                        row -> Map.entry(row.getString(1), Columns.time(row, 2)))
                .forEach(entry -> times.put(entry.getKey(), entry.getValue()));
        return Map.copyOf(times);
    }

    @Override
    public void used(Map<String, Instant> times) {
        transaction.attempt(
                "the last use",
                connection -> {
                    try (PreparedStatement update =
                            connection.prepareStatement(
                                    """
                                    UPDATE credential SET last_used_at = ?
                                    WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)
                                    """)) {
                        for (Map.Entry<String, Instant> entry : times.entrySet()) {
                            Columns.time(update, 1, entry.getValue());
                            update.setString(2, entry.getKey());
                            Columns.time(update, 3, entry.getValue());
                            update.executeUpdate();
                        }
                        return times;
                    }
                });
    }
}
