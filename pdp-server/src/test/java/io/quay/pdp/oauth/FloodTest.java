package io.quay.pdp.oauth;

import static io.quay.pdp.oauth.OAuthServer.basic;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.jose.TestKey;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.EventTable;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// S22: cheap refusals cannot fill the disk.
class FloodTest {
    private static final int ATTEMPTS = 1_500;

    @TempDir private Path directory;

    @Test
    void aFloodOfWrongSecrets_leavesFewRecordsAndStopsNobody() {
        String wrong = ClientSecret.generate(new SecureRandom());
        try (OAuthServer server = OAuthServer.start(directory)) {
            try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
                for (int i = 0; i < ATTEMPTS; i++) {
                    String name = "svc-guess-" + i % 700;
                    threads.execute(() ->
                            server.token(
                                    basic(name, wrong),
                                    "grant_type",
                                    "client_credentials",
                                    "client_id",
                                    name));
                }
            }
            assertThat(server.bootstrapToken()).isNotEmpty();
        }
        assertFewRecords();
    }

    /// Each costs a signature to check, and none a fetch.
    @Test
    void aFloodOfForgedWorkloadTokens_leavesFewRecordsAndStopsNobody() {
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            TestIssuer forger = server.cluster().with(TestKey.generate("key-1", "ES256"));
            String forged = forger.sign(server.runnerClaims());
            try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
                for (int i = 0; i < ATTEMPTS; i++) {
                    String name = "svc-guess-" + i % 700;
                    threads.execute(
                            () -> server.show(WorkloadServer.Shown.SUBJECT_JWT, name, forged));
                }
            }
            assertThat(
                            server.show(
                                            WorkloadServer.Shown.SUBJECT_JWT,
                                            WorkloadServer.ACCOUNT,
                                            server.runner())
                                    .statusCode())
                    .isEqualTo(200);
        }
        assertFewRecords();
    }

    /// The budget is one of each minute, and a flood may run into a second one.
    private void assertFewRecords() {
        try (Database database = Database.open(directory.resolve("data/pdp.db"))) {
            List<Event> refused =
                    new EventTable(database)
                            .find(
                                    new EventQuery(
                                            "token.refused",
                                            null,
                                            null,
                                            null,
                                            null,
                                            null,
                                            EventQuery.MAX_LIMIT));
            assertThat(refused).hasSizeGreaterThanOrEqualTo(100);
            Map<Instant, Long> ofMinutes =
                    refused.stream()
                            .collect(
                                    Collectors.groupingBy(
                                            event -> event.time().truncatedTo(ChronoUnit.MINUTES),
                                            Collectors.counting()));
            assertThat(ofMinutes.values()).allMatch(count -> count <= 650);
        }
    }
}
