package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.Await;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.accounts.Suspension;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteSuspensions;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// S20: whoever takes the name of an organization that was deleted or renamed is not reached by the
/// grants that were given on the old one.
final class GrantSuspensionTest {
    private static final String KEEPER = "/v1/service-accounts/svc-keeper";
    private static final String DELETION = "/api/v1/organization/acme";

    @TempDir private Path directory;
    private GatewayBed bed;
    private String admin = "";
    private String keeper = "";
    private String grant = "";

    @BeforeEach
    void start() throws IOException {
        bed = GatewayBed.withOneToken(directory, "", "");
        Path roles = directory.resolve("policies/roles");
        Files.createDirectories(roles);
        Files.writeString(
                roles.resolve("tag-reader.cedar"),
                """
                @id("tag-reader")
                permit (principal in ?principal, action == Quay::Action::"listRepoTags", resource in ?resource);
                """);
        admin = bed.bootstrapToken();
        Await.until(() -> api("GET", "/v1/roles", null).body().contains("tag-reader"));
        api("POST", "/v1/service-accounts", "{\"name\": \"svc-keeper\"}");
        JsonNode credential =
                api("POST", KEEPER + "/credentials", "{\"kind\": \"client_secret\"}").json();
        grant = given("acme");
        given("other");
        keeper =
                bed.access(
                        "grant_type=client_credentials",
                        "svc-keeper:" + credential.path("client_secret").asText());
        assertThat(tags("acme/app")).isEqualTo(200);
        assertThat(tags("other/app")).isEqualTo(200);
    }

    @AfterEach
    void stop() {
        bed.close();
    }

    private Answer api(String method, String path, @Nullable String body) {
        Answer answer =
                bed.server()
                        .send(
                                HttpRequest.newBuilder(bed.server().uri(path))
                                        .header("Authorization", "Bearer " + admin)
                                        .header("Content-Type", "application/json")
                                        .method(
                                                method,
                                                body == null
                                                        ? HttpRequest.BodyPublishers.noBody()
                                                        : HttpRequest.BodyPublishers.ofString(
                                                                body)));
        assertThat(answer.status()).as(answer.body()).isLessThan(300);
        return answer;
    }

    private String given(String organization) {
        return api(
                        "POST",
                        KEEPER + "/grants",
                        "{\"role\": \"tag-reader\", \"resource\": {\"type\": \"Quay::Organization\", \"id\": \""
                                + organization
                                + "\"}}")
                .json()
                .path("id")
                .asText();
    }

    private int tags(String repository) {
        return bed.send(
                        "GET",
                        "/api/v1/repository/" + repository + "/tag/",
                        null,
                        request -> request.header("Authorization", "Bearer " + keeper))
                .status();
    }

    private JsonNode suspended() {
        return api("GET", KEEPER + "/grants/" + grant, null).json().path("suspended");
    }

    /// What is on disk.
    private List<Suspension> kept() {
        try (Database database = Database.openToRead(directory.resolve("data/pdp.db"))) {
            return new SqliteSuspensions(database).all();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    DELETE | /api/v1/organization/acme            |                   | deleteAdminedOrganization
                    DELETE | /api/v1/superuser/organizations/acme |                   | deleteOrganization
                    PUT    | /api/v1/superuser/organizations/acme | {"name": "acme2"} | changeOrganization
                    """)
    void s20GrantsOnAFreedNameDoNotCountUntilConfirmed(
            String method, String target, @Nullable String body, String operation) {
        assertThat(suspended().isNull()).isTrue();
        assertThat(bed.send(method, target, body).status()).isEqualTo(200);
        assertThat(tags("acme/app")).isEqualTo(403);
        assertThat(tags("other/app")).isEqualTo(200);
        assertThat(suspended().path("operation").asText()).isEqualTo(operation);
        assertThat(suspended().path("message").asText()).contains("/v1/suspensions/confirm");
        assertThat(kept()).hasSize(1);
        api("POST", "/v1/suspensions/confirm", "{\"organization\": \"acme\"}");
        assertThat(tags("acme/app")).isEqualTo(200);
        assertThat(suspended().isNull()).isTrue();
        assertThat(kept()).isEmpty();
        assertThat(api("GET", "/v1/events", null).body())
                .contains("grants.suspended", "grants.confirmed");
    }

    @Test
    void s20AGrantThatIsMadeAfterTheDeletionCounts() {
        bed.send("DELETE", DELETION, null);
        assertThat(tags("acme/app")).isEqualTo(403);
        api("DELETE", KEEPER + "/grants/" + grant, null);
        given("acme");
        assertThat(tags("acme/app")).isEqualTo(200);
    }

    @Test
    void s20ADeletionThatQuayRefusesSuspendsOnlyWhileItRuns() {
        List<Suspension> seen = new CopyOnWriteArrayList<>();
        bed.quay()
                .answers((received, out) -> {
                    if (!received.line().startsWith("DELETE ")) {
                        return StubQuay.FINE.answer(received, out);
                    }
                    seen.addAll(kept());
                    return StubQuay.answer(out, "403 Forbidden", "", "{}");
                });
        assertThat(bed.send("DELETE", DELETION, null).status()).isEqualTo(403);
        assertThat(seen).extracting(Suspension::organization).containsExactly("acme");
        assertThat(tags("acme/app")).isEqualTo(200);
        assertThat(kept()).isEmpty();
    }

    @Test
    void s20ADeletionWithoutAnAnswerKeepsGrantsSuspended() {
        bed.quay()
                .answers((received, out) ->
                        !received.line().startsWith("DELETE ")
                                && StubQuay.FINE.answer(received, out));
        assertThat(bed.send("DELETE", DELETION, null).status()).isEqualTo(502);
        assertThat(tags("acme/app")).isEqualTo(403);
        assertThat(kept()).hasSize(1);
    }

    /// The refusal of the second is no news of the first.
    @Test
    void s20ARefusedRepetitionDoesNotLiftASuspension() {
        assertThat(bed.send("DELETE", DELETION, null).status()).isEqualTo(200);
        bed.quay()
                .answers((received, out) ->
                        received.line().startsWith("DELETE ")
                                ? StubQuay.answer(out, "404 Not Found", "", "{}")
                                : StubQuay.FINE.answer(received, out));
        assertThat(bed.send("DELETE", DELETION, null).status()).isEqualTo(404);
        assertThat(tags("acme/app")).isEqualTo(403);
    }
}
