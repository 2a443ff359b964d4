package io.quay.pdp.decision;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.policy.TestRepository;
import io.quay.pdp.quay.CatalogRequests;
import io.quay.pdp.quay.Operation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// No operation is undecidable: each is allowed by a permit for everything, and denied without one.
class EveryOperationTest {
    private static final String CANARY = "canary0";
    private static final String EVERYTHING =
            "@waive(\"classified-operations: test\") permit (principal == Quay::ServiceAccount::\"svc-a\", action, resource in Quay::Registry::\"quay\");";

    @TempDir private Path directory;

    private TestRepository repository() {
        return TestRepository.quay(directory).withAccounts("svc-a");
    }

    private static Outcome decide(TestPoint point, Operation operation) {
        return point.decide(new AccessRequest.Asked.Call(CatalogRequests.full(operation)));
    }

    @Test
    void everyOperationIsAllowedByAPermitForEverything() {
        TestRepository repository = repository().withAccess(EVERYTHING);
        TestPoint point = TestPoint.of(repository);
        List<String> wrong = new ArrayList<>();
        List<Operation> operations = repository.catalog().operations();
        assertThat(operations).hasSize(297);
        for (Operation operation : operations) {
            Outcome outcome = decide(point, operation);
            if (!outcome.decision().allowed()
                    || !operation.name().equals(outcome.action())
                    || outcome.resource() == null) {
                wrong.add(operation.name() + ": " + outcome.decision());
            }
            EntityRef resource = outcome.resource();
            if (resource != null
                    && !point.ask(operation.name(), resource, TestPoint.parameters(), Map.of())
                            .allowed()
                    && !point.ask(operation.name(), resource).allowed()) {
                wrong.add(operation.name() + " as a triple");
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyOperationIsDeniedWithoutPolicies() {
        TestRepository repository = repository();
        TestPoint point = TestPoint.of(repository);
        for (Operation operation : repository.catalog().operations()) {
            TestPoint.assertDenied(decide(point, operation).decision(), Cause.NO_PERMIT);
        }
    }

    @Test
    void everyOperationIsDeniedByAForbidForEverything() {
        TestRepository repository =
                repository()
                        .withAccess(
                                EVERYTHING
                                        .replace("permit\")", "permit\")")
                                        .replace("test\")", "test; unreachable: test\")"),
                                "@id(\"no\") forbid (principal, action, resource);");
        TestPoint point = TestPoint.of(repository);
        for (Operation operation : repository.catalog().operations()) {
            TestPoint.assertDenied(decide(point, operation).decision(), Cause.FORBIDDEN, "no");
        }
    }

    @Test
    void whatIsRecordedIsOnTheAllowList_andSecretsReachNoQuestion() {
        TestRepository repository = repository().withAccess(EVERYTHING);
        TestPoint point = TestPoint.of(repository);
        int recorded = 0;
        for (Operation operation : repository.catalog().operations()) {
            Outcome outcome =
                    point.decide(
                            new AccessRequest.Asked.Call(
                                    CatalogRequests.planted(operation, CANARY)));
            assertThat(operation.recorded())
                    .as(operation.name())
                    .containsAll(outcome.parameters().keySet());
            recorded += outcome.parameters().size();
            for (String secret :
                    List.of("password", "code", "token", "secret", "externalregistrypassword")) {
                assertThat(outcome.parameters() + " " + outcome.questions())
                        .as(operation.name())
                        .doesNotContain(CANARY + secret + "]");
            }
            assertThat(outcome.parameters().toString())
                    .as(operation.name())
                    .doesNotContain(
                            CANARY + "email", CANARY + "description", CANARY + "callbackurl");
        }
        assertThat(recorded).isGreaterThan(100);
    }
}
