package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The spellings of clients that people use: refusing one of these makes the product useless.
class RealClientsTest {
    @ParameterizedTest(name = "{0}: {1} {2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    terraform    | GET    | /api/v1/repository/acme%2Fapp                            | getRepo Repository acme/app
                    terraform    | PUT    | /api/v1/repository/acme%2Fapp                            | updateRepo Repository acme/app
                    terraform    | DELETE | /api/v1/repository/acme%2Fapp                            | deleteRepository Repository acme/app
                    terraform    | PUT    | /api/v1/repository/acme%2Fapp/permissions/team/owners    | changeTeamPermissions Repository acme/app
                    terraform    | GET    | /api/v1/repository/acme%2Fapp/permissions/team/devs      | getTeamPermissions Repository acme/app
                    terraform    | DELETE | /api/v1/repository/acme%2Fapp/permissions/team/devs      | deleteTeamPermissions Repository acme/app
                    terraform    | POST   | /api/v1/repository/acme%2Fapp/changevisibility           | changeRepoVisibility Repository acme/app
                    terraform    | GET    | /api/v1/organization/terra                               | getOrganization Organization terra
                    terraform    | DELETE | /api/v1/organization/terra                               | deleteAdminedOrganization Organization terra
                    terraform    | PUT    | /api/v1/organization/terra/robots/bot                    | createOrgRobot Organization terra
                    terraform    | GET    | /api/v1/organization/terra/robots/bot                    | getOrgRobot Organization terra
                    terraform    | DELETE | /api/v1/organization/terra/robots/bot                    | deleteOrgRobot Organization terra
                    terraform    | PUT    | /api/v1/organization/terra/team/devs                     | updateOrganizationTeam Organization terra
                    terraform    | DELETE | /api/v1/organization/terra/team/devs                     | deleteOrganizationTeam Organization terra
                    terraform    | GET    | /api/v1/organization/terra/team/devs/members             | getOrganizationTeamMembers Organization terra
                    terraform    | PUT    | /api/v1/organization/terra/team/devs/members/terra+bot   | updateOrganizationTeamMember Organization terra
                    go-quay      | GET    | /api/v1/organization/acme/autoprunepolicy                | listOrganizationAutoPrunePolicies Organization acme
                    go-quay      | POST   | /api/v1/organization/acme/autoprunepolicy                | createOrganizationAutoPrunePolicy Organization acme
                    go-quay      | GET    | /api/v1/repository/acme/app/permissions/user/acme+ci     | getUserPermissions Repository acme/app
                    go-quay      | GET    | /api/v1/repository/acme/app/manifest/sha256:ab12         | getRepoManifest Repository acme/app
                    go-quay      | GET    | /api/v1/repository/acme/app/tag                          | listRepoTags Repository acme/app
                    operator     | GET    | /api/v1/user                                             | getLoggedInUser User svc-terraform
                    operator     | PUT    | /api/v1/organization/acme/robots/x                       | createOrgRobot Organization acme
                    operator     | POST   | /api/v1/organization/acme/prototypes                     | createOrganizationPrototypePermission Organization acme
                    ansible      | GET    | /api/v1/user/                                            | getLoggedInUser User svc-terraform
                    ansible      | GET    | /api/v1/organization/acme/robots?token=false             | getOrgRobots Organization acme
                    web          | GET    | /api/v1/repository/acme/app/tag/?limit=100&page=1        | listRepoTags Repository acme/app
                    web          | GET    | /api/v1/repository?namespace=acme&public=true            | listRepos Organization acme
                    script       | GET    | /api/v1/repository/acme%2fapp                            | getRepo Repository acme/app
                    script       | GET    | /api/v1/repository/acme%2Fapp/manifest/sha256%3Aabc1     | getRepoManifest Repository acme/app
                    script       | PUT    | /api/v1/repository/acme%2Fapp/permissions/user/acme%2Bci | changeUserPermissions Repository acme/app
                    script       | GET    | /api/v1/repository/acme/app/authorizedemail/user%40example.com | checkRepoEmailAuthorized Repository acme/app
                    """)
    void isDecided(String client, String method, String target, String outcome) {
        assertThat(QuayFixtures.outcome(method + " " + target, null)).as(client).isEqualTo(outcome);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    POST /api/v1/repository    | {"namespace":"acme","repository":"web","visibility":"private","description":""} | createRepo Organization acme
                    POST /api/v1/organization/ | {"name":"terra","email":"t@example.com"} | createOrganization Registry quay
                    POST /api/v1/organization  | {"name":"terra"}                         | createOrganization Registry quay
                    """)
    void withBody_isDecided(String line, String body, String outcome) {
        assertThat(QuayFixtures.outcome(line, body)).isEqualTo(outcome);
    }

    @org.junit.jupiter.api.Test
    void escapedParameters_reachPoliciesDecodedOnce() {
        QuayCall call =
                QuayFixtures.call(
                        "PUT /api/v1/repository/acme%2Fapp/permissions/user/acme%2Bci",
                        "{\"role\":\"read\"}");
        assertThat(call.parameters())
                .containsOnly(
                        java.util.Map.entry("username", io.quay.pdp.identity.Value.of("acme+ci")),
                        java.util.Map.entry("role", io.quay.pdp.identity.Value.of("read")));
    }
}
