package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.AccountSpec;
import io.quay.pdp.accounts.Enrolment;
import io.quay.pdp.accounts.Office;
import io.quay.pdp.accounts.RefusedException;
import io.quay.pdp.accounts.Write;
import io.quay.pdp.audit.Event;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.EntityRef;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// S19: accounts are put into our team of an organization, and people are never overruled.
class EnrollingTest {
    private static final EntityRef ACME = EntityRef.organization("acme");
    private static final String CREATE =
            "{\"namespace\": \"acme\", \"repository\": \"app\", \"visibility\": \"private\","
                    + " \"description\": \"\"}";
    private static final String TEAM = "/api/v1/organization/acme/team/pdp";

    @TempDir private Path directory;
    private QuaySite site;

    @BeforeEach
    void open() throws Exception {
        site = new QuaySite(directory, QuaySite.enrolling());
        assertThat(site.people("POST", "/api/v1/organization/", "{\"name\": \"acme\"}"))
                .isEqualTo(201);
        site.account("svc-tf");
        site.office.give(Office.BOSS, "svc-tf", "writer", ACME);
    }

    @AfterEach
    void close() {
        site.close();
    }

    private String enrolled() {
        return site.ready("svc-tf", "createRepo", ACME);
    }

    private void later() {
        site.advance(Duration.ofSeconds(31));
    }

    @Test
    void theFirstAllowedCallPutsTheAccountIntoOurTeam() throws Exception {
        assertThat(site.call(enrolled(), "POST", "/api/v1/repository", CREATE)).isEqualTo(201);
        assertThat(site.quay.log("acme"))
                .containsExactly(
                        "org_create quayadmin",
                        "org_create_team quayadmin",
                        "org_add_team_member quayadmin",
                        "create_repo svc-tf");
        assertThat(site.events(Event.Kind.QUAY_ENROLLED))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.account()).isEqualTo("svc-tf");
                    assertThat(event.details())
                            .containsEntry("organization", "acme")
                            .containsEntry("team", "pdp");
                });
    }

    @Test
    void aSecondAccountJoinsTheSameTeam() {
        enrolled();
        site.account("svc-other");
        site.ready("svc-other", "createRepo", ACME);
        assertThat(site.quay.log("acme"))
                .filteredOn(entry -> entry.startsWith("org_create_team"))
                .hasSize(1);
    }

    @Test
    void whoAdministersTheOrganizationItselfIsPutIntoNoTeam() throws Exception {
        String token = site.ready("svc-tf", "createOrganization", EntityRef.registry());
        site.call(token, "POST", "/api/v1/organization/", "{\"name\": \"own\"}");
        site.ready("svc-tf", "createRepo", EntityRef.organization("own"));
        assertThat(site.quay.log("own")).containsExactly("org_create svc-tf");
    }

    @Test
    void s19ATeamThatSomebodyElseMade_isNotJoined() throws Exception {
        site.people("PUT", TEAM, "{\"role\": \"admin\", \"description\": \"ours\"}");
        Prepared.Refused refused = site.refused("svc-tf", "createRepo", ACME);
        assertThat(refused.cause()).isEqualTo(Cause.NOT_EXECUTABLE);
        assertThat(refused.message()).contains("did not make");
        assertThat(site.quay.log("acme")).doesNotContain("org_add_team_member quayadmin");
    }

    @Test
    void s19ATeamOfOurNameMadeAnewBySomebodyElse_isNotJoined() throws Exception {
        enrolled();
        site.people("DELETE", TEAM, null);
        site.people("PUT", TEAM, "{\"role\": \"admin\", \"description\": \"ours\"}");
        later();
        assertThat(site.refused("svc-tf", "createRepo", ACME).cause())
                .isEqualTo(Cause.NOT_EXECUTABLE);
    }

    @Test
    void s19AMemberThatSomebodyTookOut_staysOutUntilItIsApproved() throws Exception {
        enrolled();
        site.people("DELETE", TEAM + "/members/svc-tf", null);
        later();
        assertThat(site.refused("svc-tf", "createRepo", ACME).cause())
                .isEqualTo(Cause.ENROLMENT_REMOVED);
        later();
        assertThat(site.refused("svc-tf", "createRepo", ACME).cause())
                .isEqualTo(Cause.ENROLMENT_REMOVED);
        assertThat(site.events(Event.Kind.QUAY_ENROLMENT_REMOVED)).hasSize(1);

        administerServer();
        site.approval().approve(Office.caller(Office.BOSS), "svc-tf", "acme");
        enrolled();
        assertThat(site.events(Event.Kind.QUAY_ENROLMENT_APPROVED)).hasSize(1);
        assertThat(site.events(Event.Kind.QUAY_ENROLLED)).hasSize(2);
    }

    private void administerServer() {
        site.office.repository.with(
                "admin/server.cedar",
                """
                @id("boss-server") permit (principal == Quay::ServiceAccount::"svc-boss",
                    action == Pdp::Action::"approveEnrolment", resource in Quay::Organization::"acme");
                """);
        site.office.reload();
    }

    @Test
    void s19AnApprovalByWhoMayNot_isRefused() throws Exception {
        enrolled();
        site.people("DELETE", TEAM + "/members/svc-tf", null);
        later();
        site.refused("svc-tf", "createRepo", ACME);
        assertThatThrownBy(
                        () -> site.approval().approve(Office.caller("svc-acme"), "svc-tf", "acme"))
                .isInstanceOf(RefusedException.class);
        assertThat(site.refused("svc-tf", "createRepo", ACME).cause())
                .isEqualTo(Cause.ENROLMENT_REMOVED);
    }

    @Test
    void s19ATeamThatSomebodyDeleted_staysDeletedUntilItIsApproved() throws Exception {
        enrolled();
        site.people("DELETE", TEAM, null);
        later();
        assertThat(site.refused("svc-tf", "createRepo", ACME).cause())
                .isEqualTo(Cause.ENROLMENT_REMOVED);
        site.account("svc-other");
        assertThat(site.refused("svc-other", "createRepo", ACME).cause())
                .isEqualTo(Cause.ENROLMENT_REMOVED);
        administerServer();
        site.approval().approve(Office.caller(Office.BOSS), "svc-tf", "acme");
        enrolled();
    }

    @Test
    void aCrashBetweenTheTeamAndItsRecordIsCompleted() throws Exception {
        Instant now = site.office.clock.instant();
        site.enrolments.keep(
                new Enrolment.Team("acme", "pdp", "quay-pdp 01", Enrolment.State.MAKING, now),
                null);
        site.people("PUT", TEAM, "{\"role\": \"creator\", \"description\": \"(quay-pdp 01)\"}");
        enrolled();
        assertThat(site.enrolments.team("acme"))
                .get()
                .extracting(Enrolment.Team::state)
                .isEqualTo(Enrolment.State.MADE);
    }

    @Test
    void s19AnEnrolmentThatNoPolicyReachesAnyMoreIsWithdrawn() {
        enrolled();
        site.executions.tick();
        assertThat(site.quay.log("acme")).doesNotContain("org_remove_team_member quayadmin");
        ungrant();
        site.executions.tick();
        assertThat(site.quay.log("acme")).contains("org_remove_team_member quayadmin");
        assertThat(site.enrolments.all()).isEmpty();
        assertThat(site.events(Event.Kind.QUAY_ENROLMENT_WITHDRAWN)).hasSize(1);
    }

    private void ungrant() {
        site.office
                .directory
                .find("svc-tf")
                .orElseThrow()
                .grants()
                .forEach(grant ->
                        site.office.administration.deleteGrant(
                                Office.caller(Office.BOSS), "svc-tf", grant.id(), Write.PLAIN));
    }

    @ParameterizedTest
    @ValueSource(strings = {TEAM + "/members/svc-tf", TEAM, "/api/v1/organization/acme"})
    void s19AMemberTakenOutBeforeAWithdrawal_staysOutUntilItIsApproved(String taken)
            throws Exception {
        enrolled();
        site.people("DELETE", taken, null);
        ungrant();
        site.executions.tick();
        assertThat(site.enrolments.all())
                .singleElement()
                .extracting(Enrolment::state)
                .isEqualTo(Enrolment.State.REMOVED);
        assertThat(site.events(Event.Kind.QUAY_ENROLMENT_REMOVED)).hasSize(1);
        assertThat(site.events(Event.Kind.QUAY_ENROLMENT_WITHDRAWN)).isEmpty();

        site.office.give(Office.BOSS, "svc-tf", "writer", ACME);
        site.executions.tick();
        later();
        assertThat(site.refused("svc-tf", "createRepo", ACME).cause())
                .isEqualTo(Cause.ENROLMENT_REMOVED);
    }

    @Test
    void anEnrolmentThatWasWithdrawnIsMadeAgainWithTheGrant() {
        enrolled();
        ungrant();
        site.executions.tick();
        site.office.give(Office.BOSS, "svc-tf", "writer", ACME);
        enrolled();
        assertThat(site.events(Event.Kind.QUAY_ENROLLED)).hasSize(2);
    }

    @Test
    void s19ATeamThatSomebodyMakesAtTheSameTime_isNotJoined() throws Exception {
        site.quay.faults().teamMeanwhile("acme", "pdp", "admin", "theirs");
        for (int call = 0; call < 2; call++) {
            assertThat(site.refused("svc-tf", "createRepo", ACME).message())
                    .contains("did not make");
            later();
        }
        assertThat(site.quay.log("acme")).doesNotContain("org_add_team_member quayadmin");
        assertThat(
                        site.send(
                                        "Bearer " + site.administrator,
                                        "GET",
                                        "/api/v1/organization/acme",
                                        null)
                                .body())
                .contains("theirs")
                .doesNotContain("quay-pdp", "\"creator\"");
    }

    @Test
    void s19AUserThatPeopleDisabled_isNotEnabledAgain() throws Exception {
        enrolled();
        site.people("PUT", "/api/v1/superuser/users/svc-tf", "{\"enabled\": false}");
        enable(false);
        site.executions.tick();
        assertThat(site.events(Event.Kind.QUAY_USER_DISABLED))
                .singleElement()
                .satisfies(event ->
                        assertThat(event.details()).containsEntry("found", "disabled already"));
        enable(true);
        site.executions.tick();
        site.executions.tick();
        assertThat(site.quay.enabled("svc-tf")).isFalse();
        assertThat(site.events(Event.Kind.QUAY_USER_ENABLED)).isEmpty();

        site.people("PUT", "/api/v1/superuser/users/svc-tf", "{\"enabled\": true}");
        enable(false);
        site.executions.tick();
        enable(true);
        site.executions.tick();
        assertThat(site.quay.enabled("svc-tf")).isTrue();
    }

    /// What a crash after the disabling leaves: the user is ours to enable.
    @Test
    void aUserWhoseDisablingWasNotRecordedIsEnabledAgain() throws Exception {
        enrolled();
        Enrolment.User user = site.enrolments.users().getFirst();
        site.enrolments.keep(
                new Enrolment.User(user.accountId(), user.name(), user.seenAt(), false, true),
                null);
        site.people("PUT", "/api/v1/superuser/users/svc-tf", "{\"enabled\": false}");
        enable(false);
        site.executions.tick();
        enable(true);
        site.executions.tick();
        assertThat(site.quay.enabled("svc-tf")).isTrue();
    }

    @Test
    void s19S21TheUserOfADisabledAccountIsDisabledAndWhatItLeavesIsReported() throws Exception {
        String token = site.ready("svc-tf", "createOrganization", EntityRef.registry());
        site.call(token, "POST", "/api/v1/organization/", "{\"name\": \"own\"}");
        enable(false);
        site.executions.tick();
        assertThat(site.quay.enabled("svc-tf")).isFalse();
        assertThat(site.events(Event.Kind.QUAY_USER_DISABLED))
                .singleElement()
                .satisfies(event -> assertThat(event.details()).containsEntry("owns", "own"));
        assertThat(site.call(token, "GET", "/api/v1/user/", null)).isEqualTo(401);

        enable(true);
        site.executions.tick();
        assertThat(site.quay.enabled("svc-tf")).isTrue();
        assertThat(site.events(Event.Kind.QUAY_USER_ENABLED)).hasSize(1);
    }

    @Test
    void s19TheUserOfADeletedAccountIsDisabledAndItsEnrolmentWithdrawn() {
        enrolled();
        site.office.administration.delete(Office.caller(Office.BOSS), "svc-tf", Write.PLAIN);
        site.executions.tick();
        assertThat(site.quay.enabled("svc-tf")).isFalse();
        assertThat(site.quay.log("acme")).contains("org_remove_team_member quayadmin");
        assertThat(site.enrolments.users()).isEmpty();
    }

    private void enable(boolean enabled) {
        site.office.administration.replace(
                Office.caller(Office.BOSS),
                "svc-tf",
                new AccountSpec("svc-tf", "", "", null, Set.of(), Map.of(), enabled, null, false),
                Write.PLAIN);
    }
}
