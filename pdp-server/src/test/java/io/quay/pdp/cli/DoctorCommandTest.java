package io.quay.pdp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.standin.StandInFaults.Lenience;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// `pdp quay doctor`: each fault that is planted into a Quay is found, and only that one.
final class DoctorCommandTest {
    @TempDir private static Path directory;
    private static DoctorSite site;

    @BeforeAll
    static void startServer() {
        site = DoctorSite.start(directory);
    }

    @AfterAll
    static void stopServer() {
        site.close();
    }

    @BeforeEach
    void startQuay() throws IOException {
        site.startQuay();
    }

    @AfterEach
    void stopQuay() {
        site.quay().close();
    }

    /// The ids of what was found and not accepted.
    static List<String> found(CommandRun run) {
        return run.json()
                .path("findings")
                .valueStream()
                .filter(each -> !each.path("accepted").asBoolean())
                .filter(each -> !each.path("severity").asText().equals("notice"))
                .map(each -> each.path("severity").asText() + " " + each.path("id").asText())
                .toList();
    }

    static JsonNode finding(CommandRun run, String id) {
        return run.json()
                .path("findings")
                .valueStream()
                .filter(each -> each.path("id").asText().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError(id + " is not in " + run.out()));
    }

    private void assertFound(CommandRun run, String... findings) {
        assertThat(run.exitCode()).as(run.out() + run.err()).isEqualTo(1);
        assertThat(found(run)).as(run.out()).containsExactly(findings);
        assertNothingSecret(run);
    }

    private static void assertNothingSecret(CommandRun run) {
        assertThat(run.out() + run.err())
                .doesNotContain("eyJ", site.quay().administrator(), "hunter2");
    }

    @Test
    void aQuayInOrder_isLeftAlone() {
        CommandRun run = site.doctor();
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        assertThat(found(run)).isEmpty();
        assertThat(run.json().path("in_order").asBoolean()).isTrue();
        assertThat(run.json().path("passed").valueStream().map(each -> each.path("id").asText()))
                .contains(
                        "broken_signature",
                        "unknown_key",
                        "expired_token",
                        "wrong_audience",
                        "good_token",
                        "user_name",
                        "user_login",
                        "user_power");
        assertNothingSecret(run);
    }

    @Test
    void anAccountsUserIsMadeOnlyWhenItIsNamed_andSaidBefore() {
        assertThat(site.quay().users()).doesNotContain("svc-terraform");
        assertFound(
                site.run(DoctorSite.OWN, List.of("--accept", "superuser_list")),
                "error account",
                "unknown broken_signature");
        assertThat(site.quay().users()).containsExactly("quayadmin");
        CommandRun named = site.doctor();
        assertThat(named.err())
                .contains("as svc-terraform: Quay makes a user for each that has none");
        assertThat(site.quay().users()).containsExactly("quayadmin", "svc-terraform");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "SIGNATURE, broken_signature, a broken signature",
        "KEY, unknown_key, somebody else's key",
        "EXPIRY, expired_token, an expired token",
        "AUDIENCE, wrong_audience, another audience",
        "ISSUER, wrong_issuer, another issuer",
        "UNSIGNED, unsigned_token, nobody signed",
        "PUBLIC_KEY, public_key_as_secret, our public key as a secret"
    })
    void aTokenThatMustBeRefused_isTaken(Lenience lenience, String id, String seen) {
        site.quay().faults().take(lenience);
        CommandRun run = site.doctor();
        assertFound(run, "error " + id);
        assertThat(finding(run, id).path("seen").asText()).contains("Quay takes", seen);
        assertThat(finding(run, id).path("to_do").asText()).contains("TESTING: false");
        assertThat(site.quay().users()).hasSize(2);
    }

    /// One of several replicas behind a balancer checks nothing.
    @Test
    void aTokenThatIsTakenAtTheThirdTime_isFound() {
        site.quay().faults().takeOneOf(3, Lenience.SIGNATURE);
        assertFound(site.doctor(), "error broken_signature");
    }

    @Test
    void aBrokenSignatureThatIsTaken_isSaidFirst_andCannotBeAccepted() {
        site.quay().faults().take(Lenience.SIGNATURE);
        site.quay().faults().set("FEATURE_USER_RENAME", true);
        CommandRun run = site.text("--account", "svc-terraform", "--accept", "broken_signature");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out().lines().skip(1).findFirst().orElseThrow())
                .startsWith("error    broken_signature")
                .contains("whoever reaches this Quay is any of its users");
    }

    @Test
    void ourIssuerCannotBeReachedFromQuay() throws IOException {
        site.startQuay("http://127.0.0.1:1/quay");
        CommandRun run =
                site.run(
                        DoctorSite.OWN + "  issuer: http://127.0.0.1:1/quay\n",
                        List.of("--account", "svc-terraform", "--accept", "superuser_list"));
        assertFound(
                run,
                "error good_token",
                "unknown broken_signature",
                "unknown unknown_key",
                "unknown expired_token",
                "unknown wrong_audience",
                "unknown wrong_issuer",
                "unknown unsigned_token",
                "unknown public_key_as_secret");
        assertThat(finding(run, "good_token").path("to_do").asText())
                .contains("http://127.0.0.1:1/quay/.well-known/openid-configuration");
    }

    @Test
    void quayKnowsAnotherIssuer() throws IOException {
        site.startQuay("http://127.0.0.1:1/other");
        CommandRun run = site.doctor();
        assertThat(found(run)).contains("error good_token");
        assertThat(run.exitCode()).isEqualTo(1);
    }

    @Test
    void theNameIsSquatted() {
        site.quay().squat("svc-terraform");
        CommandRun run = site.doctor();
        assertFound(run, "error user_name");
        assertThat(finding(run, "user_name").path("seen").asText()).contains("`svc-terraform0`");
    }

    @Test
    void theUserWasRenamed() {
        site.doctor();
        site.quay().rename("svc-terraform", "svc-unused");
        assertFound(site.doctor(), "error user_name");
    }

    @Test
    void somebodyElsesLoginIsBoundToTheUser() {
        site.doctor();
        site.quay().bind("svc-terraform", "github", "4711");
        CommandRun run = site.doctor();
        assertFound(run, "error user_login");
        assertThat(finding(run, "user_login").path("seen").asText()).contains("2 found");
    }

    @Test
    void theServiceHasAnotherNameInQuay() {
        CommandRun run =
                site.run(
                        DoctorSite.OWN + "  service: broker\n",
                        List.of("--account", "svc-terraform", "--accept", "superuser_list"));
        assertFound(run, "error user_login", "error login_service", "warning other_logins");
    }

    @Test
    void anOrdinaryAccountIsSuperuserOfQuay() throws IOException {
        site.startQuay(site.issuer(), "quayadmin", "svc-terraform");
        CommandRun run = site.doctor();
        assertFound(run, "error user_power");
    }

    @Test
    void usersAreNotMade_andTheAccountHasNone() {
        site.quay().createUsers(false);
        CommandRun run = site.doctor();
        assertThat(found(run)).contains("error good_token", "warning user_creation");
        assertThat(finding(run, "good_token").path("seen").asText())
                .contains("User creation is disabled");
    }

    @Test
    void usersAreNotMadeAnyMore_isAcceptedWhereAllAccountsHaveTheirs() {
        site.doctor();
        site.quay().createUsers(false);
        assertFound(site.doctor(), "warning user_creation");
        CommandRun accepted = site.doctor("--accept", "user_creation");
        assertThat(accepted.exitCode()).as(accepted.out()).isZero();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "FEATURE_USERNAME_CONFIRMATION, true, error renames",
        "FEATURE_USER_RENAME, true, error renames",
        "FEATURE_DIRECT_LOGIN, true, error self_registration",
        "FEATURE_INVITE_ONLY_USER_CREATION, true, error invite_only",
        "FEATURE_MAILING, true, warning mailing",
        "FEATURE_SUPERUSERS_ORG_CREATION_ONLY, true, warning organization_creation",
        "REGISTRY_STATE, readonly, warning registry_state"
    })
    void aSwitchOfQuayIsDangerous(String key, String value, String finding) {
        site.quay().faults().set(key, value);
        CommandRun run = site.doctor();
        assertFound(run, finding);
        assertThat(run.json().path("findings").get(0).path("to_do").asText()).isNotEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "FEATURE_USERNAME_CONFIRMATION, unknown renames",
        "FEATURE_INVITE_ONLY_USER_CREATION, unknown invite_only",
        "FEATURE_MAILING, unknown mailing"
    })
    void aSwitchThatQuayDoesNotShow_isUnknown_andNotPassed(String key, String finding) {
        site.quay().faults().hide(key);
        assertFound(site.doctor(), finding);
    }

    @Test
    void nothingOfTheSettingsIsShown_isUnknown_andNotPassed() {
        site.quay().faults().before("/config"::equals, 404, "");
        assertThat(found(site.doctor()))
                .contains(
                        "unknown renames",
                        "unknown self_registration",
                        "unknown user_creation",
                        "unknown login_binding",
                        "unknown login_service",
                        "unknown other_logins",
                        "unknown registry_state");
    }

    @Test
    void anotherLoginServiceMakesUsers() {
        site.quay().faults().loginService("github", "some-client");
        CommandRun run = site.doctor();
        assertFound(run, "warning other_logins");
        assertThat(finding(run, "other_logins").path("items").get(0).asText()).isEqualTo("github");
    }

    @Test
    void quayHasNoLoginServiceOfOurs() {
        site.quay().faults().loginService("pdp", "");
        assertFound(site.doctor(), "error login_service");
    }

    @Test
    void loginsMayBeBoundToPeople_isUnknownWithoutSuperuser_andFoundWithOne() throws IOException {
        site.quay().faults().set("AUTHENTICATION_TYPE", "LDAP");
        assertFound(site.doctor(), "unknown login_binding");
        site.quay().faults().set("FEATURE_SUPERUSER_CONFIGDUMP", true);
        site.quay().faults().set("PDP_LOGIN_CONFIG", Map.of("LOGIN_BINDING_FIELD", "username"));
        assertFound(site.asSuperuser(), "error login_binding");
    }

    @Test
    void aNameInSuperUsersIsFree() throws IOException {
        site.startQuay(site.issuer(), "quayadmin", "nobody-yet");
        site.quay().faults().set("FEATURE_SUPERUSER_CONFIGDUMP", true);
        CommandRun run = site.asSuperuser("--accept", "login_binding");
        assertFound(run, "error superuser_list");
        assertThat(finding(run, "superuser_list").path("items").toString())
                .contains("`nobody-yet` has no user yet");
    }

    @Test
    void anAccountThatIsNotConfiguredSoIsInSuperUsers() throws IOException {
        site.startQuay(site.issuer(), "quayadmin", "svc-other");
        site.quay().squat("svc-other");
        site.quay().faults().set("FEATURE_SUPERUSER_CONFIGDUMP", true);
        CommandRun run = site.asSuperuser();
        assertFound(run, "error superuser_list");
        assertThat(finding(run, "superuser_list").path("items").toString())
                .contains("not of `quay.superusers`");
    }

    @Test
    void superUsersThatAreNotShown_areUnknown() {
        CommandRun run = site.run(DoctorSite.OWN, List.of("--account", "svc-terraform"));
        assertThat(finding(run, "superuser_list").path("severity").asText()).isEqualTo("unknown");
        assertThat(finding(run, "superuser_list").path("to_do").asText()).contains("SUPER_USERS");
        assertThat(run.exitCode()).isEqualTo(1);
    }

    @Test
    void aPrivilegedAccountHasNoUser_andIsNotMadeSilently() throws IOException {
        site.startQuay(site.issuer(), "quayadmin", "svc-ci");
        CommandRun run = site.asPrivileged();
        assertFound(run, "error superuser_account");
        assertThat(site.quay().users()).doesNotContain("svc-ci");
        CommandRun named = site.asPrivileged("--account", "svc-ci");
        assertThat(named.exitCode()).as(named.out()).isZero();
        assertThat(site.quay().users()).contains("svc-ci");
        assertThat(site.asPrivileged().exitCode()).isZero();
    }

    @Test
    void aPrivilegedAccountIsNoSuperuserOfQuay() {
        assertFound(site.asPrivileged("--account", "svc-ci"), "error superuser_power");
    }

    @Test
    void aPrivilegedAccountsNameIsSquatted() throws IOException {
        site.startQuay(site.issuer(), "quayadmin", "svc-ci");
        site.quay().squat("svc-ci");
        assertFound(site.asPrivileged(), "error user_name", "error superuser_power");
    }

    @Test
    void superusersDoNotReachWhatIsOthers() throws IOException {
        site.startQuay(site.issuer(), "quayadmin", "svc-ci");
        site.quay().faults().set("FEATURE_SUPERUSERS_FULL_ACCESS", false);
        assertFound(site.asPrivileged("--account", "svc-ci"), "error full_access");
    }

    @Test
    void theCredentialIsRefused() throws IOException {
        assertFound(site.enrolling("not-a-token-of-this-quay"), "error credential");
    }

    @Test
    void theCredentialIsNoSuperusers() throws IOException {
        assertFound(site.enrolling(site.ordinaryToken()), "error credential");
    }

    @Test
    void aTokenlessModeSaysThatSignaturesWereNotTried() throws IOException {
        CommandRun run = site.shared();
        assertFound(run, "unknown broken_signature");
        site.quay().faults().set("FEATURE_SUPERUSER_CONFIGDUMP", true);
        site.quay().faults().set("TESTING", true);
        assertFound(site.shared(), "error broken_signature");
        site.quay().faults().set("TESTING", false);
        assertThat(site.shared().exitCode()).isZero();
    }

    @Test
    void aMissingSlashIsNotAddedByRedirect() {
        site.quay().faults().before("/api/v1/user"::equals, 404, "");
        assertFound(site.doctor(), "warning slash_redirects");
    }

    @Test
    void anEncodedSlashIsRefusedBeforeQuay() {
        site.quay().faults().before(target -> target.contains("%2F"), 404, "");
        assertFound(site.doctor(), "warning encoded_slash");
    }

    @Test
    void theBaseUrlOnlyRedirects() {
        site.quay().faults().before(_ -> true, 301, "https://quay.example.com/");
        CommandRun run = site.doctor();
        assertFound(run, "error base_url");
        assertThat(finding(run, "base_url").path("seen").asText())
                .contains("https://quay.example.com/");
    }

    @Test
    void ourIssuerIsHttp() {
        CommandRun run =
                site.run(
                        DoctorSite.OWN + "  issuer: http://pdp.example.com/quay\n",
                        List.of("--account", "svc-terraform"));
        assertThat(found(run)).contains("error issuer_http");
    }

    @Test
    void quayVerifiesNoCertificateOfOurs() throws IOException {
        site.quay().faults().set("FEATURE_SUPERUSER_CONFIGDUMP", true);
        site.quay().faults().set("PDP_LOGIN_CONFIG", Map.of("DEBUGGING", true));
        String https = DoctorSite.OWN + "  issuer: https://pdp.example.com/quay\n";
        assertThat(found(site.run(https, List.of("--account", "svc-terraform"))))
                .contains("unknown issuer_tls");
        assertThat(found(site.run(https, site.withSuperuser()))).contains("error issuer_tls");
    }

    @Test
    void anOperationOfQuayIsNotInTheCatalog() {
        site.quay().faults().operation("POST", "/api/v1/brand/new/{thing}");
        CommandRun run = site.doctor();
        assertFound(run, "warning catalog_lacks");
        assertThat(finding(run, "catalog_lacks").path("items").get(0).asText())
                .isEqualTo("POST /api/v1/brand/new/{}");
    }

    @Test
    void anOperationOfTheCatalogIsNotOfQuay_isNoted() throws IOException {
        site.startQuayWithout("GET", "/api/v1/user/");
        CommandRun run = site.doctor();
        assertThat(run.exitCode()).isZero();
        assertThat(finding(run, "quay_lacks").path("severity").asText()).isEqualTo("notice");
        assertThat(finding(run, "quay_lacks").path("items").get(0).asText())
                .isEqualTo("GET /api/v1/user/");
    }

    @Test
    void noQuayAnswers() {
        CommandRun run = site.at("http://127.0.0.1:1", "--account", "svc-terraform");
        assertThat(run.exitCode()).isEqualTo(5);
        assertThat(run.err()).contains("error: http://127.0.0.1:1: no connection");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void somethingElseThanQuayAnswers() {
        site.quay().faults().before(_ -> true, 200, "");
        CommandRun run = site.doctor();
        assertThat(run.exitCode()).isEqualTo(5);
        assertThat(run.err()).contains("does not answer as Quay does");
    }

    @Test
    void anUnknownAccount_aDisabledOne_andAnUnknownCheck_areRefused() {
        assertThat(site.doctor("--account", "svc-nobody").exitCode()).isEqualTo(2);
        assertThat(site.doctor("--account", "svc-off").err()).contains("is disabled");
        assertThat(site.doctor("--accept", "no_such_check").err()).contains("no check");
        assertThat(site.quay().users()).containsExactly("quayadmin");
    }

    @Test
    void helpHasAnExample() {
        CommandRun run = CommandRun.of("quay", "doctor", "--help");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("Example: pdp quay doctor --config", "--accept", "--account");
    }

    @ParameterizedTest
    @EnumSource(io.quay.pdp.gateway.doctor.Check.class)
    void everyCheckIsDocumented(io.quay.pdp.gateway.doctor.Check check) throws IOException {
        assertThat(DoctorSite.page()).contains("`" + check.id() + "`");
    }

    /// As many arguments as there are.
    static List<String> both(List<String> first, String... more) {
        return Stream.concat(first.stream(), Stream.of(more)).toList();
    }
}
