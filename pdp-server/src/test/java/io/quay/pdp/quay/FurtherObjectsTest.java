package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Operations name every object that they act on.
class FurtherObjectsTest {
    private static List<String> reach(String line, @Nullable String json) {
        return QuayFixtures.call(line, json).reach().stream()
                .map(r -> r.need() + " " + QuayFixtures.spelled(r.object()))
                .toList();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    DELETE /api/v1/superuser/organizations/payroll | | NO_FORBID Organization payroll
                    PUT /api/v1/superuser/organizations/payroll | {"name":"pay2"} | NO_FORBID Organization payroll, NO_FORBID Organization pay2
                    POST /api/v1/organization/ | {"name":"payroll"} | NO_FORBID Organization payroll
                    DELETE /api/v1/superuser/users/jane | | NO_FORBID User jane, NO_FORBID Organization jane
                    POST /api/v1/superuser/users/ | {"username":"jane"} | NO_FORBID User jane, NO_FORBID Organization jane
                    POST /api/v1/superuser/takeownership/payroll | | NO_FORBID User payroll, NO_FORBID Organization payroll
                    GET /api/v1/superuser/b1/logs | | NO_FORBID Build b1
                    GET /api/v1/app/abc | |
                    GET /api/v1/entities/j?namespace=payroll | | PERMIT Organization payroll
                    POST /api/v1/user/starred | {"namespace":"payroll","repository":"app"} | PERMIT Repository payroll/app
                    DELETE /api/v1/user/starred/payroll/app | | PERMIT Repository payroll/app
                    PUT /api/v1/repository/acme/app/mirror | {"robot_username":"payroll+ci"} | PERMIT Organization payroll
                    PUT /api/v1/repository/acme/app/mirror | {"robot_username":"acme+ci"} |
                    PUT /api/v1/organization/acme/mirror | {"robot_username":"acm+ci"} | PERMIT Organization acm
                    POST /api/v1/repository/acme/app/build/ | {"pull_robot":"acme+ci","archive_url":"https://x/y"} |
                    POST /api/v1/repository/acme/app/build/ | {"file_id":"f1"} | BINDING Registry quay
                    GET /api/v1/repository/acme/app/trigger/t1 | | BINDING Registry quay
                    POST /api/v1/repository/acme/app/trigger/t1/activate | {"config":{},"pull_robot":"payroll+ci"} | PERMIT Organization payroll, BINDING Registry quay
                    PUT /api/v1/repository/acme/app/permissions/user/jane | {"role":"admin"} |
                    PUT /api/v1/repository/acme/app/permissions/user/acme+ci | {"role":"write"} |
                    PUT /api/v1/repository/acme/app/permissions/user/payroll+ci | {"role":"write"} | NO_FORBID Organization payroll
                    PUT /api/v1/organization/acme/team/devs/members/payroll+ci | | NO_FORBID Organization payroll
                    POST /api/v1/organization/acme/prototypes | {"role":"read","delegate":{"kind":"user","name":"payroll+ci"}} | NO_FORBID Organization payroll
                    POST /api/v1/organization/acme/prototypes | {"role":"read","delegate":{"kind":"user","name":"acme+ci"},"activating_user":{"name":"payroll+ci"}} | NO_FORBID Organization payroll
                    POST /api/v1/organization/acme/prototypes | {"role":"read","delegate":{"kind":"team","name":"devs"},"activating_user":{"name":"jane"}} |
                    POST /api/v1/organization/acme/prototypes | {"role":"read","delegate":{"kind":"user","name":null}} |
                    GET /api/v1/user/starred | | PERMIT Registry quay
                    """)
    void areNamed(String line, @Nullable String body, @Nullable String expected) {
        assertThat(reach(line, body))
                .isEqualTo(expected == null ? List.of() : List.of(expected.split(", ")));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET /api/v1/repository?namespace=acme                        | Organization acme
                    GET /api/v1/repository?namespace=acme&starred=false          | Organization acme
                    GET /api/v1/repository?namespace=acme&starred=no             | Registry quay
                    GET /api/v1/repository?namespace=&public=true                | Registry quay
                    GET /api/v1/repository?public=true                           | Registry quay
                    GET /api/v1/repository/mirror/health?namespace=acme          | Organization acme
                    GET /api/v1/repository/mirror/health                         | Registry quay
                    GET /api/v1/entities/j?namespace=acme                        | Registry quay
                    GET /api/v1/user/starred                                     | User svc-terraform
                    GET /api/v1/find/all?query=x                                 | Registry quay
                    """)
    void answerAcrossOrganizations_isDecidedOnTheRegistryUnlessNarrowed(
            String line, String resource) {
        assertThat(QuayFixtures.spelled(QuayFixtures.call(line).resource())).isEqualTo(resource);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ci", "+ci", "acme+", "ACME+ci", "acme+ci+x", "acmé+ci", ""})
    void illFormedRobot_isRefused(String robot) {
        assertThat(
                        QuayFixtures.problem(
                                "PUT /api/v1/repository/acme/app/mirror",
                                "{\"robot_username\":\"" + robot + "\"}"))
                .isEqualTo(Mapping.Problem.INVALID_BODY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[\"payroll+ci\"]", "{}", "7", "\"Payroll+ci\"", "\"payroll+\""})
    void s2ADelegateThatIsNoNameOfQuays_isRefused(String name) {
        for (String member : List.of("delegate", "activating_user")) {
            assertThat(
                            QuayFixtures.problem(
                                    "POST /api/v1/organization/acme/prototypes",
                                    "{\"role\":\"read\",\""
                                            + member
                                            + "\":{\"name\":"
                                            + name
                                            + "}}"))
                    .as(member)
                    .isEqualTo(Mapping.Problem.INVALID_BODY);
        }
    }

    @Test
    void namespaceThatQuayWouldFold_isRefused() {
        assertThat(QuayFixtures.problem("GET /api/v1/repository?namespace=ACME", null))
                .isEqualTo(Mapping.Problem.INVALID_QUERY);
        assertThat(
                        QuayFixtures.problem(
                                "POST /api/v1/repository",
                                "{\"namespace\":\"Payroll\",\"repository\":\"x\"}"))
                .isEqualTo(Mapping.Problem.INVALID_BODY);
    }

    @Test
    void bodyThatNamesObjects_isRequired() {
        for (String line :
                List.of(
                        "POST /api/v1/repository",
                        "POST /api/v1/organization/",
                        "POST /api/v1/user/starred",
                        "POST /api/v1/superuser/users/")) {
            assertThat(QuayFixtures.problem(line, null)).isEqualTo(Mapping.Problem.BODY_REQUIRED);
        }
    }

    @Test
    void omittedBodyThatCouldNameObjects_isRequired() {
        Mapping mapping =
                QuayFixtures.map(
                        "PUT", "/api/v1/repository/acme/app/mirror", new RequestBody.Omitted());
        assertThat(mapping)
                .isInstanceOfSatisfying(
                        Mapping.Refused.class,
                        r -> assertThat(r.problem()).isEqualTo(Mapping.Problem.BODY_REQUIRED));
    }

    @Test
    void omittedBody_leavesItsParametersUnknown() {
        Mapping mapping =
                QuayFixtures.map(
                        "PUT", "/api/v1/repository/acme/app/tag/v1", new RequestBody.Omitted());
        assertThat(mapping)
                .isInstanceOfSatisfying(
                        Mapping.Mapped.class,
                        m ->
                                assertThat(m.call().unknownParameters())
                                        .containsExactlyInAnyOrder(
                                                "manifest_digest", "expiration", "immutable"));
    }

    @Test
    void createRepoWithoutNamespace_isRefused() {
        assertThat(QuayFixtures.problem("POST /api/v1/repository", "{\"repository\":\"x\"}"))
                .isEqualTo(Mapping.Problem.NAMESPACE_REQUIRED);
        assertThat(QuayFixtures.problem("POST /api/v1/organization/", "{}"))
                .isEqualTo(Mapping.Problem.INVALID_BODY);
    }
}
