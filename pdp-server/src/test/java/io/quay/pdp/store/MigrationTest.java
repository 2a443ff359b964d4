package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.Store;
import io.quay.pdp.identity.Credential;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an earlier version left is there after the migration, and means the same.
class MigrationTest {
    @TempDir private Path directory;

    @Test
    void signingKeysOfBeforeThereWasQuaySignAccessTokens() throws Exception {
        Path file = written("5");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "INSERT INTO signing_key VALUES ('k1', 'ES256', 'ACTIVE', '{}', 'sealed', 1, 2)");
        }
        try (Database database = Database.open(file)) {
            assertThat(new SqliteSigningKeys(database).all()).hasSize(1);
            assertThat(new SqliteSigningKeys(database, SqliteSigningKeys.Purpose.QUAY).all())
                    .isEmpty();
        }
    }

    /// A file as the version left it that had migrations up to this one.
    private Path written(String version) throws SQLException {
        Path file = directory.resolve("pdp.db");
        Flyway.configure()
                .dataSource("jdbc:sqlite:" + file, null, null)
                .locations("classpath:db/migration")
                .target(version)
                .load()
                .migrate();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
        }
        return file;
    }

    @Test
    void fileOfAnEarlierVersion_isNotReadBeforeAServerHasOpenedIt() throws Exception {
        Path file = written("3");
        assertThatThrownBy(() -> Database.openToRead(file).close())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("earlier version")
                .hasMessageContaining("start this version's server");
        Database.open(file).close();
        Database.openToRead(file).close();
    }

    @Test
    void fileOfANewerVersion_isNotRead() throws Exception {
        Path file = written("latest");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    """
                    INSERT INTO flyway_schema_history
                    SELECT installed_rank + 1000, '999', 'later', type, 'V999__later.sql', checksum,
                           installed_by, installed_on, execution_time, success
                    FROM flyway_schema_history WHERE version = '003' OR version = '3'
                    """);
        }
        assertThatThrownBy(() -> Database.openToRead(file).close())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("newer version");
    }

    @Test
    void credentialsOfBeforeThereWereWorkloadsAreKept() throws Exception {
        Path file = written("3");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    """
                    INSERT INTO credential (id, account_id, secret_sha256, key_thumbprint, public_jwk,
                        created_by, created_at, expires_at, by_highest, made_with, last_used_at)
                    VALUES ('c1', 'a1', 'hash', NULL, NULL, 'svc-admin', 1, 2, 1, 'c0', 3),
                           ('c2', 'a1', NULL, 'thumb', '{}', 'svc-admin', 1, NULL, 0, NULL, NULL)
                    """);
            statement.executeUpdate("INSERT INTO spent_assertion VALUES ('spent', 9)");
        }
        try (Database database = Database.open(file)) {
            Store store = new SqliteStore(database);
            List<Credential> credentials = store.transact(tables -> tables.credentials().all());
            assertThat(credentials)
                    .extracting(Credential::proof)
                    .containsExactly(
                            new Credential.Proof.Secret("hash"),
                            new Credential.Proof.PublicKey("{}", "thumb"));
            assertThat(credentials.getFirst().byHighest()).isTrue();
            assertThat(credentials.getFirst().madeWith()).isEqualTo("c0");
            assertThat(store.<Object>transact(tables -> tables.credentials().lastUsed()))
                    .asString()
                    .contains("c1");
            assertThat(new SqliteSpentAssertions(database).since(Instant.ofEpochMilli(1)))
                    .extracting(used -> used.hash() + used.uses())
                    .containsExactly("spent1");
        }
    }
}
