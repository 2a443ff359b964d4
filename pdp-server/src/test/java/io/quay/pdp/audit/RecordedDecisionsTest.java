package io.quay.pdp.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Knowledge;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.decision.Shape;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.policy.TestRepository;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.quay.RequestMapper;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedDecisionsTest {
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-11-23T12:00:00.123456Z"), ZoneOffset.UTC);
    private static final Subject SUBJECT = Subject.Named.of(EntityRef.serviceAccount("svc-a"));

    @TempDir private Path directory;
    private final InMemoryDecisionLog log = new InMemoryDecisionLog();
    private final DecisionIds ids = new DecisionIds(CLOCK, new SecureRandom());
    private Snapshot snapshot;
    private RequestMapper mapper;

    @BeforeEach
    void load() {
        TestRepository repository =
                TestRepository.quay(directory)
                        .withAccounts("svc-a")
                        .withAccess(
                                "@id(\"reader\") permit (principal == Quay::ServiceAccount::\"svc-a\", action in Quay::Action::\"read-safe\", resource in Quay::Organization::\"acme\");",
                                "@id(\"bad\") forbid (principal, action == Quay::Action::\"getOrganization\", resource) when { 9223372036854775807 + (if principal.enabled then 1 else 0) == 3 };");
        snapshot = repository.load();
        mapper = new RequestMapper(repository.catalog());
    }

    private RecordedDecisions decisions(Supplier<? extends Knowledge> policies, DecisionLog to) {
        return new RecordedDecisions(
                new DecisionPoint(policies, mapper, DecisionPoint.UnboundIds.REFUSE, CLOCK),
                to,
                ids,
                budget(),
                CLOCK);
    }

    private DenialBudget budget() {
        return new DenialBudget(DenialBudget.Limits.of(600), () -> false, ids, CLOCK);
    }

    private RecordedDecisions decisions() {
        return decisions(() -> snapshot, log);
    }

    private static AccessRequest get(String target) {
        return new AccessRequest(
                SUBJECT,
                new AccessRequest.Asked.Call(
                        new QuayRequest("GET", target, new RequestBody.Absent())),
                "10.0.0.1");
    }

    private RecordedDecisions.Answer decide(String target, @Nullable String requestId) {
        return decisions().decide(get(target), "pep-1", requestId);
    }

    @Test
    void whatIsAnswered_standsInTheLog() {
        RecordedDecisions.Answer answer = decide("/api/v1/repository/acme/web/tag/", "r-1");
        assertThat(answer.outcome().decision()).isInstanceOf(Decision.Allow.class);
        assertThat(log.records())
                .containsExactly(
                        new DecisionRecord(
                                answer.id(),
                                Instant.parse("2026-11-23T12:00:00.123Z"),
                                "pep-1",
                                "r-1",
                                EntityRef.serviceAccount("svc-a"),
                                null,
                                "listRepoTags",
                                EntityRef.repository("acme/web"),
                                true,
                                null,
                                java.util.List.of("reader"),
                                snapshot.version(),
                                Map.of(),
                                false));
    }

    @Test
    void denialsAndRefusalsAreRecordedWithTheirCause() {
        decide("/api/v1/repository/payroll/web/tag/", null);
        decide("/api/v1/nothing", null);
        decide("/api/v1/repository/acme/../payroll", null);
        decide("/api/v1/organization/acme", null);
        assertThat(log.records())
                .extracting(DecisionRecord::cause)
                .containsExactly(
                        "no_permit", "unknown_operation", "non_canonical_path", "evaluation_error");
        assertThat(log.records()).noneMatch(DecisionRecord::allowed);
        assertThat(log.records().getLast().policies()).containsExactly("bad");
    }

    @Test
    void whetherTheOperationMutates_reachesTheRecord() {
        decide("/api/v1/repository/payroll/web/tag/", null);
        decisions()
                .decide(
                        new AccessRequest(
                                SUBJECT,
                                new AccessRequest.Asked.Call(
                                        new QuayRequest(
                                                "DELETE",
                                                "/api/v1/repository/acme/web",
                                                new RequestBody.Absent())),
                                null),
                        "pep-1",
                        null);
        assertThat(log.records()).extracting(DecisionRecord::mutates).containsExactly(false, true);
    }

    @Test
    void denialsBeyondTheBudget_areCountedAndAnsweredWithTheirGroup() {
        RecordedDecisions decisions = decisions();
        for (int i = 0; i < 10; i++) {
            decisions.decide(get("/api/v1/repository/payroll/web/tag/"), "pep-1", null);
        }
        assertThat(log.records()).hasSize(10);
        RecordedDecisions.Answer answer =
                decisions.decide(get("/api/v1/repository/payroll/web/tag/"), "pep-1", null);
        decisions.decide(get("/api/v1/repository/payroll/web/tag/"), "pep-1", null);

        assertThat(log.records()).hasSize(10);
        assertThat(log.counted())
                .singleElement()
                .satisfies(counted -> {
                    assertThat(counted.count()).isEqualTo(2);
                    assertThat(counted.group().id()).isEqualTo(answer.id());
                    assertThat(counted.group().caller()).isEqualTo("pep-1");
                    assertThat(counted.group().action()).isEqualTo("listRepoTags");
                    assertThat(counted.group().cause()).isEqualTo("no_permit");
                });
        assertThat(answer.outcome().decision()).isInstanceOf(Decision.Deny.class);
    }

    @Test
    void denialThatCannotBeCounted_isDeniedForThat() {
        RecordedDecisions decisions = decisions();
        for (int i = 0; i < 12; i++) {
            decisions.decide(get("/api/v1/repository/payroll/web/tag/"), "pep-1", null);
        }
        log.unavailable(true);
        assertDeniedByAudit(
                decisions.decide(get("/api/v1/repository/payroll/web/tag/"), "pep-1", null));
    }

    @Test
    void whatCannotBeRecorded_isDenied() {
        log.unavailable(true);
        RecordedDecisions.Answer answer = decide("/api/v1/repository/acme/web/tag/", null);
        assertDeniedByAudit(answer);
        assertThat(answer.outcome().action()).isEqualTo("listRepoTags");
        log.unavailable(false);
        assertThat(decide("/api/v1/repository/acme/web/tag/", null).outcome().decision().allowed())
                .isTrue();
    }

    @Test
    void logThatThrowsAnything_isDeniedAsWell() {
        DecisionLog broken =
                new DecisionLog() {
                    @Override
                    public void append(DecisionRecord decision) {
                        throw new IllegalStateException("made by the test");
                    }

                    @Override
                    public void count(DeniedGroup group) {
                        throw new IllegalStateException("made by the test");
                    }
                };
        assertDeniedByAudit(
                decisions(() -> snapshot, broken)
                        .decide(get("/api/v1/repository/acme/web/tag/"), "pep-1", null));
    }

    @Test
    void allowedReadOfOneWithTheLastWord_isNotWaitedForUntilItIsAskedFor() {
        AtomicInteger waited = new AtomicInteger();
        DecisionLog failing =
                new DecisionLog() {
                    @Override
                    public void append(DecisionRecord decision) {
                        throw new IllegalStateException("made by the test");
                    }

                    @Override
                    public Keeping take(DecisionRecord decision) {
                        return () -> {
                            waited.incrementAndGet();
                            throw new AuditUnavailableException("made by the test");
                        };
                    }

                    @Override
                    public void count(DeniedGroup group) {
                        throw new IllegalStateException("made by the test");
                    }
                };
        RecordedDecisions.Decided decided =
                decisions(() -> snapshot, failing)
                        .decide(
                                get("/api/v1/repository/acme/web/tag/"),
                                "pep-1",
                                null,
                                null,
                                Outcome::decision);

        assertThat(decided.answer().outcome().decision().allowed()).isTrue();
        assertThat(waited).hasValue(0);
        assertDeniedByAudit(decided.kept().get());
        assertDeniedByAudit(decided.kept().get());
        assertThat(waited).hasValue(1);
        assertThat(decided.kept().get().id()).isEqualTo(decided.answer().id());
    }

    @Test
    void recordThatIsNotTakenOn_isDeniedAtOnceForOneWithTheLastWordToo() {
        log.unavailable(true);
        RecordedDecisions.Decided decided =
                decisions()
                        .decide(
                                get("/api/v1/repository/acme/web/tag/"),
                                "pep-1",
                                null,
                                null,
                                Outcome::decision);

        assertDeniedByAudit(decided.answer());
        assertDeniedByAudit(decided.kept().get());
    }

    private void assertDeniedByAudit(RecordedDecisions.Answer answer) {
        assertThat(answer.outcome().decision())
                .isInstanceOfSatisfying(
                        Decision.Deny.class,
                        deny -> assertThat(deny.cause()).isEqualTo(Cause.AUDIT_UNAVAILABLE));
        assertThat(answer.outcome().decision().version()).isEqualTo(snapshot.version());
        assertThat(answer.outcome().parameters()).isEmpty();
    }

    @Test
    void exceptionWhileDeciding_isIndeterminateAndRecorded() {
        Supplier<Knowledge> broken =
                () -> {
                    throw new IllegalStateException("made by the test");
                };
        RecordedDecisions.Answer answer =
                decisions(broken, log)
                        .decide(get("/api/v1/repository/acme/web/tag/"), "pep-1", null);
        assertThat(answer.outcome().decision()).isInstanceOf(Decision.Indeterminate.class);
        assertThat(log.records())
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.allowed()).isFalse();
                    assertThat(entry.cause()).isEqualTo("evaluation_error");
                });
    }

    @Test
    void malformedRequest_isNeitherDecidedNorRecorded() {
        AccessRequest request =
                new AccessRequest(
                        SUBJECT,
                        new AccessRequest.Asked.Triple(
                                "getRepo",
                                EntityRef.repository("acme/web"),
                                Map.of("source_ip", Value.of("x")),
                                Map.of(),
                                Map.of()),
                        null);
        assertThatThrownBy(() -> decisions().decide(request, "pep-1", null))
                .isInstanceOf(Shape.MisfitException.class);
        assertThat(log.records()).isEmpty();
    }

    @Test
    void requestIdIsKeptPrintableAndShort() {
        decide("/api/v1/nothing", "a b\n\u001b[31mé" + "x".repeat(500));
        assertThat(log.records().getFirst().requestId()).startsWith("a_b__[31m_x").hasSize(128);
    }

    @Test
    void reasonOfAGrant_namesRoleAndGrant() {
        assertThat(new Reason("reader", "g-1", "roles/reader.cedar", 1).grant()).isEqualTo("g-1");
        TestRepository granted =
                TestRepository.quay(directory)
                        .with(
                                "roles/r.cedar",
                                "@id(\"r\") permit (principal in ?principal, action == Quay::Action::\"getRepo\", resource in ?resource);")
                        .with(
                                "accounts.yaml",
                                "service_accounts: [{name: svc-a, grants: [{id: g-1, role: r, resource: {type: Quay::Organization, id: lib}}]}]");
        snapshot = granted.load();
        decide("/api/v1/repository/lib/web", null);
        assertThat(log.records().getFirst().policies()).containsExactly("r#g-1");
    }
}
