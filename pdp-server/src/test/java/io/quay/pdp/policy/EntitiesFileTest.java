package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.EntityData;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntitiesFileTest {
    @TempDir private Path directory;

    private TestRepository repository(String json) {
        return TestRepository.quay(directory).with("entities.json", json);
    }

    private static String entity(String type, String id, String rest) {
        return "{\"uid\": {\"type\": \"Quay::%s\", \"id\": \"%s\"}%s}".formatted(type, id, rest);
    }

    @Test
    void factsAreRead() {
        Snapshot snapshot =
                repository(
                                "["
                                        + entity(
                                                "Registry",
                                                "quay",
                                                ", \"attrs\": {\"features\": [\"X\"]}, \"parents\": []")
                                        + ","
                                        + entity(
                                                "Organization",
                                                "acme",
                                                ", \"tags\": {\"tier\": \"gold\"}")
                                        + ",{\"uid\": {\"__entity\": {\"type\": \"Quay::Repository\", \"id\": \"acme/web\"}},"
                                        + "\"attrs\": {\"visibility\": \"private\"},"
                                        + "\"parents\": [{\"type\": \"Quay::Organization\", \"id\": \"acme\"}]}]")
                        .load();
        assertThat(snapshot.fact(EntityRef.registry()).orElseThrow().attributes())
                .isEqualTo(Map.of("features", new Value.Many(List.of(Value.of("X")))));
        assertThat(snapshot.fact(EntityRef.organization("acme")))
                .contains(
                        new EntityData(
                                EntityRef.organization("acme"),
                                Map.of(),
                                Set.of(),
                                Map.of("tier", Value.of("gold"))));
        assertThat(snapshot.fact(EntityRef.repository("acme/web")).orElseThrow().attributes())
                .isEqualTo(Map.of("visibility", Value.of("private")));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ServiceAccount | svc-a | ''                        | cannot be declared here
                    User | jane            | ''                        | cannot be declared here
                    Robot | x              | ''                        | no entity type `Quay::Robot`
                    Organization | acme    | , "attributes": {}        | `attributes` is not known here
                    Organization | acme    | , "attrs": {"knd": "x"}   | declares no attribute `knd`
                    Organization | acme    | , "attrs": {"kind": 7}    | `attrs.kind` must be a string
                    Organization | acme    | , "attrs": {"kind": 1.5}  | numbers must be whole
                    Organization | acme    | , "attrs": []             | `attrs` must be an object
                    Organization | acme    | , "tags": {"tier": 1}     | `tags.tier` must be a string
                    Organization | acme    | , "tags": {"tier": null}  | null is no value here
                    Organization | acme    | , "tags": ["tier"]        | `tags` must be an object
                    Registry | quay        | , "tags": {"a": "b"}      | entities of this type have no tags
                    Registry | quay        | , "attrs": {"features": "X"} | must be an array
                    Organization | acme    | , "parents": {}           | `parents` must be an array
                    Organization | acme    | , "parents": ["quay"]     | cannot be in what `parents` names
                    Organization | acme    | , "parents": [{"type": "Quay::Group", "id": "g"}] | cannot be in what `parents` names
                    Organization | acme    | , "parents": [{"type": "Quay::Registry", "id": "other"}] | is not in `Quay::Registry::"other"` by this file
                    Repository | acme/web  | , "parents": [{"type": "Quay::Organization", "id": "payroll"}] | its id says where it is
                    Group | a              | , "parents": [{"type": "Quay::Group", "id": "b"}] | groups are nested in accounts.yaml
                    """)
    void factThatCannotBe_isRefused(String type, String id, String rest, String problem) {
        assertThat(repository("[\n\n" + entity(type, id, rest) + "]").problems())
                .singleElement()
                .asString()
                .startsWith("entities.json:3: ")
                .contains(problem)
                .contains("[entities]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {}
                    7
                    [7]
                    [{}]
                    [{"uid": "Quay::Organization::acme"}]
                    [{"uid": {"type": "", "id": "x"}}]
                    [{"uid": {"type": "Workload::Oidc", "id": "x"}}]
                    """)
    void whatIsNoListOfEntities_isRefused(String json) {
        assertThat(repository(json).rules()).containsExactly("entities");
    }

    @Test
    void entityThatStandsTwice_isRefused() {
        String acme = entity("Organization", "acme", "");
        assertThat(repository("[" + acme + ",\n" + acme + "]").problems())
                .singleElement()
                .asString()
                .startsWith("entities.json:2: `Quay::Organization::\"acme\"` is declared twice");
    }

    @Test
    void circleOfEntities_isRefused() {
        TestRepository other =
                TestRepository.other(
                                directory, "entity Folder in [Folder]; entity File in [Folder];")
                        .with(
                                "entities.json",
                                """
                                [{"uid": {"type": "Folder", "id": "a"}, "parents": [{"type": "Folder", "id": "b"}]},
                                 {"uid": {"type": "Folder", "id": "b"}, "parents": [{"type": "Folder", "id": "a"}]},
                                 {"uid": {"type": "File", "id": "f"}, "parents": [{"type": "Folder", "id": "a"}]}]
                                """);
        assertThat(other.problems())
                .extracting(Problem::message)
                .containsExactly(
                        "`Folder::\"a\"` is a member of itself",
                        "`Folder::\"b\"` is a member of itself");
    }
}
