package io.quay.pdp.store;

import java.nio.file.Path;
import java.util.concurrent.Executors;

/// Makes 1,000 accounts and rotates the credential of each, all at once, and prints each change
/// once it is done.
final class AccountingProcess {
    static final int ACCOUNTS = 1_000;

    private AccountingProcess() {}

    public static void main(String[] args) {
        try (Database database = Database.open(Path.of(args[0]));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            SqliteStore store = new SqliteStore(database);
            for (int i = 0; i < ACCOUNTS; i++) {
                int number = i;
                threads.execute(() -> createAndRotate(store, number));
            }
        }
    }

    private static void createAndRotate(SqliteStore store, int number) {
        AccountChanges.create(store, number);
        System.out.println("created " + number);
        AccountChanges.rotate(store, number);
        System.out.println("rotated " + number);
    }
}
