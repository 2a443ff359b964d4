package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.EventTable;
import io.quay.pdp.store.StoredDecisions;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a search costs and leaves behind.
final class AuthZenSearchRecordsTest {
    private static final String PATH = "/access/v1/search/resource";
    private static final String VIEW =
            """
            {"subject": {"type": "user", "id": "alice"}, "action": {"name": "view"},
             "resource": {"type": "record"}}
            """;

    @TempDir private Path directory;

    private TestServer start(int names) {
        return AuthZenBundle.start(
                directory,
                "search",
                "may_search: true",
                "decisions: {max_searched: " + names + "}");
    }

    @Test
    void leavesOneEventAndNoDecision() {
        String id;
        try (TestServer server = start(1000)) {
            Answer answer =
                    server.send(
                            server.request(PATH)
                                    .header("X-Request-ID", "search-1")
                                    .POST(HttpRequest.BodyPublishers.ofString(VIEW)));
            assertThat(answer.json().path("results")).hasSize(20);
            id = answer.context().path("id").asText();
            assertThat(server.post(PATH, "{}").status()).isEqualTo(400);
        }
        assertThat(StoredDecisions.read(directory.resolve("data/pdp.db"))).isEmpty();
        try (Database database = Database.open(directory.resolve("data/pdp.db"))) {
            List<Event> events =
                    new EventTable(database)
                            .find(
                                    new EventQuery(
                                            "search.answered", null, null, null, null, null, 10));
            assertThat(events)
                    .singleElement()
                    .satisfies(event -> {
                        assertThat(event.id()).isEqualTo(id);
                        assertThat(event.requestId()).isEqualTo("search-1");
                        assertThat(event.details())
                                .containsEntry("caller", "harness")
                                .containsEntry("wanted", "resource")
                                .containsEntry("subject", "user::\"alice\"")
                                .containsEntry("action", "view")
                                .containsEntry("resource", "record")
                                .containsEntry("decided", "20")
                                .containsEntry("found", "20")
                                .containsEntry("complete", "true");
                    });
        }
    }

    @Test
    void decidesNoMoreThanItsBudgetForOnePageAndLosesNothing() {
        try (TestServer server = start(3)) {
            List<String> found = new ArrayList<>();
            String page = "{}";
            int pages = 0;
            while (!page.isEmpty()) {
                JsonNode answer = server.post(PATH, Json.with(VIEW, "/page", page)).json();
                assertThat(answer.path("results").size()).isLessThanOrEqualTo(3);
                answer.path("results").forEach(one -> found.add(one.path("id").asText()));
                String token = answer.at("/page/next_token").asText("missing");
                page = token.isEmpty() ? "" : "{\"token\": \"" + token + "\"}";
                pages++;
            }
            assertThat(pages).isEqualTo(7);
            assertThat(found).hasSize(20).doesNotHaveDuplicates().isSorted();
        }
    }

    @Test
    void saysThatThereIsMoreToACallerThatAskedForNoPages() {
        try (TestServer server = start(3)) {
            JsonNode answer =
                    server.post(PATH, Json.with(VIEW, "/subject/id", "\"nobody\"")).json();
            assertThat(answer.path("results")).isEmpty();
            assertThat(answer.at("/page/next_token").asText()).isNotEmpty();
        }
    }
}
