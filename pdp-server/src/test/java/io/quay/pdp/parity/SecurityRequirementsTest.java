package io.quay.pdp.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.Problem;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the product refuses because an operation reaches further than it looks, each on a policy
/// directory of its own.
class SecurityRequirementsTest {
    private static final String ME = "svc-me";
    private static final String ALL_OF_REGISTRY =
            """
            @id("all")
            @waive("classified-operations: the test needs it")
            permit (principal == Quay::ServiceAccount::"svc-me", action, resource);
            """;

    @TempDir private Path directory;

    /// Beside the files, an account `svc-me`.
    private Path policies(Map<String, String> files) {
        Map<String, String> all = new HashMap<>(files);
        all.putIfAbsent("accounts.yaml", "service_accounts: [{name: svc-me}]\n");
        return PolicyWorkshop.write(directory, all);
    }

    private Snapshot access(String policies) {
        return PolicyWorkshop.load(policies(Map.of("access/a.cedar", policies)));
    }

    private List<String> rules(Map<String, String> files) {
        return PolicyWorkshop.problems(policies(files)).stream().map(Problem::rule).toList();
    }

    private static Decision ask(Snapshot snapshot, String line, String body) {
        return PolicyWorkshop.ask(
                        snapshot,
                        ME,
                        PolicyWorkshop.request(line, body.isEmpty() ? null : body),
                        DecisionPoint.UnboundIds.REFUSE)
                .decision();
    }

    private static Cause cause(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Deny.class);
        return ((Decision.Deny) decision).cause();
    }

    @Nested
    class S1Classes {
        @ParameterizedTest
        @ValueSource(strings = {"read", "mutate", "org:admin", "repo:read", "user:admin"})
        void aPermitOnAGroup_isRefusedWhenItHidesClassifiedOperations(String group) {
            assertThat(
                            rules(
                                    Map.of(
                                            "access/a.cedar",
                                            "@id(\"a\") permit (principal, action in Quay::Action::\""
                                                    + group
                                                    + "\", resource in Quay::Organization::\"acme\");")))
                    .containsExactly("classified-operations");
        }

        @Test
        void readSafe_doesNotReadRobotsTokens() {
            Snapshot snapshot =
                    access(
                            "@id(\"a\") permit (principal == Quay::ServiceAccount::\"svc-me\","
                                    + " action in Quay::Action::\"read-safe\", resource);");

            assertThat(ask(snapshot, "GET /api/v1/organization/acme/members", "").allowed())
                    .isTrue();
            assertThat(cause(ask(snapshot, "GET /api/v1/organization/acme/robots", "")))
                    .isEqualTo(Cause.NO_PERMIT);
        }

        @Test
        void aForbidOnRead_reachesReadingOfCredentials() {
            Snapshot snapshot =
                    access(
                            ALL_OF_REGISTRY
                                    + "@id(\"no-reads\") forbid (principal, action in Quay::Action::\"read\","
                                    + " resource in Quay::Organization::\"acme\");");

            assertThat(cause(ask(snapshot, "GET /api/v1/organization/acme/robots", "")))
                    .isEqualTo(Cause.FORBIDDEN);
        }
    }

    @Nested
    class S2FurtherObjects {
        @Test
        void aForbidOnAnOrganization_stopsASuperusersDeletionOfIt() {
            Snapshot snapshot =
                    access(
                            ALL_OF_REGISTRY
                                    + "@id(\"payroll\") forbid (principal, action, resource in Quay::Organization::\"payroll\");");

            assertThat(ask(snapshot, "DELETE /api/v1/superuser/organizations/acme", "").allowed())
                    .isTrue();
            assertThat(cause(ask(snapshot, "DELETE /api/v1/superuser/organizations/payroll", "")))
                    .isEqualTo(Cause.FORBIDDEN);
        }

        @Test
        void aRobotOfAnotherNamespace_needsAPermitThere() {
            Snapshot snapshot =
                    access(
                            """
                            @id("a")
                            permit (
                              principal == Quay::ServiceAccount::"svc-me",
                              action == Quay::Action::"requestRepoBuild",
                              resource in Quay::Organization::"acme"
                            );
                            """);
            String build = "POST /api/v1/repository/acme/app/build/";

            assertThat(ask(snapshot, build, "{\"pull_robot\": \"acme+bot\"}").allowed()).isTrue();
            assertThat(ask(snapshot, build, "{\"pull_robot\": \"payroll+bot\"}").allowed())
                    .isFalse();
        }

        @Test
        void anIdThatThePathDoesNotBind_needsAPermitOnTheRegistry() {
            Snapshot snapshot =
                    access(
                            """
                            @id("a")
                            permit (
                              principal == Quay::ServiceAccount::"svc-me",
                              action == Quay::Action::"deleteBuildTrigger",
                              resource in Quay::Organization::"acme"
                            );
                            """);

            assertThat(cause(ask(snapshot, "DELETE /api/v1/repository/acme/app/trigger/1", "")))
                    .isEqualTo(Cause.TARGET_UNBOUND);
        }

        @Test
        void aListOfAllOrganizations_needsAPermitOnTheRegistry() {
            Snapshot snapshot =
                    access(
                            """
                            @id("a")
                            permit (
                              principal == Quay::ServiceAccount::"svc-me",
                              action == Quay::Action::"listRepos",
                              resource in Quay::Organization::"acme"
                            );
                            """);

            assertThat(ask(snapshot, "GET /api/v1/repository?namespace=acme", "").allowed())
                    .isTrue();
            assertThat(cause(ask(snapshot, "GET /api/v1/repository?public=true", "")))
                    .isEqualTo(Cause.NO_PERMIT);
        }
    }

    @Nested
    class S3MovedTargets {
        @Test
        void aDuplicateQueryParameter_isRefused() {
            assertThat(
                            ask(
                                            access(ALL_OF_REGISTRY),
                                            "GET /api/v1/repository?namespace=acme&namespace=payroll",
                                            "")
                                    .allowed())
                    .isFalse();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"namespace\": \"acme\", \"namespace\": \"payroll\", \"repository\": \"web\"}",
                    "\uFEFF{\"namespace\": \"acme\", \"repository\": \"web\"}",
                    "{\"namespace\": \"acme\", \"repository\": \"web\"} {}",
                    "namespace=acme&repository=web"
                })
        void aBodyOfTwoReadings_isRefused(String body) {
            assertThat(cause(ask(access(ALL_OF_REGISTRY), "POST /api/v1/repository", body)))
                    .isEqualTo(Cause.INVALID_BODY);
        }

        @Test
        void anUndeclaredMember_isRefusedOnAClassifiedOperation() {
            assertThat(
                            cause(
                                    ask(
                                            access(ALL_OF_REGISTRY),
                                            "PUT /api/v1/superuser/users/jane",
                                            "{\"email\": \"a@example.com\", \"superuser\": true}")))
                    .isEqualTo(Cause.INVALID_BODY);
        }

        @Test
        void aRepositoryWithoutNamespace_isRefused() {
            assertThat(
                            cause(
                                    ask(
                                            access(ALL_OF_REGISTRY),
                                            "POST /api/v1/repository",
                                            "{\"repository\": \"web\"}")))
                    .isEqualTo(Cause.NAMESPACE_REQUIRED);
        }
    }

    @Nested
    class S4AbsentIsNotFalse {
        @Test
        void aForbidOnUnknownVisibility_isNotSwitchedOffByHas() {
            Snapshot snapshot =
                    access(
                            ALL_OF_REGISTRY
                                    + """
                                    @id("no-public")
                                    forbid (principal, action in Quay::Action::"mutate", resource is Quay::Repository)
                                    when { resource has visibility && resource.visibility == "public" };
                                    """);

            assertThat(cause(ask(snapshot, "DELETE /api/v1/repository/acme/app", "")))
                    .isEqualTo(Cause.ATTRIBUTE_UNAVAILABLE);
        }

        @Test
        void anOmittedBody_doesNotPassForOneWithoutTheMember() {
            Snapshot snapshot =
                    access(
                            """
                            @id("a")
                            permit (
                              principal == Quay::ServiceAccount::"svc-me",
                              action == Quay::Action::"changeTag",
                              resource in Quay::Organization::"acme"
                            ) unless { context.parameters has immutable };
                            """);
            QuayRequest omitted =
                    new QuayRequest(
                            "PUT", "/api/v1/repository/acme/app/tag/v1", new RequestBody.Omitted());

            assertThat(
                            cause(
                                    PolicyWorkshop.ask(
                                                    snapshot,
                                                    ME,
                                                    omitted,
                                                    DecisionPoint.UnboundIds.REFUSE)
                                            .decision()))
                    .isEqualTo(Cause.BODY_REQUIRED);
        }
    }

    @Nested
    class S5SeparateSets {
        @Test
        void anAccessPolicy_cannotSpeakOfAdministration() {
            assertThat(
                            rules(
                                    Map.of(
                                            "access/a.cedar",
                                            "@id(\"a\") permit (principal == Quay::ServiceAccount::\"svc-me\","
                                                    + " action == Pdp::Action::\"createServiceAccount\", resource);")))
                    .isNotEmpty();
        }

        @Test
        void aTrustPermit_mustNameItsAccountAndPinItsIssuer() {
            assertThat(
                            rules(
                                    Map.of(
                                            "trust/a.cedar",
                                            "@id(\"a\") permit (principal is Workload::Kubernetes,"
                                                    + " action == Pdp::Action::\"assume\", resource)"
                                                    + " when { principal.namespace == \"ci\" };")))
                    .containsExactlyInAnyOrder("unnamed-account", "unpinned-issuer");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"uid\": {\"type\": \"Quay::Repository\", \"id\": \"acme/app\"}, \"attrs\": {},"
                            + " \"parents\": [{\"type\": \"Quay::Organization\", \"id\": \"payroll\"}]}",
                    "{\"uid\": {\"type\": \"Quay::ServiceAccount\", \"id\": \"svc-me\"}, \"attrs\": {}, \"parents\": []}"
                })
        void aFact_cannotContradictANameNorMakeAnAccount(String entity) {
            assertThat(rules(Map.of("entities.json", "[" + entity + "]")))
                    .containsExactly("entities");
        }

        @Test
        void aPatternWithoutDelimiter_isRefused() {
            assertThat(
                            rules(
                                    Map.of(
                                            "access/a.cedar",
                                            """
                                            @id("a")
                                            permit (
                                              principal == Quay::ServiceAccount::"svc-me",
                                              action == Quay::Action::"createOrganization",
                                              resource
                                            ) when { context.parameters has name && context.parameters.name like "proj*" };
                                            """)))
                    .containsExactly("loose-pattern");
        }

        @Test
        void aCallersProperty_doesNotOverrideAFact() {
            Snapshot snapshot =
                    PolicyWorkshop.load(
                            policies(
                                    Map.of(
                                            "access/a.cedar",
                                            """
                                            @id("a")
                                            permit (principal, action == Quay::Action::"getRepo", resource is Quay::Repository)
                                            when { resource has visibility && resource.visibility == "public" };
                                            """,
                                            "entities.json",
                                            "[{\"uid\": {\"type\": \"Quay::Repository\", \"id\": \"acme/app\"},"
                                                    + " \"attrs\": {\"visibility\": \"private\"}, \"parents\": []}]")));
            Map<String, Value> claimed = Map.of("visibility", Value.of("public"));

            assertThat(allowed(snapshot, "acme/app", claimed)).isFalse();
            assertThat(allowed(snapshot, "acme/unknown", claimed)).isTrue();
        }

        private static boolean allowed(
                Snapshot snapshot, String repository, Map<String, Value> properties) {
            return PolicyWorkshop.ask(
                            snapshot,
                            ME,
                            new AccessRequest.Asked.Triple(
                                    "getRepo",
                                    EntityRef.repository(repository),
                                    Map.of(),
                                    Map.of(),
                                    properties))
                    .decision()
                    .allowed();
        }
    }

    @Nested
    class S6Records {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "POST /api/v1/signin {\"username\": \"jane\", \"password\": \"planted\"}",
                    "POST /api/v1/organization/acme/mirror {\"external_registry_password\": \"planted\"}",
                    "PUT /api/v1/superuser/users/jane {\"password\": \"planted\"}"
                })
        void aSecretOfARequest_reachesNeitherContextNorRecord(String line) {
            int json = line.indexOf('{');
            Outcome outcome =
                    PolicyWorkshop.ask(
                            access(ALL_OF_REGISTRY),
                            ME,
                            PolicyWorkshop.request(
                                    line.substring(0, json - 1), line.substring(json)));

            assertThat(outcome.decision().allowed()).isTrue();
            assertThat(outcome.questions()).isNotEmpty();
            assertThat(outcome.toString()).doesNotContain("planted");
        }
    }
}
