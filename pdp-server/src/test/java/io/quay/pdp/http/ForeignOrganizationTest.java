package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.ACME;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.accounts.Enrolment;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.EntityRef;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// S11 and insecure direct references: an administrator of organization acme meets what is of
/// organization payroll, at every route of the table.
class ForeignOrganizationTest {
    private static final String FOREIGN = "svc-payroll";
    private static final String GRANT =
            """
            {"role": "reader", "resource": {"type": "Quay::Organization", "id": "%s"}}
            """;

    /// What everybody reads who may read it at all: it is of no organization.
    private static final Set<String> OF_THE_REGISTRY =
            Set.of("listRoles", "listOperations", "listIssuers", "listSigningKeys");

    @TempDir private Path directory;
    private ApiServer api;
    private int count;

    /// An account and one of everything that it can have, by their ids.
    private record Target(
            String name, String credential, String grant, String revocation, String decision) {}

    @BeforeEach
    void start() {
        api = ApiServer.start(directory);
        var _ = make(FOREIGN, "payroll");
        var _ = make("svc-ours", "acme");
    }

    private Target make(String account, String organization) {
        api.make(account, organization);
        String path = ACCOUNTS + "/" + account;
        Answer credential = api.post(BOSS, path + "/credentials", "{\"kind\": \"client_secret\"}");
        Answer grant = api.post(BOSS, path + "/grants", GRANT.formatted(organization));
        Answer revocation = api.post(BOSS, "/v1/revocations", "{\"account\": \"" + account + "\"}");
        List.of(credential, grant, revocation).forEach(ForeignOrganizationTest::created);
        api.enrolments.keep(
                new Enrolment(
                        api.get(BOSS, path).json().path("id").asText(),
                        organization,
                        account,
                        Enrolment.State.REMOVED,
                        Instant.EPOCH),
                null);
        api.suspensions.suspend(Set.of(organization), account, "deleteOrganization", account);
        String decision =
                api.decisions
                        .decide(
                                new AccessRequest(
                                        Subject.Named.of(EntityRef.serviceAccount(account)),
                                        new AccessRequest.Asked.Triple(
                                                "getRepo",
                                                EntityRef.repository(organization + "/web"),
                                                Map.of(),
                                                Map.of(),
                                                Map.of()),
                                        null),
                                "pep",
                                "request-1")
                        .id();
        return new Target(account, id(credential), id(grant), id(revocation), decision);
    }

    private static String id(Answer answer) {
        return answer.json().path("id").asText();
    }

    private static void created(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static String pathTo(Route route, Target target) {
        String id =
                switch (route.path().replaceAll(".*/([a-z-]+)/\\{id}.*", "$1")) {
                    case "grants" -> target.grant();
                    case "revocations" -> target.revocation();
                    case "decisions" -> target.decision();
                    default -> target.credential();
                };
        return route.path().contains("{name}") ? route.at(target.name(), id) : route.at(id);
    }

    private static @Nullable String bodyOf(Route route, Target target) {
        return switch (route.id()) {
            case "createServiceAccount" -> "{\"name\": \"svc-smuggled\", \"owner\": \"payroll\"}";
            case "putServiceAccount", "patchServiceAccount" -> "{\"owner\": \"acme\"}";
            case "createCredential" -> "{\"kind\": \"client_secret\"}";
            case "createGrant" -> GRANT.formatted("acme");
            case "createRevocation" -> "{\"account\": \"" + target.name() + "\"}";
            case "approveEnrolment" ->
                    "{\"account\": \"" + target.name() + "\", \"organization\": \"payroll\"}";
            case "confirmGrants" -> "{\"organization\": \"payroll\"}";
            case "explain" ->
                    """
                    {"principal": "%s", "request": {"method": "GET", "target": "/api/v1/repository/payroll/web"}}
                    """
                            .formatted(target.name());
            default -> route.body() == null ? null : "{}";
        };
    }

    /// Every route that names one thing, or changes something.
    @TestFactory
    List<DynamicTest> whatIsOfAnotherOrganization_isOutOfReach() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Route route : api.face.routes()) {
            if (route.method() != Route.Method.GET || !route.pathParameters().isEmpty()) {
                tests.add(DynamicTest.dynamicTest(route.id(), () -> outOfReach(route)));
            }
        }
        assertThat(tests).hasSizeGreaterThan(18);
        return tests;
    }

    private void outOfReach(Route route) {
        Target target = make(FOREIGN + "-" + ++count, "payroll");
        String method = route.method().name();
        String path = pathTo(route, target);
        String before = state(target);
        Answer answer = api.send(ACME, method, path, bodyOf(route, target));
        assertThat(answer.status()).as(answer.body()).isIn(403, 404);
        assertThat(state(target)).isEqualTo(before);
        if (!route.pathParameters().isEmpty() && route.method() != Route.Method.PUT) {
            // what may not be seen looks like what is not there
            Target absent = new Target("svc-nowhere", "no", "no", "no", "no");
            Answer none = api.send(ACME, method, pathTo(route, absent), bodyOf(route, absent));
            assertThat(answer.status()).isEqualTo(none.status());
            assertThat(shape(answer, target)).isEqualTo(shape(none, absent));
        }
        assertThat(api.send(BOSS, method, path, bodyOf(route, target)).status())
                .as("the same by the boss")
                .isLessThan(300);
    }

    private static String shape(Answer problem, Target target) {
        return problem.json().path("title").asText()
                + problem.json().path("detail").asText().replace(target.name(), "NAME");
    }

    private String state(Target target) {
        String account = ACCOUNTS + "/" + target.name();
        return api.get(BOSS, account).body()
                + api.get(BOSS, account + "/credentials").body()
                + api.get(BOSS, account + "/grants").body()
                + api.get(BOSS, "/v1/revocations").body()
                + api.get(BOSS, ACCOUNTS).body();
    }

    /// The lists are found by themselves: those that answer pages without naming an account.
    @TestFactory
    List<DynamicTest> listsShowWhatTheCallerMaySee_itemByItem() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Route route : api.face.routes()) {
            if (route.has(Route.Trait.LIST) && route.pathParameters().isEmpty()) {
                tests.add(DynamicTest.dynamicTest(route.id(), () -> filtered(route)));
            }
        }
        assertThat(tests).hasSizeGreaterThan(7);
        return tests;
    }

    private void filtered(Route route) {
        JsonNode all = api.get(BOSS, route.path()).json().path("items");
        Answer answer = api.get(ACME, route.path());
        if (OF_THE_REGISTRY.contains(route.id())) {
            assertThat(answer.status()).as(answer.body()).isEqualTo(403);
            return;
        }
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        JsonNode some = answer.json().path("items");
        assertThat(all.toString()).contains(FOREIGN).contains("svc-ours");
        assertThat(some.toString()).contains("svc-ours").doesNotContain(FOREIGN, "payroll");
        assertThat(ids(all)).containsAll(ids(some));
        if (route.has(Route.Trait.EXPORTS)) {
            Answer lines = api.get(ACME, route.path(), "Accept", Replies.LINES);
            assertThat(lines.body()).contains("svc-ours").doesNotContain(FOREIGN, "payroll");
            assertThat(lines.body().lines().count()).isEqualTo(some.size());
        }
    }

    private static Set<String> ids(JsonNode items) {
        Set<String> ids = new TreeSet<>();
        items.forEach(item -> ids.add(item.path("id").asText()));
        return ids;
    }

    /// A list that is answered in another way than by pages would not be found above.
    @Test
    void everyAnswerWithItems_isAListOfTheTable() {
        for (Route route : api.face.routes()) {
            if (route.method() == Route.Method.GET && route.pathParameters().isEmpty()) {
                JsonNode answer = api.get(BOSS, route.path()).json();
                assertThat(route.has(Route.Trait.LIST))
                        .as(route.id())
                        .isEqualTo(answer.has("items"));
            }
        }
    }

    @Test
    void anExportOfSomebodyElsesRecords_isEmpty() {
        Answer lines = api.get(ACME, "/v1/decisions?principal=" + FOREIGN, "Accept", Replies.LINES);
        assertThat(lines.status()).isEqualTo(200);
        assertThat(lines.body()).isEmpty();
    }
}
