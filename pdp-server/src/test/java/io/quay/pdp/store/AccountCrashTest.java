package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.accounts.AccountName;
import io.quay.pdp.accounts.SampleAccounts;
import io.quay.pdp.accounts.Store;
import io.quay.pdp.accounts.StoredAccount;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.identity.Credential;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Kills a process in the middle of its changes and looks at what it left.
///
/// `-Dpdp.crash.kills=N` adds kills at N random moments.
final class AccountCrashTest {
    private static final int CHANGES = 2 * AccountingProcess.ACCOUNTS;

    @TempDir private Path temporary;

    static List<Integer> moments() {
        int more = Integer.getInteger("pdp.crash.kills", 0);
        long seed = System.nanoTime();
        System.out.println("moments are from seed " + seed);
        var random = new Random(seed);
        return IntStream.concat(
                        IntStream.of(1, CHANGES / 4, CHANGES * 3 / 4),
                        IntStream.generate(() -> 1 + random.nextInt(CHANGES * 9 / 10)).limit(more))
                .boxed()
                .toList();
    }

    @ParameterizedTest(name = "after {0} changes")
    @MethodSource("moments")
    @Timeout(120)
    void killedMidChangesItHasAllThatItConfirmedAndNothingHalf(int changes) throws Exception {
        Path file = temporary.resolve("pdp.db");
        Set<String> confirmed = changeUntilKilled(file, changes);
        assertThat(confirmed).hasSizeGreaterThanOrEqualTo(changes);

        try (Database database = Database.open(file)) {
            Set<String> whole = wholeChanges(database);
            assertThat(whole).containsAll(confirmed);
            assertThat(whole).as("killed in the middle").hasSizeLessThan(CHANGES);
            assertThat(check(database, "integrity_check")).containsExactly("ok");
            assertThat(check(database, "foreign_key_check")).isEmpty();

            SqliteStore store = new SqliteStore(database);
            AccountChanges.create(store, CHANGES);
            AccountChanges.rotate(store, CHANGES);
            assertThat(wholeChanges(database)).hasSize(whole.size() + 2);
        }
    }

    /// Reads what the child confirms, kills it when there is enough, and reads on to the end of the
    /// pipe: also what was confirmed while the signal was on its way.
    private static Set<String> changeUntilKilled(Path file, int changes) throws Exception {
        Process child = ChildProcess.start(AccountingProcess.class, file);
        Set<String> confirmed = new HashSet<>();
        try (BufferedReader output = child.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.matches("(created|rotated) [0-9]+")) {
                    confirmed.add(line);
                }
                if (confirmed.size() == changes) {
                    // Not by the Process: that would close the pipe as well.
                    child.toHandle().destroyForcibly();
                }
            }
            assertThat(child.waitFor()).as("killed, not ended").isEqualTo(128 + 9);
        } finally {
            child.destroyForcibly();
        }
        return confirmed;
    }

    /// The changes that left a trace in any table, after a look that they left all of theirs.
    private static Set<String> wholeChanges(Database database) {
        SqliteStore store = new SqliteStore(database);
        Set<String> events = eventIds(database);
        List<StoredAccount> accounts = store.transact(tables -> tables.accounts().all());
        List<AccountName> names = store.transact(tables -> tables.names().all());
        Map<String, Credential> credentials = credentials(store);

        Set<String> expectedEvents = new TreeSet<>();
        Set<AccountName> expectedNames = new HashSet<>();
        Map<String, Credential> expectedCredentials = new java.util.HashMap<>();
        Set<String> whole = new TreeSet<>();
        for (StoredAccount account : accounts) {
            int number = Integer.parseInt(account.name().substring("svc-".length()));
            boolean rotated = credentials.containsKey(AccountChanges.successor(number).id());
            expectedNames.add(SampleAccounts.name(number));
            expectedEvents.add(AccountChanges.created(number).id());
            whole.add("created " + number);
            Credential first = SampleAccounts.secret(number, number);
            expectedCredentials.put(
                    first.id(), rotated ? AccountChanges.predecessor(number) : first);
            if (rotated) {
                Credential second = AccountChanges.successor(number);
                expectedCredentials.put(second.id(), second);
                expectedEvents.add(AccountChanges.rotated(number).id());
                whole.add("rotated " + number);
            }
        }
        assertThat(Set.copyOf(names)).isEqualTo(expectedNames);
        assertThat(credentials).isEqualTo(expectedCredentials);
        assertThat(events).isEqualTo(expectedEvents);
        return whole;
    }

    private static Map<String, Credential> credentials(Store store) {
        List<Credential> all = store.transact(tables -> tables.credentials().all());
        return all.stream().collect(Collectors.toMap(Credential::id, Function.identity()));
    }

    private static Set<String> eventIds(Database database) {
        EventTable events = new EventTable(database);
        Set<String> ids = new TreeSet<>();
        List<Event> page = events.find(after(null));
        while (!page.isEmpty()) {
            page.forEach(event -> ids.add(event.id()));
            page = events.find(after(page.getLast().id()));
        }
        return ids;
    }

    private static EventQuery after(@org.jspecify.annotations.Nullable String cursor) {
        return new EventQuery(null, null, null, null, null, cursor, EventQuery.MAX_LIMIT);
    }

    private static List<String> check(Database database, String pragma) {
        return database.read(connection -> rows(connection, "PRAGMA " + pragma));
    }

    private static List<String> rows(Connection connection, String sql) throws SQLException {
        List<String> found = new java.util.ArrayList<>();
        try (var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }
}
