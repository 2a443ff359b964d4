package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.http.ProxiedServer.Answer;
import io.quay.pdp.http.ProxiedServer.Asked;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.quay.CatalogRequests;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whoever asks for whichever operation: through every face it is the same decision.
final class FacesAgreeOnEveryoneTest {
    private static final String APP = "/api/v1/repository/acme/app";

    /// Who asks, and what becomes of reading acme/app.
    enum Who {
        ALLOWED("allow"),
        NOTHING_PERMITTED("no_permit"),
        GRANTED("allow"),
        GRANTED_ELSEWHERE("no_permit"),
        BY_ADDRESS("attribute_unavailable"),
        DISABLED("account_disabled"),
        SCOPED("allow"),
        SCOPED_TO_OTHERS("insufficient_scope"),
        WORKLOAD("allow"),
        WORKLOAD_OF_ANOTHER("no_permit"),
        NO_TOKEN("invalid_token"),
        WRONG_TOKEN("invalid_token");

        private final String expected;

        Who(String expected) {
            this.expected = expected;
        }
    }

    /// @param account that is asked for beside the token; empty = none
    private record Shown(String token, String account) {}

    @TempDir private static Path directory;
    private static ProxiedServer server;
    private static final Map<Who, Shown> CREDENTIALS = new LinkedHashMap<>();

    @BeforeAll
    static void start() {
        TestIssuer issuer = TestIssuer.create("http://127.0.0.1:9");
        server = ProxiedServer.start(directory, "federation: {direct: true}\n", policies(issuer));
        CREDENTIALS.put(Who.ALLOWED, new Shown(server.proxied(), ""));
        CREDENTIALS.put(Who.NOTHING_PERMITTED, new Shown(server.nothing(), ""));
        CREDENTIALS.put(Who.GRANTED, new Shown(server.token("svc-granted", ""), ""));
        CREDENTIALS.put(Who.GRANTED_ELSEWHERE, new Shown(server.token("svc-elsewhere", ""), ""));
        CREDENTIALS.put(Who.BY_ADDRESS, new Shown(server.token("svc-networked", ""), ""));
        CREDENTIALS.put(Who.DISABLED, new Shown(disabled(), ""));
        CREDENTIALS.put(Who.SCOPED, new Shown(server.token("svc-proxied", "repo:read"), ""));
        CREDENTIALS.put(
                Who.SCOPED_TO_OTHERS, new Shown(server.token("svc-proxied", "user:read"), ""));
        String workload = issuer.sign(issuer.kubernetesClaims("ci", "runner", Instant.now()));
        String other = issuer.sign(issuer.kubernetesClaims("ci", "intruder", Instant.now()));
        CREDENTIALS.put(Who.WORKLOAD, new Shown(workload, "svc-proxied"));
        CREDENTIALS.put(Who.WORKLOAD_OF_ANOTHER, new Shown(other, "svc-proxied"));
        CREDENTIALS.put(Who.NO_TOKEN, new Shown("", ""));
        CREDENTIALS.put(
                Who.WRONG_TOKEN,
                new Shown(server.proxied().replaceFirst("[^.]{9}$", "AAAAAAAAA"), ""));
    }

    private static Map<String, String> policies(TestIssuer issuer) {
        String grant = "[{role: reader, resource: {type: Quay::Repository, id: %s}}]";
        return Map.of(
                "accounts.yaml",
                """
                service_accounts:
                  - {name: svc-proxied}
                  - {name: svc-nothing}
                  - {name: svc-networked}
                  - {name: svc-granted, grants: %s}
                  - {name: svc-elsewhere, grants: %s}
                """
                        .formatted(grant.formatted("acme/app"), grant.formatted("acme/other")),
                "roles/reader.cedar",
                """
                @id("reader")
                @waive("superuser-role: for the test")
                permit (principal in ?principal, action in Quay::Action::"read-safe", resource in ?resource)
                unless { action in Quay::Action::"super:user" };
                """,
                "access/networked.cedar",
                """
                @id("from-the-network")
                permit (
                    principal == Quay::ServiceAccount::"svc-networked",
                    action in Quay::Action::"read-safe",
                    resource == Quay::Repository::"acme/app"
                )
                when { context has source_ip && context.source_ip.isInRange(ip("10.0.0.0/8")) };
                """,
                "jwks.json",
                issuer.jwks(),
                "issuers.yaml",
                """
                issuers:
                  - name: cluster
                    kind: kubernetes
                    issuer: %s
                    audience: %s
                    keys: {jwks_file: jwks.json}
                """
                        .formatted(issuer.iss(), TestIssuer.AUDIENCE),
                "trust/runner.cedar",
                """
                @id("runner")
                permit (
                    principal is Workload::Kubernetes,
                    action == Pdp::Action::"assume",
                    resource == Quay::ServiceAccount::"svc-proxied"
                )
                when { principal.issuer == "cluster" && principal.namespace == "ci" && principal.service_account == "runner" };
                """);
    }

    /// A token of an account that is switched off once it has it.
    private static String disabled() {
        String accounts = "/v1/service-accounts";
        assertThat(
                        server.administer(
                                        "POST",
                                        accounts,
                                        TestServer.JSON_TYPE,
                                        "{\"name\": \"svc-leaving\"}")
                                .status())
                .isEqualTo(201);
        String token = server.token("svc-leaving", "");
        assertThat(
                        server.administer(
                                        "PATCH",
                                        accounts + "/svc-leaving",
                                        "application/merge-patch+json",
                                        "{\"enabled\": false}")
                                .status())
                .isEqualTo(200);
        return token;
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Shown shown(Who who) {
        return Objects.requireNonNull(CREDENTIALS.get(who));
    }

    private static TestServer.Answer authorize(Shown shown, QuayRequest request) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode asked =
                body.putObject("request")
                        .put("method", request.method())
                        .put("target", request.target());
        switch (request.body()) {
            case RequestBody.Json(JsonNode json) -> asked.set("body", json);
            case RequestBody.Omitted _ -> asked.put("body_omitted", true);
            case RequestBody.Absent _, RequestBody.Raw _ -> {}
        }
        if (!shown.token().isEmpty()) {
            body.put("token", shown.token());
        }
        if (!shown.account().isEmpty()) {
            body.put("account", shown.account());
        }
        return server.server().post("/authorize", body.toString());
    }

    private static Answer ask(Asked face, Shown shown, String method, String target) {
        List<String> headers = new ArrayList<>();
        if (!shown.token().isEmpty()) {
            headers.add("Authorization: Bearer " + shown.token());
        }
        if (!shown.account().isEmpty()) {
            headers.add("X-PDP-Account: " + shown.account());
        }
        return server.ask(face, method, target, headers.toArray(String[]::new));
    }

    private static String recorded(String id) {
        return SameDecision.recorded(server, id);
    }

    @ParameterizedTest
    @EnumSource
    void decidesTheSameForEachPrincipal(Who who) {
        Shown shown = shown(who);
        for (String target :
                List.of(APP, APP + "/tag", APP + "?includeTags=1", "/api/v1/user/", "/nothing")) {
            TestServer.Answer decided =
                    authorize(shown, new QuayRequest("GET", target, new RequestBody.Omitted()));
            assertThat(decided.status()).as(who + " " + decided.body()).isEqualTo(200);
            if (target.equals(APP)) {
                assertThat(decided.context().path("cause").asText("")).isEqualTo(causeOf(who));
            }
            String recorded = recorded(decided.context().path("id").asText());
            for (Asked face : Asked.values()) {
                Answer answer = ask(face, shown, "GET", target);
                String what = who + " " + target + " " + face;
                assertThat(recorded(answer.header("X-PDP-Decision-ID")))
                        .as(what)
                        .isEqualTo(recorded);
                assertThat(answer.status()).as(what).isEqualTo(statusOf(decided));
            }
        }
    }

    private static String causeOf(Who who) {
        return who.expected.equals("allow") ? "" : who.expected;
    }

    private static int statusOf(TestServer.Answer decided) {
        if (decided.json().path("decision").asBoolean()) {
            return 200;
        }
        return decided.cause().equals("invalid_token") ? 401 : 403;
    }

    @Test
    void decidesTheSameForEachOperation() {
        List<Operation> operations = CatalogRequests.operations();
        assertThat(operations).hasSize(297);
        Shown shown = shown(Who.ALLOWED);
        int allowed = 0;
        for (Operation operation : operations) {
            QuayRequest request = CatalogRequests.full(operation);
            TestServer.Answer decided =
                    authorize(
                            shown,
                            new QuayRequest(
                                    request.method(), request.target(), new RequestBody.Omitted()));
            boolean allow = decided.json().path("decision").asBoolean();
            allowed += allow ? 1 : 0;
            for (Asked face : Asked.values()) {
                Answer answer = ask(face, shown, request.method(), request.target());
                String what = operation.name() + " " + face;
                assertThat(answer.header("X-PDP-Cause"))
                        .as(what)
                        .isEqualTo(allow ? "" : decided.cause());
                if (allow) {
                    // Of equal denials only the first are recorded.
                    assertThat(recorded(answer.header("X-PDP-Decision-ID")))
                            .as(what)
                            .isEqualTo(recorded(decided.context().path("id").asText()));
                }
                assertThat(answer.status()).as(what).isEqualTo(statusOf(decided));
            }
        }
        assertThat(allowed).isGreaterThan(200);
    }

    @Test
    void decidesTheSameByBodyAndByTriple() {
        int compared = 0;
        for (Operation operation : CatalogRequests.operations()) {
            TestServer.Answer decided =
                    authorize(shown(Who.ALLOWED), CatalogRequests.full(operation));
            assertThat(decided.json().path("decision").asBoolean())
                    .as(operation.name() + decided.body())
                    .isTrue();
            TestServer.Answer evaluated =
                    server.server()
                            .post("/access/v1/evaluation", SameDecision.asTriple(server, decided));
            assertThat(recordedWithoutToken(evaluated))
                    .as(operation.name())
                    .isEqualTo(recordedWithoutToken(decided));
            compared++;
        }
        assertThat(compared).isEqualTo(297);
    }

    private static String recordedWithoutToken(TestServer.Answer answer) {
        return SameDecision.withoutToken(recorded(answer.context().path("id").asText()));
    }
}
