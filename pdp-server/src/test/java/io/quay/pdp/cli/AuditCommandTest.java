package io.quay.pdp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `pdp audit` on what a real server has left.
final class AuditCommandTest {
    private static final String ASKING =
            """
            {"request": {"method": "POST", "target": "/api/v1/repository",
                         "body": {"namespace": "acme", "repository": "web", "visibility": "private"}},
             "subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"}}
            """;

    @TempDir private Path directory;
    private Path data;

    private record Run(int exitCode, String out, String err) {}

    @BeforeEach
    void serve() {
        data = directory.resolve("data");
        decideOnce();
    }

    private void decideOnce() {
        try (TestServer server = TestServer.start(directory)) {
            assertThat(server.post("/authorize", ASKING).status()).isEqualTo(200);
        }
    }

    @Test
    void verify_findsTheRecordsOfAServerSound_andComparesWithTheCheckpointOfItsEnd() {
        Run run = audit("verify");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).matches("(?s)sound: .*compared with [1-9]\\d* checkpoints?\\R");
    }

    @Test
    void verify_worksBesideTheServer() {
        try (TestServer server = TestServer.start(directory)) {
            server.post("/authorize", ASKING);
            Run run = audit("verify");
            assertThat(run.exitCode()).as(run.err()).isZero();
        }
    }

    @Test
    void verify_answersNoWhenARecordWasChanged_andNamesIt() {
        execute("UPDATE decision SET allowed = 0, cause = 'no_permit'");
        Run run = audit("verify");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).matches("error: sequence \\d+, decision [0-9A-Z]{26}: .*changed\\R");
    }

    @Test
    void verify_answersNoWhenTheDatabaseIsOlderThanACheckpointThatLeftTheMachine()
            throws IOException {
        Path older = Files.copy(data.resolve("pdp.db"), directory.resolve("older.db"));
        decideOnce();
        Path kept =
                Files.writeString(
                        directory.resolve("checkpoints.txt"),
                        audit("export", "--checkpoints").out());
        assertThat(audit("verify", "--checkpoint", kept.toString()).exitCode()).isZero();
        Files.delete(data.resolve("pdp.db"));
        Files.move(older, data.resolve("pdp.db"));

        assertThat(audit("verify").exitCode()).isZero();
        Run run = audit("verify", "--checkpoint", kept.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).startsWith("error: sequence ").contains("given checkpoint");
    }

    @Test
    void verify_needsTheEncryptionKey_andTakesItFromElsewhere() throws IOException {
        Path elsewhere = directory.resolve("kek");
        Files.move(data.resolve("encryption.key"), elsewhere);
        Run missing = audit("verify");
        assertThat(missing.exitCode()).isEqualTo(5);
        assertThat(missing.err()).contains("--encryption-key");

        assertThat(audit("verify", "--encryption-key", elsewhere.toString()).exitCode()).isZero();
        Files.writeString(elsewhere, "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=");
        Run wrong = audit("verify", "--encryption-key", elsewhere.toString());
        assertThat(wrong.exitCode()).isEqualTo(1);
        assertThat(wrong.err()).startsWith("error: ");
    }

    @Test
    void verify_refusesFilesWithoutADatabaseOrACheckpoint() throws IOException {
        assertThat(run("audit", "verify", "--data", directory.toString()).exitCode()).isEqualTo(5);
        assertThat(audit("verify", "--checkpoint", "/nonexistent").exitCode()).isEqualTo(5);
        Path empty = Files.createFile(directory.resolve("empty"));
        assertThat(audit("verify", "--checkpoint", empty.toString()).exitCode()).isEqualTo(5);
    }

    @Test
    void verify_findsCheckpointsInTheServersLog() throws IOException {
        String signed = audit("checkpoint").out().strip();
        Path log =
                Files.writeString(
                        directory.resolve("server.log"),
                        """
                        {"message": "listening", "port": 8180}
                        {"message": "audit checkpoint", "sequence": 9, "signed": "%s"}
                        """
                                .formatted(signed));
        Run run = audit("verify", "--checkpoint", log.toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        Files.writeString(log, Files.readString(log).replace(signed, signed.replace('.', '_')));
        assertThat(audit("verify", "--checkpoint", log.toString()).exitCode()).isEqualTo(5);
    }

    @Test
    void verify_answersNoWhenThereIsNoCheckpointToCompareWith() {
        execute("DELETE FROM audit_checkpoint");
        Run run = audit("verify");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("no checkpoint");
    }

    @Test
    void verify_answersNoWhenTheRecordsOfAccountsWereAllDeleted() {
        execute("DELETE FROM audit_checkpoint");
        execute("DELETE FROM audit_link");
        execute("DELETE FROM decision");
        execute("DELETE FROM event");
        assertThat(audit("verify").exitCode()).isEqualTo(1);
        execute("DELETE FROM audit_key");
        Run run = audit("verify");
        assertThat(run.exitCode()).as(run.out()).isEqualTo(1);
        assertThat(run.err()).contains("no record of how they were made");
    }

    @Test
    void checkpoint_printsTheNewest_whichTheExportHasToo() {
        String printed = audit("checkpoint").out().strip();
        List<String> exported = audit("export", "--checkpoints").out().lines().toList();
        assertThat(exported.getFirst()).contains("\"kty\":\"EC\"").doesNotContain("\"d\"");
        assertThat(exported).hasSizeGreaterThan(1).last().isEqualTo(printed);
        assertThat(printed).matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+");
    }

    @Test
    void export_printsEventsAndCountedDenials() {
        try (TestServer server = TestServer.start(directory)) {
            for (int i = 0; i < 12; i++) {
                server.post("/authorize", ASKING.replace("acme", "payroll"));
            }
        }
        assertThat(audit("export", "--events").out()).contains("\"kind\":\"bootstrap.created\"");
        assertThat(audit("export", "--events", "--format", "text").out())
                .contains("bootstrap.created");
        assertThat(audit("export", "--counted").out().lines())
                .singleElement()
                .asString()
                .contains("\"action\":\"createRepo\"", "\"cause\":\"no_permit\"", "\"count\":2");
        assertThat(audit("export", "--counted", "--format", "text").out())
                .contains("svc-terraform");
        assertThat(audit("verify").exitCode()).isZero();
    }

    @Test
    void whatBootstrapResetRecords_isPartOfTheChain() throws IOException {
        assertThat(run("bootstrap", "reset", "--data", data.toString()).exitCode()).isZero();
        assertThat(audit("verify").exitCode()).isZero();

        Files.delete(data.resolve("encryption.key"));
        Run refused = run("bootstrap", "reset", "--data", data.toString());
        assertThat(refused.exitCode()).isEqualTo(5);
        assertThat(refused.err()).contains("--encryption-key");
    }

    private Run audit(String... arguments) {
        List<String> all = new java.util.ArrayList<>(List.of("audit"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data", data.toString()));
        return run(all.toArray(String[]::new));
    }

    private static Run run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream oldOut = System.out;
        PrintStream oldErr = System.err;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            int exitCode =
                    CommandLineInterface.run(
                            _ -> {
                                throw StartFailure.io("no server here");
                            },
                            arguments);
            return new Run(
                    exitCode,
                    out.toString(StandardCharsets.UTF_8),
                    err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(oldOut);
            System.setErr(oldErr);
        }
    }

    private void execute(String sql) {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + data.resolve("pdp.db"));
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isPositive();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
