package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.Await;
import io.quay.pdp.TestServer.Answer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// While nothing can be recorded: no change is made, and nobody sees what a call brought.
@Timeout(60)
final class RecordBeforeAnswerTest {
    @TempDir private static Path directory;
    private static GatewayBed bed;

    /// Another process that writes the database and does not end.
    private static final class Lock implements AutoCloseable {
        private final Connection connection;

        Lock() throws SQLException {
            connection =
                    DriverManager.getConnection(
                            "jdbc:sqlite:" + bed.server().directory().resolve("data/pdp.db"));
            try (Statement statement = connection.createStatement()) {
                statement.execute("BEGIN IMMEDIATE");
            }
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }

    @BeforeAll
    static void start() {
        bed = GatewayBed.start(directory);
    }

    @AfterAll
    static void stop() {
        bed.close();
    }

    @BeforeEach
    void warm() {
        bed.send("GET", GatewayBed.REPOSITORY, null);
        bed.quay().forget();
    }

    private static CompletableFuture<Answer> sent(String method, String token) {
        return CompletableFuture.supplyAsync(() ->
                bed.send(
                        method,
                        GatewayBed.REPOSITORY,
                        null,
                        request -> request.header("Authorization", "Bearer " + token)));
    }

    @Test
    void aReadIsAskedMeanwhileAndAnsweredOnceItStandsInTheLog() throws Exception {
        String token = bed.token();
        CompletableFuture<Answer> read;
        try (Lock _ = new Lock()) {
            read = sent("GET", token);
            Await.until(() -> !bed.quay().received().isEmpty());
            TimeUnit.MILLISECONDS.sleep(300);
            assertThat(read).isNotDone();
        }
        assertThat(read.get().status()).isEqualTo(200);
        assertThat(bed.quay().received()).hasSize(1);
    }

    @Test
    void aReadThatCannotBeRecordedIsDeniedWhateverQuayAnswered() throws Exception {
        String token = bed.token();
        try (Lock _ = new Lock()) {
            Answer read = sent("GET", token).get();
            assertThat(read.status()).isEqualTo(503);
            assertThat(read.json().path("cause").asText()).isEqualTo("audit_unavailable");
            assertThat(bed.quay().received()).hasSize(1);

            Await.until(() -> bed.server().get("/readyz").status() == 503);
            Answer next = sent("GET", token).get();
            assertThat(next.status()).isEqualTo(503);
            assertThat(bed.quay().received()).as("while commits fail").hasSize(1);
        }
    }

    @Test
    void aChangeIsNotMadeBeforeItStandsInTheLog() throws Exception {
        String token = bed.token();
        CompletableFuture<Answer> change;
        try (Lock _ = new Lock()) {
            change = sent("DELETE", token);
            TimeUnit.MILLISECONDS.sleep(500);
            assertThat(bed.quay().received()).isEmpty();
        }
        assertThat(change.get().status()).isEqualTo(200);
        assertThat(bed.quay().received()).hasSize(1);
    }
}
