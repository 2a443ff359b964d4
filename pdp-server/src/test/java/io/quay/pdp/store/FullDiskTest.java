package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quay.pdp.accounts.SampleAccounts;
import io.quay.pdp.accounts.Store.StorageException;
import io.quay.pdp.accounts.StoredAccount;
import io.quay.pdp.audit.SampleEvents;
import io.quay.pdp.token.SigningKey;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class FullDiskTest {
    /// A disk of its own for the command that follows: gone when the command ends.
    private static final String ON_A_SMALL_DISK =
            "mount -t tmpfs -o size=1m tmpfs \"$0\" && exec \"$@\"";

    @TempDir private Path temporary;

    @Test
    void aChangeThatFindsNoSpaceIsRefusedAsFullAndNothingOfItKept() {
        try (Database database = Database.open(temporary.resolve("pdp.db"))) {
            SqliteStore store = new SqliteStore(database);
            AccountChanges.create(store, 1);
            for (int i = 0; i < 3; i++) {
                pragma(database, "max_page_count = " + pragma(database, "page_count"));
                refusedAsFull(() -> AccountChanges.create(store, 2, large(2)));
                assertOnlyTheFirst(database, store);
            }

            pragma(database, "max_page_count = 100000");
            AccountChanges.create(store, 2, large(2));
            List<StoredAccount> all = store.transact(tables -> tables.accounts().all());
            assertThat(all).containsExactly(SampleAccounts.bareAccount(1), large(2));
        }
    }

    private static void assertOnlyTheFirst(Database database, SqliteStore store) {
        List<StoredAccount> accounts = store.transact(tables -> tables.accounts().all());
        List<Object> names = store.transact(tables -> List.copyOf(tables.names().all()));
        assertThat(accounts).containsExactly(SampleAccounts.bareAccount(1));
        assertThat(names).containsExactly(SampleAccounts.name(1));
        assertThat(new EventTable(database).find(SampleEvents.latest(10)))
                .containsExactly(AccountChanges.created(1));
    }

    @Test
    void aKeyRingThatFindsNoSpaceIsRefusedAsFullAndTheOldOneKept() {
        try (Database database = Database.open(temporary.resolve("pdp.db"))) {
            SqliteSigningKeys keys = new SqliteSigningKeys(database);
            List<SigningKey> ring = List.of(key("small", "c2VhbGVk"));
            keys.replace(ring, SampleEvents.bare(1));
            pragma(database, "max_page_count = " + pragma(database, "page_count"));

            refusedAsFull(() ->
                    keys.replace(List.of(key("large", "x".repeat(50_000))), SampleEvents.bare(2)));
            assertThat(keys.all()).isEqualTo(ring);
        }
    }

    @Test
    void aDiskThatIsTrulyFullRefusesWholeChangesAndReadsGoOnAndItRecoversByItself()
            throws Exception {
        List<String> wrapper =
                List.of(
                        "unshare",
                        "--map-root-user",
                        "--mount",
                        "sh",
                        "-c",
                        ON_A_SMALL_DISK,
                        temporary.toString());
        assumeTrue(works(wrapper), "this system lets no process mount a disk of its own");
        Process child =
                ChildProcess.start(wrapper, FullDiskProcess.class, temporary.resolve("pdp.db"));

        List<String> steps = child.inputReader().lines().toList();
        assertThat(child.waitFor()).isZero();
        List<String> step = List.of("refused full=true", "kept all");
        assertThat(steps.subList(0, steps.size() - 1))
                .hasSize(2 * step.size() * 3)
                .allMatch(step::contains)
                .containsSequence("refused full=true", "kept all", "refused full=true");
        assertThat(steps.getLast()).isEqualTo("recovered true");
    }

    private static boolean works(List<String> wrapper) throws Exception {
        List<String> command = new java.util.ArrayList<>(wrapper);
        command.add("true");
        try {
            Process probe =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return probe.waitFor(20, TimeUnit.SECONDS) && probe.exitValue() == 0;
        } catch (IOException _) {
            return false;
        }
    }

    private static void refusedAsFull(Runnable change) {
        assertThatThrownBy(change::run)
                .isInstanceOfSatisfying(StorageException.class, e -> assertThat(e.full()).isTrue());
    }

    private static SigningKey key(String kid, String sealed) {
        return new SigningKey(
                kid,
                "ES256",
                SigningKey.State.ACTIVE,
                "{}",
                sealed,
                SampleAccounts.NOON,
                SampleAccounts.NOON);
    }

    /// Larger than what any page in use has room for.
    private static StoredAccount large(int number) {
        return SampleAccounts.described(SampleAccounts.bareAccount(number), "x".repeat(50_000), 1);
    }

    private static long pragma(Database database, String pragma) {
        return database.<Long>write(connection -> {
            try (Statement statement = connection.createStatement();
                    var rows = statement.executeQuery("PRAGMA " + pragma)) {
                rows.next();
                return rows.getLong(1);
            }
        });
    }
}
