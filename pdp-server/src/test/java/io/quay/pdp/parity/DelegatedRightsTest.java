package io.quay.pdp.parity;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.quay.QuayRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each right of Quay's, held alone, gives what `access` in the catalog says: every operation,
/// where the right is held and where it is not.
class DelegatedRightsTest {
    private static final Set<String> ALL_FEATURES =
            Set.of(
                    "FEATURE_SUPERUSERS_FULL_ACCESS",
                    "FEATURE_SUPERUSER_CONFIGDUMP",
                    "FEATURE_READER_BUILD_LOGS",
                    "FEATURE_NONSUPERUSER_TEAM_SYNCING_SETUP",
                    "FEATURE_SUPERUSERS_ORG_CREATION_ONLY");
    private static final Set<String> USER = Set.of("anyone", "user");
    private static final Set<String> MEMBER =
            Set.of("org_member", "query_namespace:org_member_or_self", "team_view");
    private static final Set<String> REPOSITORY_ADMIN =
            Set.of("repo_read", "repo_write", "repo_admin");
    private static final String TEAM_MEMBER = "labels: {own/devs: member}, ";

    private static final List<Holder> HOLDERS =
            List.of(
                    new Holder("user", grants("registry-user"), USER, Set.of(), Set.of()),
                    person(
                            "organization-admin",
                            "",
                            "Organization, id: own",
                            with(
                                    with(MEMBER, "org_admin", "namespace_creator"),
                                    "repo_read",
                                    "repo_write",
                                    "repo_admin"),
                            Set.of()),
                    person(
                            "organization-creator",
                            TEAM_MEMBER,
                            "Organization, id: own",
                            with(MEMBER, "namespace_creator"),
                            Set.of()),
                    person(
                            "organization-member",
                            TEAM_MEMBER,
                            "Organization, id: own",
                            MEMBER,
                            Set.of()),
                    person(
                            "repository-admin",
                            "",
                            "Repository, id: own/app",
                            Set.of(),
                            REPOSITORY_ADMIN),
                    person(
                            "repository-writer",
                            "",
                            "Repository, id: own/app",
                            Set.of(),
                            Set.of("repo_read", "repo_write")),
                    person(
                            "repository-reader",
                            "",
                            "Repository, id: own/app",
                            Set.of(),
                            Set.of("repo_read")),
                    new Holder(
                            "reader-of-all",
                            grants("registry-user", "registry-reader"),
                            with(USER, "readonly_superuser"),
                            Set.of(),
                            Set.of()),
                    new Holder(
                            "superuser",
                            grants("registry-user", "registry-superuser"),
                            with(USER, "superuser"),
                            Set.of(),
                            Set.of()),
                    new Holder(
                            "superuser-with-organization",
                            "groups: [superusers], grants: ["
                                    + grant("registry-user", "Registry, id: quay")
                                    + ", "
                                    + grant("organization-admin", "Organization, id: own")
                                    + "]",
                            with(USER, "superuser"),
                            with(
                                    with(MEMBER, "org_admin", "namespace_creator"),
                                    "repo_read",
                                    "repo_write",
                                    "repo_admin"),
                            Set.of()));

    @TempDir private Path temporary;

    private static Holder person(
            String role,
            String labels,
            String object,
            Set<String> onOwn,
            Set<String> onRepository) {
        return new Holder(
                role,
                labels
                        + "grants: ["
                        + grant("registry-user", "Registry, id: quay")
                        + ", "
                        + grant(role, object)
                        + "]",
                USER,
                onOwn,
                onRepository);
    }

    private static Set<String> with(Set<String> tokens, String... more) {
        Set<String> all = new HashSet<>(tokens);
        all.addAll(List.of(more));
        return Set.copyOf(all);
    }

    private static String grant(String role, String object) {
        return "{role: " + role + ", resource: {type: Quay::" + object + "}}";
    }

    private static String grants(String... roles) {
        return "grants: ["
                + List.of(roles).stream()
                        .map(role -> grant(role, "Registry, id: quay"))
                        .collect(Collectors.joining(", "))
                + "]";
    }

    private Snapshot load(Set<String> features) {
        StringBuilder accounts =
                new StringBuilder(
                        "groups:\n  - name: superusers\n    "
                                + grants("registry-superuser")
                                + "\nservice_accounts:\n");
        for (Holder holder : HOLDERS) {
            accounts.append("  - {name: svc-")
                    .append(holder.name())
                    .append(", ")
                    .append(holder.account())
                    .append("}\n");
        }
        String facts =
                "[{\"uid\": {\"type\": \"Quay::Registry\", \"id\": \"quay\"}, \"attrs\": {\"features\": ["
                        + features.stream()
                                .map(feature -> '"' + feature + '"')
                                .collect(Collectors.joining(", "))
                        + "]}, \"parents\": []},"
                        + " {\"uid\": {\"type\": \"Quay::Organization\", \"id\": \"own\"}, \"attrs\": {}, \"parents\": [],"
                        + " \"tags\": {\"devs\": \"own/devs\", \"owners\": \"own/owners\"}},"
                        + repository("own/app", "private")
                        + ","
                        + repository("own/other", "private")
                        + ","
                        + repository("foreign/app", "private")
                        + ","
                        + repository("foreign/public", "public")
                        + "]";
        PolicyWorkshop.copy(
                PolicyWorkshop.SHIPPED.resolve("roles"), temporary.resolve("policies/roles"));
        return PolicyWorkshop.load(
                PolicyWorkshop.write(
                        temporary.resolve("policies"),
                        Map.of("accounts.yaml", accounts.toString(), "entities.json", facts)));
    }

    private static String repository(String name, String visibility) {
        return " {\"uid\": {\"type\": \"Quay::Repository\", \"id\": \""
                + name
                + "\"}, \"attrs\": {\"visibility\": \""
                + visibility
                + "\"}, \"parents\": []}";
    }

    @ParameterizedTest(name = "all features on: {0}")
    @ValueSource(booleans = {false, true})
    void eachRight_givesWhatAccessSays(boolean on) {
        Set<String> features = on ? ALL_FEATURES : Set.of();
        Snapshot snapshot = load(features);
        List<String> wrong = new ArrayList<>();
        for (JsonNode row : OperationRequests.ROWS) {
            for (Holder.Place place : Holder.Place.values()) {
                if (place != Holder.Place.OWN
                        && place != Holder.Place.FOREIGN
                        && !inRepository(row)) {
                    continue;
                }
                QuayRequest request = request(row, place);
                for (Holder holder : HOLDERS) {
                    boolean expected = holder.mayIn(place, row.path("access"), features);
                    var decision =
                            PolicyWorkshop.ask(snapshot, "svc-" + holder.name(), request)
                                    .decision();
                    if (decision.allowed() != expected) {
                        wrong.add(
                                holder.name()
                                        + ", "
                                        + row.path("operation").textValue()
                                        + ", "
                                        + place
                                        + ": came as "
                                        + decision);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static boolean inRepository(JsonNode row) {
        return row.path("level").textValue().equals("repository");
    }

    private static QuayRequest request(JsonNode row, Holder.Place place) {
        return switch (place) {
            case OWN -> OperationRequests.request(row, "own", "own/app");
            case OWN_ORGANIZATION_OTHER_REPOSITORY ->
                    OperationRequests.request(row, "own", "own/other");
            case FOREIGN -> OperationRequests.request(row, "foreign", "foreign/app");
            case PUBLIC -> OperationRequests.request(row, "foreign", "foreign/public");
        };
    }

    @Test
    void writer_cannotMakeAnImmutableTagMutable() {
        Snapshot snapshot = load(Set.of());
        String tag = "PUT /api/v1/repository/own/app/tag/v1";

        assertThat(allowed(snapshot, "repository-writer", tag, "{\"immutable\": true}")).isTrue();
        assertThat(allowed(snapshot, "repository-writer", tag, "{\"immutable\": false}")).isFalse();
        assertThat(allowed(snapshot, "repository-admin", tag, "{\"immutable\": false}")).isTrue();
        assertThat(allowed(snapshot, "organization-admin", tag, "{\"immutable\": false}")).isTrue();
    }

    @Test
    void onlyAdminsOfItsNamespace_lendAPullRobot() {
        Snapshot snapshot = load(Set.of());
        String build = "POST /api/v1/repository/own/app/build/";
        String activate = "POST /api/v1/repository/own/app/trigger/x1/activate";
        String own = "{\"pull_robot\": \"own+bot\"}";
        String foreign = "{\"pull_robot\": \"foreign+bot\"}";

        for (String holder : List.of("repository-writer", "repository-admin")) {
            assertThat(allowed(snapshot, holder, build, "{}")).isTrue();
            assertThat(allowed(snapshot, holder, build, own)).isFalse();
            assertThat(allowed(snapshot, holder, activate, own)).isFalse();
        }
        assertThat(allowed(snapshot, "organization-admin", build, own)).isTrue();
        assertThat(allowed(snapshot, "organization-admin", activate, own)).isTrue();
        assertThat(allowed(snapshot, "organization-admin", build, foreign)).isFalse();
    }

    @Test
    void members_seeTheirOwnTeamOnly() {
        Snapshot snapshot = load(Set.of());
        String own = "GET /api/v1/organization/own/team/devs/members";
        String other = "GET /api/v1/organization/own/team/owners/members";
        String unknown = "GET /api/v1/organization/own/team/nobody/members";

        for (String holder : List.of("organization-member", "organization-creator")) {
            assertThat(allowed(snapshot, holder, own, null)).isTrue();
            assertThat(allowed(snapshot, holder, other, null)).isFalse();
            assertThat(allowed(snapshot, holder, unknown, null)).isFalse();
        }
        assertThat(allowed(snapshot, "organization-admin", other, null)).isTrue();
    }

    @Test
    void mirrorHealthOfTheWholeRegistry_isForThoseWhoSeeItAll() {
        String health = "GET /api/v1/repository/mirror/health";
        Snapshot without = load(Set.of());

        assertThat(allowed(without, "organization-admin", health, null)).isFalse();
        assertThat(allowed(without, "superuser", health, null)).isFalse();
        assertThat(allowed(without, "reader-of-all", health, null)).isTrue();
    }

    private static boolean allowed(
            Snapshot snapshot,
            String holder,
            String line,
            @org.jspecify.annotations.Nullable String body) {
        return PolicyWorkshop.ask(snapshot, "svc-" + holder, PolicyWorkshop.request(line, body))
                .decision()
                .allowed();
    }
}
