package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.accounts.Office;
import io.quay.pdp.accounts.RevocationSpec;
import io.quay.pdp.accounts.Write;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// S14 and S15: calls executed as the account itself.
class AccountExecutionTest {
    private static final EntityRef REGISTRY = EntityRef.registry();
    private static final EntityRef APP = EntityRef.repository("acme/app");

    @TempDir private Path directory;
    private QuaySite site;

    @BeforeEach
    void open() throws Exception {
        site = new QuaySite(directory, QuaySite.asAccount("svc-root", "svc-made"));
    }

    @AfterEach
    void close() {
        site.close();
    }

    private long identityChecks() {
        return site.quay.seen().stream()
                .filter(seen ->
                        seen.method().equals("GET") && seen.target().equals("/api/v1/user/"))
                .count();
    }

    @Test
    void quayExecutesAsTheAccountAndSaysSoInItsLog() throws Exception {
        String token = site.ready("svc-tf", "createOrganization", REGISTRY);
        assertThat(site.call(token, "POST", "/api/v1/organization/", "{\"name\": \"terra\"}"))
                .isEqualTo(201);
        assertThat(
                        site.call(
                                token,
                                "POST",
                                "/api/v1/repository",
                                "{\"namespace\": \"terra\", \"repository\": \"app\","
                                        + " \"visibility\": \"private\", \"description\": \"\"}"))
                .isEqualTo(201);
        assertThat(site.quay.log("terra"))
                .containsExactly("org_create svc-tf", "create_repo svc-tf");
    }

    @Test
    void theTokenIsReusedForMostOfItsMinuteAndThenMadeAnew() {
        String first = site.ready("svc-tf", "getRepo", APP);
        site.advance(Duration.ofSeconds(40));
        assertThat(site.ready("svc-tf", "getRepo", APP)).isEqualTo(first);
        site.advance(Duration.ofSeconds(10));
        assertThat(site.ready("svc-tf", "getRepo", APP)).isNotEqualTo(first);
        assertThat(site.quay.fetches()).isEqualTo(1);
    }

    @Test
    void s20ATokenFromBeforeARevocation_isNotUsed() {
        String first = site.ready("svc-tf", "getRepo", APP);
        site.advance(Duration.ofSeconds(1));
        site.office.administration.revoke(
                Office.caller(Office.BOSS),
                new RevocationSpec.Account("svc-tf"),
                null,
                Write.PLAIN);
        site.advance(Duration.ofSeconds(1));
        assertThat(site.ready("svc-tf", "getRepo", APP)).isNotEqualTo(first);
    }

    @Test
    void s21ATokenOfAReplacedKeyRing_isNotUsed() {
        String first = site.ready("svc-tf", "getRepo", APP);
        site.ring.replaceAll(io.quay.pdp.token.KeyRing.By.SCHEDULE);
        assertThat(site.ready("svc-tf", "getRepo", APP)).isNotEqualTo(first);
    }

    @Test
    void s20AnAccountDisabledSinceTheDecision_isRefused() {
        ServiceAccount decided = site.account("svc-tf");
        disable("svc-tf");
        assertThat(site.prepare(decided, "getRepo", APP))
                .isInstanceOfSatisfying(
                        Prepared.Refused.class,
                        refused -> assertThat(refused.cause()).isEqualTo(Cause.ACCOUNT_DISABLED));
        assertThat(site.quay.seen()).isEmpty();
    }

    private void disable(String name) {
        site.office.administration.replace(
                Office.caller(Office.BOSS),
                name,
                new io.quay.pdp.accounts.AccountSpec(
                        name,
                        "",
                        "",
                        null,
                        java.util.Set.of(),
                        java.util.Map.of(),
                        false,
                        null,
                        false),
                Write.PLAIN);
    }

    // S14

    @Test
    void s14ASquattedName_isRefused() {
        site.quay.squat("svc-tf");
        Prepared.Refused refused = site.refused("svc-tf", "getRepo", APP);
        assertThat(refused.cause()).isEqualTo(Cause.IDENTITY_MISMATCH);
        assertThat(refused.message()).contains("`svc-tf`").contains("`svc-tf0`");
    }

    @Test
    void s14AUserWithASecondLogin_isRefused() {
        site.ready("svc-tf", "getRepo", APP);
        site.quay.bind("svc-tf", "github", "4711");
        site.advance(Duration.ofMinutes(6));
        assertThat(site.refused("svc-tf", "getRepo", APP).cause())
                .isEqualTo(Cause.IDENTITY_MISMATCH);
    }

    @ParameterizedTest
    @CsvSource({"github, ", "pdp, 01another", "pdp0, "})
    void s14AUserWithAnotherAccountsLogin_isRefused(String service, @Nullable String subject) {
        String own = site.account("svc-tf").id();
        site.quay.faults().showLogin("svc-tf", "pdp", own);
        site.ready("svc-tf", "getRepo", APP);
        site.quay.faults().showLogin("svc-tf", service, subject == null ? own : subject);
        site.advance(Duration.ofMinutes(6));
        Prepared.Refused refused = site.refused("svc-tf", "getRepo", APP);
        assertThat(refused.cause()).isEqualTo(Cause.IDENTITY_MISMATCH);
        assertThat(refused.message()).contains("other logins").contains("1 found");
    }

    @Test
    void s15AUserRenamedToAnUnusedSuperusersName_isRefused() {
        site.ready("svc-tf", "getRepo", APP);
        // An unused name of SUPER_USERS, taken by renaming, as a real Quay was seen to allow.
        site.quay.rename("svc-tf", "svc-root");
        site.advance(Duration.ofMinutes(6));
        assertThat(site.refused("svc-tf", "getRepo", APP).cause())
                .isEqualTo(Cause.IDENTITY_MISMATCH);
    }

    @Test
    void s14ASuperuserThatIsNotConfigured_isRefused() throws Exception {
        try (QuaySite other = new QuaySite(directory.resolve("other"), QuaySite.asAccount())) {
            Prepared.Refused refused = other.refused("svc-root", "getRepo", APP);
            assertThat(refused.cause()).isEqualTo(Cause.IDENTITY_MISMATCH);
            assertThat(refused.message()).contains("superuser");
        }
    }

    @Test
    void anAccountThatQuayDoesNotCreate_isRefused() {
        site.quay.createUsers(false);
        Prepared.Refused refused = site.refused("svc-tf", "getRepo", APP);
        assertThat(refused.cause()).isEqualTo(Cause.IDENTITY_MISMATCH);
        assertThat(refused.message()).contains("User creation is disabled");
    }

    @Test
    void s14TheIdentityIsRememberedButAskedAgainAfterAChangeOfUsers() {
        site.ready("svc-tf", "getRepo", APP);
        site.ready("svc-tf", "getRepo", APP);
        assertThat(identityChecks()).isEqualTo(1);
        site.ready("svc-tf", "createStar", EntityRef.user("svc-tf"));
        site.ready("svc-tf", "getRepo", APP);
        site.ready("svc-tf", "getRepo", APP);
        assertThat(identityChecks()).isEqualTo(3);
        site.quay.rename("svc-tf", "somebody");
        assertThat(site.refused("svc-tf", "getRepo", APP).cause())
                .isEqualTo(Cause.IDENTITY_MISMATCH);
    }

    @Test
    void s14EveryIdentityIsAskedAgainAfterASuperusersChangeOfUsers() {
        site.ready("svc-tf", "getRepo", APP);
        site.ready("svc-boss", "changeInstallUser", REGISTRY);
        site.quay.rename("svc-tf", "somebody");
        assertThat(site.refused("svc-tf", "getRepo", APP).cause())
                .isEqualTo(Cause.IDENTITY_MISMATCH);
    }

    @Test
    void aQuayThatDoesNotAnswer_isWaitedForNoLongerThanItsTime() {
        site.quay.breakDown(true);
        assertThat(site.prepare("svc-tf", "getRepo", APP)).isInstanceOf(Prepared.Unavailable.class);
        site.quay.breakDown(false);
        site.advance(Duration.ofSeconds(2));
        site.ready("svc-tf", "getRepo", APP);
    }

    // S15

    @ParameterizedTest
    @ValueSource(
            strings = {
                "changeUserDetails",
                "convertUserToOrganization",
                "createNewUser",
                "deleteCurrentUser",
                "detachExternalLogin",
                "logout",
                "renewBootstrapToken",
                "requestRecoveryEmail",
                "signinUser",
                "user_initialize",
                "verifyUser"
            })
    void s15AnOperationThatMakesOrRenamesTheCallingUser_isNeverExecuted(String operation) {
        assertThat(site.refused("svc-boss", operation, EntityRef.user("svc-boss")).cause())
                .isEqualTo(Cause.NOT_EXECUTABLE);
        assertThat(site.quay.seen()).isEmpty();
    }

    @Test
    void aConfiguredSuperuserOfGitIsOne() throws Exception {
        site.declareRoot();
        String token = site.ready("svc-root", "listAllUsers", REGISTRY);
        assertThat(site.call(token, "GET", "/api/v1/superuser/users/", null)).isEqualTo(200);
    }

    @Test
    void s15AConfiguredSuperuserThatTheApiMade_isRefused() {
        assertThat(site.refused("svc-root", "listAllUsers", REGISTRY).message())
                .contains("accounts.yaml");
    }
}
