package io.quay.pdp.parity;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.policy.Problem;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A role may consist of several templates.
class RolesTest {
    private static final String ROLES =
            """
            @id("keeper")
            permit (principal in ?principal, action == Quay::Action::"getRepo", resource in ?resource);

            @id("keeper-of-public")
            @role("keeper")
            permit (principal in ?principal, action == Quay::Action::"updateRepo", resource in ?resource)
            when { resource has visibility && resource.visibility == "public" };
            """;
    private static final String ACCOUNTS =
            """
            service_accounts:
              - name: svc-me
                grants: [{id: g1, role: keeper, resource: {type: Quay::Organization, id: acme}}]
            """;
    private static final String FACTS =
            """
            [{"uid": {"type": "Quay::Repository", "id": "acme/open"}, "attrs": {"visibility": "public"}, "parents": []}]
            """;

    @TempDir private Path directory;

    private Outcome ask(String line, String body) {
        PolicyWorkshop.write(
                directory,
                Map.of(
                        "roles/keeper.cedar",
                        ROLES,
                        "accounts.yaml",
                        ACCOUNTS,
                        "entities.json",
                        FACTS));
        return PolicyWorkshop.ask(
                PolicyWorkshop.load(directory), "svc-me", PolicyWorkshop.request(line, body));
    }

    @Test
    void aGrant_givesEveryTemplateOfTheRole_andDecisionsNameRoleAndGrant() {
        assertThat(ask("GET /api/v1/repository/acme/closed", null).decision().reasons())
                .containsExactly(new Reason("keeper", "g1", "roles/keeper.cedar", 1));
        assertThat(ask("PUT /api/v1/repository/acme/open", "{}").decision().reasons())
                .containsExactly(new Reason("keeper", "g1", "roles/keeper.cedar", 4));
    }

    @Test
    void aTemplateThatReadsWhatIsUnknown_doesNotStopTheOthers() {
        assertThat(ask("PUT /api/v1/repository/acme/closed", "{}").decision().allowed()).isFalse();
        assertThat(ask("GET /api/v1/repository/acme/closed", null).decision().allowed()).isTrue();
    }

    @Test
    void oneTemplateOfSeveral_cannotBeGrantedAlone() {
        PolicyWorkshop.write(
                directory,
                Map.of(
                        "roles/keeper.cedar",
                        ROLES,
                        "accounts.yaml",
                        ACCOUNTS.replace("role: keeper", "role: keeper-of-public")));

        assertThat(PolicyWorkshop.problems(directory))
                .extracting(Problem::rule)
                .containsExactly("accounts");
    }

    @Test
    void aPolicyThatIsNoTemplate_cannotBelongToARole() {
        PolicyWorkshop.write(
                directory,
                Map.of(
                        "access/a.cedar",
                        """
                        @id("a")
                        @role("keeper")
                        permit (principal, action == Quay::Action::"getRepo", resource in Quay::Organization::"acme");
                        """));

        assertThat(PolicyWorkshop.problems(directory))
                .extracting(Problem::rule)
                .containsExactly("role-shape");
    }
}
