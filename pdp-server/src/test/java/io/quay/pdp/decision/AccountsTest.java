package io.quay.pdp.decision;

import static io.quay.pdp.decision.TestPoint.assertAllowed;
import static io.quay.pdp.decision.TestPoint.assertDenied;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccountsTest {
    private static final String GET = "GET /api/v1/repository/acme/web";
    private static final String TEAM = "GET /api/v1/organization/acme/team/x/members";
    private static final String ACCOUNTS =
            """
            groups:
              - {name: readers, groups: [everybody], grants: [{role: reader, id: g-readers, resource: {type: Quay::Organization, id: lib}}]}
              - {name: everybody}
            service_accounts:
              - {name: svc-a}
              - {name: svc-off, enabled: false}
              - {name: svc-late, expires_at: 2026-11-23T12:00:00Z}
              - {name: svc-reader, groups: [readers]}
              - {name: svc-owned, owner: acme}
              - name: svc-granted
                grants:
                  - {role: reader, id: g-1, expires_at: 2026-11-23T12:00:00Z, resource: {type: Quay::Organization, id: acme}}
                  - {role: reader, id: g-2, resource: {type: Quay::Repository, id: other/one}}
            """;

    @TempDir private Path directory;
    private TestPoint point;

    @BeforeEach
    void load() {
        point =
                TestPoint.of(
                        TestRepository.quay(directory)
                                .with("accounts.yaml", ACCOUNTS)
                                .with(
                                        "roles/reader.cedar",
                                        "@id(\"reader\") permit (principal in ?principal, action == Quay::Action::\"getRepo\", resource in ?resource);")
                                .withAccess(
                                        "@id(\"open\") permit (principal, action == Quay::Action::\"getOrganization\", resource in Quay::Registry::\"quay\");",
                                        "@id(\"group\") permit (principal in Quay::Group::\"everybody\", action == Quay::Action::\"getOrganizationTeamMembers\", resource in Quay::Organization::\"acme\");",
                                        "@id(\"owned\") permit (principal in Quay::Organization::\"acme\", action == Quay::Action::\"getOrganizationTeamMembers\", resource in Quay::Organization::\"acme\");"));
    }

    private Decision organization(Subject subject) {
        return point.by(subject).call("GET /api/v1/organization/acme");
    }

    @ParameterizedTest
    @ValueSource(strings = {"svc-nobody", "SVC-A", "svc-a ", "", "everybody"})
    void unknownAccount_isDeniedWhateverThePolicies(String name) {
        assertDenied(
                organization(Subject.Named.of(EntityRef.serviceAccount(name))),
                Cause.ACCOUNT_UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Quay::User", "Quay::Group", "Workload::Oidc", "Nobody", "Pdp::Action"})
    void principalOfAnotherType_isDenied(String type) {
        assertDenied(
                organization(Subject.Named.of(new EntityRef(type, "svc-a"))),
                Cause.ACCOUNT_UNKNOWN);
    }

    @Test
    void disabledAccount_isDenied() {
        assertDenied(
                organization(Subject.Named.of(EntityRef.serviceAccount("svc-off"))),
                Cause.ACCOUNT_DISABLED);
    }

    @Test
    void accountIsDenied_fromTheMomentItExpires() {
        TestPoint late = point.byAccount("svc-late");
        String line = "GET /api/v1/organization/acme";
        assertAllowed(late.at(TestPoint.NOW.minusMillis(1)).call(line), "open");
        assertDenied(late.at(TestPoint.NOW).call(line), Cause.ACCOUNT_DISABLED);
    }

    @Test
    void refusedSubject_keepsItsCause() {
        Subject refused =
                new Subject.Refused(
                        Cause.INVALID_TOKEN,
                        "no",
                        EntityRef.serviceAccount("svc-a"),
                        new EntityRef("Workload::Oidc", "prod/x"));
        assertDenied(organization(refused), Cause.INVALID_TOKEN);
        Outcome outcome =
                point.by(refused)
                        .decide(
                                "GET /api/v1/organization/acme",
                                new io.quay.pdp.quay.RequestBody.Absent());
        assertThat(outcome.principal()).as("nothing is proved").isNull();
        assertThat(outcome.workload()).isEqualTo(new EntityRef("Workload::Oidc", "prod/x"));
        assertThat(outcome.questions()).isEmpty();
    }

    @Test
    void grantStopsCounting_atTheMomentItExpires() {
        TestPoint granted = point.byAccount("svc-granted");
        Decision before = granted.at(TestPoint.NOW.minusMillis(1)).call(GET);
        assertAllowed(before, "reader");
        assertThat(before.reasons().getFirst())
                .isEqualTo(new Reason("reader", "g-1", "roles/reader.cedar", 1));
        assertDenied(granted.at(TestPoint.NOW).call(GET), Cause.NO_PERMIT);
        assertAllowed(granted.call("GET /api/v1/repository/other/one"), "reader");
        assertDenied(granted.call("GET /api/v1/repository/other/two"), Cause.NO_PERMIT);
        assertDenied(point.call(GET), Cause.NO_PERMIT);
    }

    @Test
    void grantOfAGroup_reachesItsMembersOnly() {
        String line = "GET /api/v1/repository/lib/base";
        assertAllowed(point.byAccount("svc-reader").call(line), "reader");
        assertDenied(point.call(line), Cause.NO_PERMIT);
        assertDenied(point.byAccount("svc-reader").call(GET), Cause.NO_PERMIT);
    }

    @Test
    void groupsOfGroupsAndOwnersCount() {
        assertAllowed(point.byAccount("svc-reader").call(TEAM), "group");
        assertAllowed(point.byAccount("svc-owned").call(TEAM), "owned");
        assertDenied(point.call(TEAM), Cause.NO_PERMIT);
    }

    @Test
    void operationsOnTheCurrentUser_areAboutTheAskerAlone() {
        TestRepository repository =
                TestRepository.quay(directory)
                        .withAccess(
                                "@id(\"self\") permit (principal, action == Quay::Action::\"getLoggedInUser\", resource == Quay::User::\"svc-a\");");
        TestPoint self = TestPoint.of(repository);
        assertAllowed(self.call("GET /api/v1/user/"), "self");
        assertDenied(self.byAccount("svc-owned").call("GET /api/v1/user/"), Cause.NO_PERMIT);
    }
}
