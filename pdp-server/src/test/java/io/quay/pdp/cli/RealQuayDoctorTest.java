package io.quay.pdp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.standin.RealQuay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/// `pdp quay doctor` before a real Quay: content with one in order, and it finds each fault that
/// Quay's configuration can have. Quay is restarted for each group of faults, so the groups are few
/// and in order: the first makes the account's user.
@Tag(RealQuay.TAG)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class RealQuayDoctorTest {
    private static final String ACCOUNT = "svc-terraform";
    private static final List<String> RIGHT =
            List.of(
                    "FEATURE_USERNAME_CONFIRMATION: false",
                    "FEATURE_DIRECT_LOGIN: false",
                    "FEATURE_SUPERUSER_CONFIGDUMP: true");

    @TempDir private static Path directory;
    private static DoctorSite site;
    private @Nullable RealQuay quay;

    @BeforeAll
    static void startServer() {
        site = DoctorSite.start(directory, RealQuay.issuerPort());
    }

    @AfterAll
    static void stopServer() {
        site.close();
    }

    /// Quay in order, but for these lines of its configuration.
    private void restart(List<String> more, String... settings) {
        List<String> options = new ArrayList<>(more);
        List<String> lines = new ArrayList<>(RIGHT);
        for (String line : settings) {
            String key = line.substring(0, line.indexOf(':') + 1);
            lines.removeIf(each -> each.startsWith(key));
            lines.add(line);
        }
        lines.forEach(line -> options.addAll(List.of("--set", line)));
        quay = RealQuay.started(options.toArray(String[]::new));
    }

    private RealQuay quay() {
        return Objects.requireNonNull(quay, "no Quay was started");
    }

    private CommandRun doctor(String section, String account) throws IOException {
        Path token = Files.writeString(directory.resolve("look.token"), quay().administrator());
        CommandRun run =
                site.run(
                        quay().url(),
                        section,
                        List.of(
                                "--account",
                                account,
                                "--credential",
                                token.toString(),
                                "--format",
                                "json"));
        assertThat(run.out() + run.err()).doesNotContain("eyJ", quay().administrator());
        return run;
    }

    /// @param fault for the report
    private List<String> found(String fault, String section) throws IOException {
        return found(fault, doctor(section, ACCOUNT));
    }

    private static List<String> found(String fault, CommandRun run) {
        List<String> found = DoctorCommandTest.found(run);
        RealQuay.reportFindings(fault, found);
        return found;
    }

    @Test
    @Order(1)
    void aQuayInOrder_isLeftAlone() throws IOException {
        restart(List.of("--fresh"));
        CommandRun run = doctor(DoctorSite.OWN, ACCOUNT);
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        assertThat(found("in order", run)).isEmpty();
        assertThat(run.json().path("passed").valueStream().map(each -> each.path("id").asText()))
                .contains(
                        "broken_signature",
                        "unknown_key",
                        "expired_token",
                        "wrong_audience",
                        "good_token",
                        "user_name",
                        "user_login",
                        "user_power",
                        "renames",
                        "self_registration",
                        "login_service",
                        "superuser_list",
                        "catalog_lacks",
                        "slash_redirects",
                        "encoded_slash");
    }

    @Test
    @Order(2)
    void faultsOfUsersAndOfOurConfigurationAreFound() throws IOException {
        restart(List.of("--fresh"));
        quay().call(
                        "POST",
                        "/api/v1/superuser/users/",
                        "{\"username\": \"svc-ci\", \"email\": \"svc-ci@example.com\"}");
        assertThat(found("the name is squatted", doctor(DoctorSite.OWN, "svc-ci")))
                .containsExactly("error user_name");
        assertThat(
                        found(
                                "a privileged account is no superuser",
                                DoctorSite.OWN
                                        + "  rights: superuser\n  superusers: [svc-terraform]\n"))
                .contains("error superuser_power");
        assertThat(
                        found(
                                "issuer by http",
                                DoctorSite.OWN + "  issuer: http://pdp.example.com/quay\n"))
                .contains("error issuer_http");
        assertThat(
                        found(
                                "DEBUGGING in the login block",
                                DoctorSite.OWN + "  issuer: https://pdp.example.com/quay\n"))
                .as("DEBUGGING in the login block")
                .contains("error issuer_tls");
        Path bad = Files.writeString(directory.resolve("bad.token"), "not-one-of-this-quay");
        assertThat(
                        found(
                                "a bad credential",
                                DoctorSite.OWN
                                        + "  rights: enrol\n  credential_file: "
                                        + bad
                                        + "\n"))
                .containsExactly("error credential");
    }

    @Test
    @Order(3)
    void testingUnset_andSwitchesAreFound() throws IOException {
        restart(
                List.of("--unset", "TESTING", "--superusers", "nobody-yet"),
                "FEATURE_USERNAME_CONFIRMATION: true",
                "FEATURE_DIRECT_LOGIN: true",
                "FEATURE_MAILING: true",
                "FEATURE_SUPERUSERS_ORG_CREATION_ONLY: true",
                "FEATURE_SUPERUSERS_FULL_ACCESS: false",
                "FEATURE_GITHUB_LOGIN: true",
                "GITHUB_LOGIN_CONFIG: {CLIENT_ID: x, CLIENT_SECRET: x,"
                        + " GITHUB_ENDPOINT: 'http://127.0.0.1:1/',"
                        + " API_ENDPOINT: 'http://127.0.0.1:1/'}");
        CommandRun run =
                doctor(DoctorSite.OWN + "  rights: superuser\n  superusers: [svc-ci]\n", ACCOUNT);
        assertThat(found("TESTING unset, dangerous switches", run))
                .as(run.out())
                .startsWith("error broken_signature")
                .contains(
                        "error unknown_key",
                        "error expired_token",
                        "error wrong_audience",
                        "error renames",
                        "error self_registration",
                        "warning mailing",
                        "warning organization_creation",
                        "error full_access",
                        "warning other_logins",
                        "error superuser_list");
        assertThat(DoctorCommandTest.finding(run, "superuser_list").path("items").toString())
                .contains("nobody-yet");
    }

    @Test
    @Order(4)
    void noUsersAreMade_nothingIsWritten_andAnAccountIsSuperuser() throws IOException {
        restart(
                List.of("--superusers", ACCOUNT),
                "FEATURE_USER_CREATION: false",
                "FEATURE_INVITE_ONLY_USER_CREATION: true",
                "REGISTRY_STATE: readonly");
        assertThat(found("no users made, readonly, account is superuser", DoctorSite.OWN))
                .contains(
                        "warning user_creation",
                        "error invite_only",
                        "warning registry_state",
                        "error user_power",
                        "error superuser_list");
    }

    /// Without its LDAP server, Quay shows its superuser nothing.
    @Test
    @Order(5)
    void loginsMayBeBoundToPeople() throws IOException {
        String bound = login(RealQuay.issuer(), "quay", ", LOGIN_BINDING_FIELD: username");
        restart(
                List.of(),
                "AUTHENTICATION_TYPE: LDAP",
                "LDAP_URI: ldap://127.0.0.1:1",
                "LDAP_BASE_DN: [dc=example, dc=com]",
                "LDAP_USER_RDN: [ou=people]",
                "LDAP_ADMIN_DN: cn=admin",
                "LDAP_ADMIN_PASSWD: unused",
                bound);
        assertThat(found("LDAP that does not answer", DoctorSite.OWN))
                .contains("unknown login_binding");
        restart(List.of(), "AUTHENTICATION_TYPE: AppToken", bound);
        assertThat(found("logins are bound", DoctorSite.OWN)).contains("error login_binding");
    }

    @Test
    @Order(6)
    void quayKnowsAnotherIssuer() throws IOException {
        restart(List.of(), login("http://127.0.0.1:1/quay", "quay", ""));
        assertThat(found("another issuer", DoctorSite.OWN)).contains("error good_token");
    }

    @Test
    @Order(7)
    void quayKnowsAnotherAudience() throws IOException {
        restart(List.of(), login(RealQuay.issuer(), "another", ""));
        assertThat(found("another audience", DoctorSite.OWN))
                .contains("error good_token", "error login_service");
    }

    @Test
    @Order(8)
    void theServiceHasAnotherNameInQuay() throws IOException {
        restart(
                List.of("--unset", "PDP_LOGIN_CONFIG"),
                login(RealQuay.issuer(), "quay", "").replace("PDP_", "BROKER_"));
        assertThat(found("another service name", DoctorSite.OWN))
                .contains("error user_login", "error login_service");
    }

    private static String login(String issuer, String audience, String more) {
        return "PDP_LOGIN_CONFIG: {CLIENT_ID: %s, CLIENT_SECRET: unused, OIDC_SERVER: %s/, SERVICE_NAME: PDP, DEBUGGING: true%s}"
                .formatted(audience, issuer, more);
    }
}
