package io.quay.pdp.store;

import io.quay.pdp.accounts.Store.StorageException;
import io.quay.pdp.accounts.StoredAccount;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Makes accounts on a small disk that is full, and again when there is space; prints what came of
/// it, a line a step.
final class FullDiskProcess {
    private static final int MOST = 5_000;

    private FullDiskProcess() {}

    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        Path rest = file.resolveSibling("rest");
        try (Database database = Database.open(file)) {
            SqliteStore store = new SqliteStore(database);
            int made = 0;
            for (int round = 1; round <= 3; round++) {
                AccountChanges.create(store, made++);
                fill(rest);
                made = createUntilRefused(store, made);
                System.out.println("kept " + (kept(database, store) == made ? "all" : "not all"));
                made = createUntilRefused(store, made);
                System.out.println("kept " + (kept(database, store) == made ? "all" : "not all"));
                Files.delete(rest);
            }
            AccountChanges.create(store, made++);
            System.out.println("recovered " + (kept(database, store) == made));
        }
    }

    /// Takes all space that the disk has left.
    private static void fill(Path rest) throws IOException {
        byte[] piece = new byte[512];
        try (OutputStream output = Files.newOutputStream(rest)) {
            while (true) {
                output.write(piece);
            }
        } catch (IOException _) {
            // Full: what was wanted.
        }
    }

    /// The log of SQLite has some room in itself. Returns how many accounts there are.
    private static int createUntilRefused(SqliteStore store, int made) {
        for (int number = made; number < MOST; number++) {
            try {
                AccountChanges.create(store, number);
            } catch (StorageException e) {
                System.out.println("refused full=" + e.full());
                return number;
            }
        }
        System.out.println("never refused");
        return MOST;
    }

    /// How many accounts there are, or -1 when something is half.
    private static int kept(Database database, SqliteStore store) {
        List<StoredAccount> accounts = store.transact(tables -> tables.accounts().all());
        int names = store.<Integer>transact(tables -> tables.names().all().size());
        int credentials = store.<Integer>transact(tables -> tables.credentials().all().size());
        int events = 0;
        EventTable table = new EventTable(database);
        List<Event> page = table.find(after(null));
        while (!page.isEmpty()) {
            events += page.size();
            page = table.find(after(page.getLast().id()));
        }
        boolean whole =
                names == accounts.size()
                        && credentials == accounts.size()
                        && events == accounts.size();
        return whole ? accounts.size() : -1;
    }

    private static EventQuery after(@org.jspecify.annotations.Nullable String cursor) {
        return new EventQuery(null, null, null, null, null, cursor, EventQuery.MAX_LIMIT);
    }
}
