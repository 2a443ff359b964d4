package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.accounts.Office;
import io.quay.pdp.accounts.Write;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.standin.RealQuay;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The ways of execution against a real Quay, and what it would let accounts do on their own.
@Tag(RealQuay.TAG)
class RealQuayTest {
    private static final EntityRef REGISTRY = EntityRef.registry();

    @TempDir private Path directory;
    private final String run = Long.toString(System.nanoTime(), 36);
    private final String account = "svc-real-" + run;
    private final String organization = "real" + run;

    private QuaySite open(Executions.Mode mode) throws Exception {
        return open(directory, mode);
    }

    private static QuaySite open(Path home, Executions.Mode mode) throws Exception {
        RealQuay quay = RealQuay.forStories();
        QuaySite site =
                new QuaySite(
                        home,
                        mode,
                        new QuaySite.Real(quay.url(), quay.administrator(), RealQuay.issuerPort()));
        toNow(site);
        return site;
    }

    /// Quay's clock is the real one.
    private static void toNow(QuaySite site) {
        site.advance(Duration.between(site.office.clock.instant(), Instant.now()));
    }

    private static JsonNode json(HttpResponse<String> answer) throws Exception {
        return TestServer.JSON.readTree(answer.body());
    }

    private List<String> log(String mode) {
        List<String> log = RealQuay.forStories().log(organization);
        RealQuay.report(
                mode,
                "another",
                log.stream().map(line -> line.replace(account, "svc-real")).toList());
        return log;
    }

    private String repository(String name) {
        return "{\"namespace\": \"%s\", \"repository\": \"%s\", \"visibility\": \"private\", \"description\": \"\"}"
                .formatted(organization, name);
    }

    private void makeOrganization(QuaySite site, String authorization) throws Exception {
        assertThat(
                        site.call(
                                authorization,
                                "POST",
                                "/api/v1/organization/",
                                "{\"name\": \"" + organization + "\"}"))
                .isEqualTo(201);
    }

    @Test
    void ownRights() throws Exception {
        try (QuaySite site = open(QuaySite.asAccount())) {
            String token = site.ready(account, "createOrganization", REGISTRY);
            makeOrganization(site, token);
            assertThat(site.call(token, "POST", "/api/v1/repository", repository("app")))
                    .isEqualTo(201);
            assertThat(log("sso_jwt own"))
                    .containsExactly("org_create " + account, "create_repo " + account);
        }
    }

    @Test
    void aSquattedName_isRefused() throws Exception {
        try (QuaySite site = open(QuaySite.asAccount())) {
            assertThat(
                            site.people(
                                    "POST",
                                    "/api/v1/superuser/users/",
                                    "{\"username\": \"%s\", \"email\": \"%s@example.com\"}"
                                            .formatted(account, run)))
                    .isEqualTo(200);
            Prepared.Refused refused = site.refused(account, "getRepo", REGISTRY);
            assertThat(refused.cause()).isEqualTo(Cause.IDENTITY_MISMATCH);
            assertThat(refused.message()).contains(account + "0");
        }
    }

    @Test
    void aPlainUserThatRenamedItselfIsFoundOut() throws Exception {
        try (QuaySite site = open(QuaySite.asAccount())) {
            String token = site.ready(account, "getRepo", REGISTRY);
            assertThat(
                            site.call(
                                    token,
                                    "PUT",
                                    "/api/v1/user/",
                                    "{\"username\": \"" + account + "-x\"}"))
                    .isEqualTo(200);
            site.rememberNoLonger(Duration.ofMinutes(6));
            assertThat(site.refused(account, "getRepo", REGISTRY).cause())
                    .isEqualTo(Cause.IDENTITY_MISMATCH);
        }
    }

    @Test
    void superuser() throws Exception {
        try (QuaySite site = open(QuaySite.asAccount("svc-root"))) {
            site.declareRoot();
            String token = site.ready("svc-root", "listAllUsers", REGISTRY);
            assertThat(site.call(token, "GET", "/api/v1/superuser/users/", null)).isEqualTo(200);
        }
    }

    @Test
    void enrolmentAndWhatPeopleTookAway() throws Exception {
        try (QuaySite site = open(QuaySite.enrolling())) {
            makeOrganization(site, "Bearer " + site.administrator);
            EntityRef target = EntityRef.organization(organization);
            site.account(account);
            site.office.give(Office.BOSS, account, "writer", target);
            String token = site.ready(account, "createRepo", target);
            assertThat(site.call(token, "POST", "/api/v1/repository", repository("app")))
                    .isEqualTo(201);
            assertThat(log("sso_jwt enrol"))
                    .containsExactly(
                            "org_create quayadmin",
                            "org_create_team quayadmin",
                            "org_set_team_description quayadmin",
                            "org_set_team_role quayadmin",
                            "org_add_team_member quayadmin",
                            "create_repo " + account);
            String member = "/api/v1/organization/" + organization + "/team/pdp/members/" + account;
            assertThat(site.people("DELETE", member, null)).isEqualTo(204);
            site.rememberNoLonger(Duration.ofSeconds(31));
            assertThat(site.refused(account, "createRepo", target).cause())
                    .isEqualTo(Cause.ENROLMENT_REMOVED);
            site.office.administration.delete(Office.caller(Office.BOSS), account, Write.PLAIN);
            site.executions.tick();
            assertThat(site.call(token, "GET", "/api/v1/user/", null)).isEqualTo(401);
        }
    }

    @Test
    void oneToken() throws Exception {
        try (QuaySite site = open(new Executions.Mode.OneToken("applications"))) {
            String token = site.ready(account, "createOrganization", REGISTRY);
            makeOrganization(site, token);
            assertThat(site.call(token, "POST", "/api/v1/repository", repository("app")))
                    .isEqualTo(201);
            assertThat(log("oauth_token"))
                    .containsExactly("org_create quayadmin", "create_repo quayadmin");
        }
    }

    @Test
    void applicationTokens() throws Exception {
        String client;
        try (QuaySite site = open(QuaySite.asAccount())) {
            makeOrganization(site, "Bearer " + site.administrator);
            client =
                    json(site.send(
                                    "Bearer " + site.administrator,
                                    "POST",
                                    "/api/v1/organization/" + organization + "/applications",
                                    "{\"name\": \"pdp\"}"))
                            .path("client_id")
                            .asText();
        }
        Executions.Mode mode =
                new Executions.Mode.Application(
                        organization, client, List.of("org:admin", "repo:create"));
        try (QuaySite site = open(directory.resolve("second"), mode)) {
            String token = site.ready(account, "createRepo", EntityRef.organization("other"));
            assertThat(site.call(token, "POST", "/api/v1/repository", repository("app")))
                    .isEqualTo(201);
            String tokens =
                    "/api/v1/organization/" + organization + "/applications/" + client + "/tokens";
            assertThat(site.send("Bearer " + site.administrator, "GET", tokens, null).body())
                    .contains("quay-pdp " + account);
            assertThat(log("application_token"))
                    .contains("create_oauth_api_token quayadmin", "create_repo quayadmin");
            // As if its end had come.
            site.advance(Duration.ofMinutes(5));
            site.executions.tick();
            assertThat(site.send("Bearer " + site.administrator, "GET", tokens, null).body())
                    .doesNotContain("quay-pdp " + account);
        }
    }

    // What Quay would let an account do on its own: why the gateway refuses it

    /// S15.
    @Test
    void aUserThatTakesAnUnusedSuperusersName_wouldBeSuperuser() throws Exception {
        try (QuaySite site = open(QuaySite.asAccount())) {
            String token = site.ready(account, "getRepo", REGISTRY);
            String users = "/api/v1/superuser/users/";
            assertThat(site.call(token, "GET", users, null)).isEqualTo(403);
            String name = "{\"username\": \"" + RealQuay.UNUSED_SUPERUSER + "\"}";
            assertThat(site.call(token, "PUT", "/api/v1/user/", name)).isEqualTo(200);
            assertThat(site.call(token, "GET", users, null)).isEqualTo(200);
        }
    }

    @Test
    void aListOfRobots_wouldShowTheirTokens() throws Exception {
        try (QuaySite site = open(QuaySite.asAccount())) {
            makeOrganization(site, "Bearer " + site.administrator);
            String robots = "/api/v1/organization/" + organization + "/robots";
            assertThat(site.people("PUT", robots + "/ci", "{}")).isEqualTo(201);
            String administrator = "Bearer " + site.administrator;
            String shown = "";
            for (String query : List.of("", "?token=true", "?token=false")) {
                JsonNode robot =
                        json(site.send(administrator, "GET", robots + query, null))
                                .path("robots")
                                .path(0);
                assertThat(robot.path("name").asText()).isEqualTo(organization + "+ci");
                shown += robot.path("token").asText("").isEmpty() ? "-" : "T";
            }
            assertThat(shown).isEqualTo("TT-");
        }
    }

    @Test
    void aStar_wouldShowAPrivateRepository() throws Exception {
        try (QuaySite site = open(QuaySite.asAccount())) {
            String token = site.ready(account, "getRepo", REGISTRY);
            String star = "{\"namespace\": \"payroll\", \"repository\": \"slips\"}";
            assertThat(site.call(token, "GET", "/api/v1/repository/payroll/slips", null))
                    .isEqualTo(403);
            assertThat(site.call(token, "POST", "/api/v1/user/starred", star)).isEqualTo(201);
            assertThat(site.send(token, "GET", "/api/v1/user/starred", null).body())
                    .contains("slips");
        }
    }
}
