package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.EntityData;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.EntityRef;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Policies of one kind never see the actions of another.
class SeparateSetsTest {
    private static final EntityRef ACCOUNT = EntityRef.serviceAccount("svc-a");
    private static final String OPEN =
            "@waive(\"classified-operations: test\") permit (principal == Quay::ServiceAccount::\"svc-a\", action, resource);";

    @TempDir private Path directory;

    private static Question question(String actionType, String action, EntityRef resource) {
        EntityRef ref = new EntityRef(actionType, action);
        return new Question(
                ACCOUNT,
                ref,
                resource,
                Map.of(),
                List.of(EntityData.bare(ACCOUNT), EntityData.bare(ref), EntityData.bare(resource)));
    }

    @ParameterizedTest
    @CsvSource({
        "access, Pdp::Action, createServiceAccount",
        "access, Pdp::Action, assume",
        "trust, Quay::Action, getRepo",
        "trust, Pdp::Action, createServiceAccount",
        "admin, Quay::Action, getRepo",
        "admin, Pdp::Action, assume",
    })
    void policyThatNamesAnActionOfAnotherKind_isRefused(String folder, String type, String action) {
        assertThat(
                        TestRepository.quay(directory)
                                .with(
                                        folder + "/a.cedar",
                                        "@id(\"x\") forbid (principal, action == %s::\"%s\", resource);"
                                                .formatted(type, action))
                                .problems())
                .extracting(Problem::toString)
                .anyMatch(problem ->
                        problem.contains("unrecognized action") && problem.contains("[schema]"));
    }

    @Test
    void roleThatNamesAnActionOfThePdp_isRefused() {
        assertThat(
                        TestRepository.quay(directory)
                                .with(
                                        "roles/a.cedar",
                                        "@id(\"x\") permit (principal in ?principal, action == Pdp::Action::\"createGrant\", resource in ?resource);")
                                .rules())
                .contains("schema");
    }

    @Test
    void openAccessPermit_isInNoOtherSet() {
        Snapshot snapshot = TestRepository.quay(directory).withAccess(OPEN).load();
        Question admin =
                question("Pdp::Action", "createServiceAccount", EntityRef.organization("acme"));
        assertThat(snapshot.evaluate(PolicyKind.ADMIN, admin))
                .isEqualTo(new Evaluation.Unmatched());
        assertThat(snapshot.candidates(PolicyKind.ADMIN, admin)).isEmpty();
        assertThat(snapshot.evaluate(PolicyKind.TRUST, admin))
                .isEqualTo(new Evaluation.Unmatched());
    }

    @Test
    void openAdminPermit_isInNoOtherSet() {
        Snapshot snapshot =
                TestRepository.quay(directory)
                        .with(
                                "admin/a.cedar",
                                "@id(\"x\") " + OPEN.replaceFirst("@waive\\([^)]*\\)", ""))
                        .load();
        Question access = question("Quay::Action", "getRepo", EntityRef.repository("acme/web"));
        assertThat(snapshot.evaluate(PolicyKind.ACCESS, access))
                .isEqualTo(new Evaluation.Unmatched());
        assertThat(snapshot.evaluate(PolicyKind.ADMIN, access))
                .isInstanceOf(Evaluation.Permitted.class);
    }
}
