package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.Await;
import io.quay.pdp.TestServer;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.standin.RealQuay;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The three stories, from a workload's token to Quay's action log, whatever Quay it is.
abstract class GatewayStories {
    private static final String OWN = "  rights: own";
    private static final String ENROL =
            "  rights: enrol\n  credential_file: quay.token\n  enrol_team: {role: admin}";
    private static final String SUPERUSER =
            "  rights: superuser\n  superusers: [" + StoryBed.AUDITOR + "]";
    private static final String ONE_TOKEN =
            "  execute: oauth_token\n  credential_file: quay.token\n  application: {organization: "
                    + StoryBed.APPLICATIONS
                    + "}";
    private static final String APPLICATION =
            "  execute: application_token\n  credential_file: quay.token\n  application: {organization: "
                    + StoryBed.APPLICATIONS
                    + ", client_id: "
                    + StoryBed.CLIENT
                    + ", scopes: [org:admin, repo:admin, repo:create, user:admin]}\n"
                    + "  token_lifetime: PT5M";
    private static final String FEWER_SCOPES = APPLICATION.replace(", user:admin", "");

    @TempDir private Path directory;

    /// A Quay for one story.
    ///
    /// @param mode how it executes calls
    abstract StoryQuay quay(String mode) throws IOException;

    private StoryBed start(String execution) throws IOException {
        String mode =
                switch (execution) {
                    case OWN -> "sso_jwt own";
                    case ENROL -> "sso_jwt enrol";
                    case SUPERUSER -> "sso_jwt superuser";
                    case ONE_TOKEN -> "oauth_token";
                    default -> "application_token";
                };
        return StoryBed.start(directory, quay(mode), execution);
    }

    private static List<String> all(TerraformRun run) {
        run.apply();
        run.plan();
        run.update();
        run.plan();
        return run.destroy();
    }

    private static Set<String> performers(List<String> log) {
        return log.stream()
                .map(line -> line.substring(line.indexOf(' ') + 1))
                .collect(Collectors.toSet());
    }

    private static long count(List<String> log, String entry) {
        return log.stream().filter(entry::equals).count();
    }

    // Terraform

    @Test
    void terraformMakesAndDestroysItsOrganizationAsItself() throws Exception {
        try (StoryBed bed = start(OWN)) {
            List<String> log =
                    all(
                            new TerraformRun(
                                    bed, bed.terraformToken(), bed.quay.unused("terra"), true));

            assertThat(performers(log)).containsExactly("svc-terraform");
            assertThat(count(log, "create_repo svc-terraform"))
                    .isEqualTo(TerraformRun.REPOSITORIES);
            assertThat(count(log, "delete_repo svc-terraform"))
                    .isEqualTo(TerraformRun.REPOSITORIES);
            assertThat(bed.quay.fetches()).as("fetches of our keys").isIn(1, null);
            everyCallIsOnRecord(bed);
        }
    }

    /// Each call that Quay executed has a decision, and that has Quay's status.
    private static void everyCallIsOnRecord(StoryBed bed) {
        Await.until(() -> bed.calls().size() == bed.quay.executed().size());
        assertThat(bed.calls())
                .allSatisfy(call -> {
                    assertThat(call.state()).isEqualTo(CallRecord.State.ANSWERED);
                    assertThat(call.status()).isBetween(200, 204);
                });
        assertThat(bed.decisions())
                .hasSize(bed.quay.executed().size())
                .allMatch(DecisionRecord::allowed)
                .extracting(DecisionRecord::id)
                .containsExactlyInAnyOrderElementsOf(
                        bed.calls().stream().map(CallRecord::decisionId).toList());
    }

    /// With its own rights alone Quay refuses, and its refusal is what the client gets.
    @Test
    void terraformWithItsOwnRightsOnSomebodysOrganization_isRefusedByQuay() throws Exception {
        try (StoryBed bed = start(OWN)) {
            TestServer.Answer answer =
                    bed.call(
                            bed.terraformToken(),
                            "POST",
                            "/api/v1/repository",
                            "{\"namespace\": \"acme\", \"repository\": \"app0\", \"visibility\": \"private\", \"description\": \"\"}");
            assertThat(answer.status()).as(answer.body()).isEqualTo(403);
            assertThat(answer.json().path("error_type").asText()).isEqualTo("insufficient_scope");
            assertThat(bed.quay.log("acme")).isEmpty();
        }
    }

    @Test
    void terraformIsEnrolledInSomebodysOrganizationAndWorksThereAsItself() throws Exception {
        try (StoryBed bed = start(ENROL)) {
            bed.quay.people("PUT", "/api/v1/organization/acme/robots/bot", "{}");

            List<String> log = all(new TerraformRun(bed, bed.terraformToken(), "acme", false));

            assertThat(log)
                    .containsOnlyOnce("org_create_team quayadmin", "org_add_team_member quayadmin");
            assertThat(count(log, "create_repo svc-terraform"))
                    .isEqualTo(TerraformRun.REPOSITORIES);
            assertThat(count(log, "create_repo quayadmin")).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ONE_TOKEN, APPLICATION})
    void terraformWorksAsTheUserWhoseTokenItIs(String execution) throws Exception {
        try (StoryBed bed = start(execution)) {
            List<String> log =
                    all(
                            new TerraformRun(
                                    bed, bed.terraformToken(), bed.quay.unused("terra"), true));

            assertThat(performers(log)).containsExactly("quayadmin");
            assertThat(count(log, "create_repo quayadmin")).isEqualTo(TerraformRun.REPOSITORIES);
            assertThat(bed.decisions())
                    .extracting(DecisionRecord::principal)
                    .allMatch(principal -> String.valueOf(principal).contains("svc-terraform"));
            if (execution.equals(APPLICATION)) {
                assertThat(bed.quay.tokensOf(bed.quay.unused("pdp-applications"), bed.client))
                        .as("one token for all its calls, of its name")
                        .singleElement()
                        .asString()
                        .contains("svc-terraform");
            }
        }
    }

    /// With a token that may do everything in Quay.
    @Test
    void terraformOnAnotherOrganization_neverReachesQuay() throws Exception {
        try (StoryBed bed = start(ONE_TOKEN)) {
            String token = bed.terraformToken();
            String payroll = "{\"namespace\": \"payroll\", \"repository\": \"web\"}";
            denied(bed.call(token, "POST", "/api/v1/repository", payroll));
            denied(bed.call(token, "DELETE", "/api/v1/organization/payroll", null));
            denied(bed.call(token, "GET", "/api/v1/organization/acme/robots", null));
            refused(
                    400,
                    bed.call(
                            token,
                            "DELETE",
                            "/api/v1/repository/acme%2Fnightly%2Ftag%2Fv0.1",
                            null));
            refused(400, bed.call(token, "GET", "/api/v1/organization/acme%2Frobots%2Fci", null));
            assertThat(bed.quay.executed()).isEmpty();
        }
    }

    private static void denied(TestServer.Answer answer) {
        refused(403, answer);
    }

    /// In the form that Quay's clients read.
    private static void refused(int status, TestServer.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        for (String member : List.of("error_message", "error_type", "detail", "status")) {
            assertThat(answer.json().has(member)).as(member).isTrue();
        }
    }

    // The auditor

    @Test
    void theAuditorsHourlyScriptReadsEverythingAndPrunesAsItself() throws Exception {
        try (StoryBed bed = start(SUPERUSER)) {
            String token = bed.auditorToken();
            for (JsonNode organization :
                    get(bed, token, "/api/v1/superuser/organizations/").path("organizations")) {
                String name = organization.path("name").asText();
                for (JsonNode repository :
                        get(bed, token, "/api/v1/repository?namespace=" + name)
                                .path("repositories")) {
                    String path =
                            "/api/v1/repository/" + name + "/" + repository.path("name").asText();
                    get(bed, token, path + "/permissions/user/");
                    get(bed, token, path + "/tag/");
                }
            }
            assertThat(bed.quay.executed())
                    .hasSizeGreaterThan(6)
                    .extracting(StoryQuay.Executed::user)
                    .isSubsetOf(StoryBed.AUDITOR, null);

            String nightly = "/api/v1/repository/acme/nightly/tag/v0.1";
            assertThat(bed.call(token, "DELETE", nightly, null).status()).isEqualTo(204);
            denied(bed.call(token, "DELETE", "/api/v1/repository/payroll/slips/tag/v1", null));
            denied(bed.call(token, "GET", "/api/v1/organization/payroll/robots", null));
            assertThat(bed.quay.log("acme")).containsExactly("delete_tag " + StoryBed.AUDITOR);
            assertThat(bed.quay.log("payroll")).isEmpty();
        }
    }

    private static JsonNode get(StoryBed bed, String token, String target) {
        TestServer.Answer answer = bed.call(token, "GET", target, null);
        assertThat(answer.status()).as("%s: %s", target, answer.body()).isEqualTo(200);
        return answer.json();
    }

    /// S15: whoever is superuser in Quay without standing in our list is not executed.
    @Test
    void aSuperuserOfQuayThatIsNotConfigured_isRefused() throws Exception {
        try (StoryBed bed = start(OWN)) {
            TestServer.Answer answer =
                    bed.call(bed.auditorToken(), "GET", "/api/v1/superuser/organizations/", null);
            denied(answer);
            assertThat(answer.body()).contains("identity_mismatch");
            assertThat(bed.quay.executed()).isEmpty();
        }
    }

    // The pipeline

    private static String project(String name) {
        return "{\"name\": \"%s\", \"email\": \"%s@example.com\"}".formatted(name, name);
    }

    @ParameterizedTest
    @ValueSource(strings = {OWN, ENROL})
    void thePipelineMakesItsOrganizationWithAFiveMinuteTokenAsItself(String execution)
            throws Exception {
        try (StoryBed bed = start(execution)) {
            TestServer.Answer exchanged = bed.exchange("svc-ci", bed.pipelineWorkload("main"));
            assertThat(exchanged.json().path("expires_in").asInt()).isBetween(240, 300);
            String token = exchanged.json().path("access_token").asText();

            assertThat(
                            bed.call(
                                            token,
                                            "POST",
                                            "/api/v1/organization/",
                                            project(bed.quay.unused("proj-1234")))
                                    .status())
                    .isEqualTo(201);
            denied(bed.call(token, "POST", "/api/v1/organization/", project("payroll2")));
            assertThat(bed.quay.log(bed.quay.unused("proj-1234")))
                    .containsExactly("org_create svc-ci");
            Await.until(() -> bed.quay.executed().size() == 1);
        }
    }

    @Test
    void thePipelinesOrganizationIsMadeByTheUserWhoseTokenItIs() throws Exception {
        try (StoryBed bed = start(APPLICATION)) {
            String token =
                    bed.exchange("svc-ci", bed.pipelineWorkload("main"))
                            .json()
                            .path("access_token")
                            .asText();
            assertThat(
                            bed.call(
                                            token,
                                            "POST",
                                            "/api/v1/organization/",
                                            project(bed.quay.unused("proj-1234")))
                                    .status())
                    .isEqualTo(201);
            assertThat(bed.quay.log(bed.quay.unused("proj-1234")))
                    .containsExactly("org_create quayadmin");
        }
    }

    /// Quay wants the scope for it that changes users.
    @Test
    void anOrganizationByATokenWithoutTheScope_isRefusedByQuay() throws Exception {
        try (StoryBed bed = start(FEWER_SCOPES)) {
            String token =
                    bed.exchange("svc-ci", bed.pipelineWorkload("main"))
                            .json()
                            .path("access_token")
                            .asText();
            String name = bed.quay.unused("proj-1234");
            TestServer.Answer answer =
                    bed.call(token, "POST", "/api/v1/organization/", project(name));
            refused(403, answer);
            assertThat(answer.json().has("cause")).as("refused by us").isFalse();
        }
    }

    @Test
    void thePipelinesOwnTokenIsTakenWithTheAccountItAsksToBe() throws Exception {
        try (StoryBed bed = start(OWN)) {
            TestServer.Answer answer =
                    bed.call(
                            bed.pipelineWorkload("main"),
                            "POST",
                            "/api/v1/organization/",
                            project(bed.quay.unused("proj-1234")),
                            request -> request.header(Credentials.ACCOUNT, "svc-ci"));
            assertThat(answer.status()).as(answer.body()).isEqualTo(201);
            assertThat(bed.quay.log(bed.quay.unused("proj-1234")))
                    .containsExactly("org_create svc-ci");
        }
    }

    @Test
    void aPipelineOfAnotherBranch_neverReachesQuay() throws Exception {
        try (StoryBed bed = start(OWN)) {
            String workload = bed.pipelineWorkload("feature");
            assertThat(bed.exchange("svc-ci", workload).status()).isEqualTo(400);
            TestServer.Answer answer =
                    bed.call(
                            workload,
                            "POST",
                            "/api/v1/organization/",
                            project(bed.quay.unused("proj-1234")),
                            request -> request.header(Credentials.ACCOUNT, "svc-ci"));
            assertThat(answer.status()).isBetween(401, 403);
            assertThat(bed.quay.requests()).isZero();
        }
    }

    // What an account must not do, although Quay would let it and a policy permits it

    /// S15: a user that takes an unused name of `SUPER_USERS` is a superuser.
    @Test
    void s15RenamingItselfToAnUnusedSuperusersName_neverReachesQuay() throws Exception {
        try (StoryBed bed = start(OWN)) {
            TestServer.Answer answer =
                    bed.call(
                            bed.terraformToken(),
                            "PUT",
                            "/api/v1/user/",
                            "{\"username\": \"" + RealQuay.UNUSED_SUPERUSER + "\"}");
            denied(answer);
            assertThat(answer.json().path("cause").asText()).isEqualTo("not_executable");
            assertThat(bed.quay.requests()).isZero();
        }
    }

    /// Quay would show it whether it may be read or not.
    @Test
    void aStarOnAnotherOrganizationsPrivateRepository_neverReachesQuay() throws Exception {
        try (StoryBed bed = start(OWN)) {
            String star = "{\"namespace\": \"%s\", \"repository\": \"%s\"}";
            String token = bed.terraformToken();
            String path = "/api/v1/user/starred";
            denied(bed.call(token, "POST", path, star.formatted("payroll", "slips")));
            assertThat(bed.quay.requests()).isZero();
            assertThat(bed.call(token, "POST", path, star.formatted("acme", "nightly")).status())
                    .isEqualTo(201);
        }
    }

    /// Quay shows them unless it is asked not to, and to this superuser it would.
    @Test
    void robotsTokensInAList_neverLeaveQuay() throws Exception {
        try (StoryBed bed = start(SUPERUSER)) {
            assertThat(bed.quay.people("PUT", "/api/v1/organization/acme/robots/bot", "{}"))
                    .isEqualTo(201);
            String token = bed.auditorToken();
            String robots = "/api/v1/organization/acme/robots";
            denied(bed.call(token, "GET", robots, null));
            denied(bed.call(token, "GET", robots + "?token=true", null));
            denied(bed.call(token, "GET", robots + "/bot", null));
            JsonNode bot = get(bed, token, robots + "?token=false").path("robots").path(0);
            assertThat(bot.path("name").asText()).isEqualTo("acme+bot");
            assertThat(bot.path("token").asText("")).isEmpty();
        }
    }
}
