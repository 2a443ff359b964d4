package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.store.LogFailures;
import io.quay.pdp.store.StoredDecisions;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordingTest {
    @TempDir private Path directory;

    @Test
    void deniesWhatItCannotRecordAndRecovers() {
        Path file = directory.resolve("data/pdp.db");
        try (TestServer server = TestServer.start(directory)) {
            LogFailures.begin(file);
            Answer denied = server.post("/authorize", Asking.NATIVE);
            assertThat(denied.status()).isEqualTo(200);
            assertThat(denied.json().path("decision").asBoolean(true)).isFalse();
            assertThat(denied.cause()).isEqualTo("audit_unavailable");
            assertThat(denied.context().path("reasons")).isEmpty();
            Answer failed = server.get("/readyz");
            assertThat(failed.status()).isEqualTo(503);
            assertThat(failed.json().at("/checks/store/status").asText()).isEqualTo("failed");
            assertThat(server.get("/livez").status()).isEqualTo(200);

            LogFailures.end(file);
            Instant end = Instant.now().plus(Duration.ofSeconds(30));
            while (server.get("/readyz").status() != 200 && Instant.now().isBefore(end)) {
                Thread.onSpinWait();
            }
            assertThat(server.get("/readyz").status()).isEqualTo(200);
            assertThat(server.post("/authorize", Asking.NATIVE).json().path("decision").asBoolean())
                    .isTrue();
        }
    }

    @Test
    void recordsEveryAnswerAndNoQuestionThatWasRefused() {
        String allowed;
        String denied;
        try (TestServer server = TestServer.start(directory)) {
            HttpRequest.Builder request =
                    server.request("/authorize")
                            .header("X-Request-ID", "a b")
                            .POST(HttpRequest.BodyPublishers.ofString(Asking.NATIVE));
            allowed = server.send(request).context().path("id").asText();
            denied = server.post("/authorize", Asking.withBody("[]")).context().path("id").asText();
            server.post("/authorize", "{}");
            server.post("/authorize", "{");
            server.get("/authorize");
        }
        List<DecisionRecord> records = StoredDecisions.read(directory.resolve("data/pdp.db"));
        assertThat(records).extracting(DecisionRecord::id).containsExactly(denied, allowed);
        DecisionRecord first = records.getLast();
        assertThat(first.caller()).isEqualTo("first-start");
        assertThat(first.requestId()).isEqualTo("a_b");
        assertThat(first.allowed()).isTrue();
        assertThat(first.cause()).isNull();
        assertThat(first.policies()).containsExactly("acme-terraform");
        assertThat(records.getFirst().cause()).isEqualTo("invalid_body");
        assertThat(records.getFirst().allowed()).isFalse();
    }
}
