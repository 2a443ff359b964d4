package io.quay.pdp.decision;

import static io.quay.pdp.decision.TestPoint.assertDenied;
import static io.quay.pdp.policy.KeptAccounts.account;
import static io.quay.pdp.policy.KeptAccounts.grant;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Ceiling;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.KeptAccounts;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A credential that is older than a right of its account.
class CeilingTest {
    private static final String GET = "GET /api/v1/repository/acme/web";
    private static final EntityRef ACME = EntityRef.organization("acme");
    private static final Grant OLD = grant("g-old", "reader", EntityRef.repository("acme/web"));
    private static final Grant NEW = grant("g-new", "reader", ACME);

    @TempDir private Path directory;
    private final KeptAccounts kept = new KeptAccounts();
    private TestPoint point;

    @BeforeEach
    void load() {
        TestRepository files =
                TestRepository.quay(directory)
                        .with("accounts.yaml", "groups: [{name: readers}, {name: night}]")
                        .with(
                                "roles/roles.cedar",
                                "@id(\"reader\") permit (principal in ?principal, action == Quay::Action::\"getRepo\", resource in ?resource);")
                        .with(
                                "admin/a.cedar",
                                "@id(\"admins\") permit (principal in Quay::Group::\"night\", action in Pdp::Action::\"observe\", resource);")
                        .withAccess(
                                "@id(\"by-group\") permit (principal in Quay::Group::\"readers\", action == Quay::Action::\"getRepo\", resource in Quay::Organization::\"acme\");",
                                "@id(\"by-label\") permit (principal, action == Quay::Action::\"getRepo\", resource in Quay::Organization::\"acme\") when { principal.hasTag(\"team\") };",
                                "@id(\"at-night\") forbid (principal in Quay::Group::\"night\", action == Quay::Action::\"getRepo\", resource);");
        Snapshot snapshot = files.load();
        LivePolicies policies = new LivePolicies(() -> snapshot, kept);
        TestPoint loaded = TestPoint.of(files);
        point =
                new TestPoint(
                        policies.get(),
                        loaded.mapper(),
                        loaded.subject(),
                        "10.0.0.1",
                        DecisionPoint.UnboundIds.REFUSE,
                        TestPoint.NOW);
    }

    private static ServiceAccount with(
            Set<String> groups, Map<String, String> labels, Grant... grants) {
        ServiceAccount plain = account("svc-a", grants);
        return new ServiceAccount(
                plain.id(),
                plain.name(),
                "",
                null,
                groups,
                labels,
                true,
                plain.createdAt(),
                null,
                plain.grants());
    }

    private static Subject.Proved proved(@Nullable Ceiling ceiling) {
        return new Subject.Proved(
                EntityRef.serviceAccount("svc-a"),
                new Authentication(
                        Authentication.Method.CLIENT_SECRET,
                        null,
                        null,
                        TestPoint.NOW,
                        null,
                        "c1",
                        "t1"),
                ceiling);
    }

    private Decision get(ServiceAccount now, @Nullable ServiceAccount then) {
        kept.with(now);
        return point.by(proved(then == null ? null : Ceiling.of(then))).call(GET);
    }

    private static void assertOlder(Decision decision) {
        assertDenied(decision, Cause.NO_PERMIT);
        assertThat(((Decision.Deny) decision).message()).contains("must rotate the credential");
    }

    @Test
    void grantThatIsYoungerThanTheCredential_isNotUsedWithIt() {
        ServiceAccount now = account("svc-a", NEW);
        assertThat(get(now, null).allowed()).isTrue();
        assertOlder(get(now, account("svc-a")));
    }

    @Test
    void groupThatIsYoungerThanTheCredential_isNotUsedWithIt() {
        ServiceAccount now = with(Set.of("readers"), Map.of());
        assertOlder(get(now, with(Set.of(), Map.of())));
    }

    @Test
    void labelThatIsYoungerThanTheCredential_isNotUsedWithIt() {
        ServiceAccount now = with(Set.of(), Map.of("team", "x"));
        assertOlder(get(now, with(Set.of(), Map.of())));
    }

    @Test
    void forbidOnAGroupThatTheAccountLeft_stillHoldsForTheOlderCredential() {
        ServiceAccount now = with(Set.of("readers"), Map.of());
        assertOlder(get(now, with(Set.of("readers", "night"), Map.of())));
    }

    @Test
    void rightThatIsAsOldAsTheCredential_isUsedWithIt() {
        ServiceAccount then = account("svc-a", OLD);
        assertThat(get(account("svc-a", OLD, NEW), then).allowed()).isTrue();
    }

    @Test
    void rightThatTheAccountLostSince_isGoneForTheOlderCredential_too() {
        assertDenied(get(account("svc-a"), account("svc-a", OLD)), Cause.NO_PERMIT);
    }

    @Test
    void administrationThatIsYoungerThanTheCredential_isNotUsedWithIt() {
        ServiceAccount now = with(Set.of("night"), Map.of());
        kept.with(now);
        Knowledge knowledge = point.knowledge();
        assertThat(observe(knowledge, proved(null)).allowed()).isTrue();
        assertThat(observe(knowledge, proved(Ceiling.of(now))).allowed()).isTrue();
        assertOlder(observe(knowledge, proved(Ceiling.of(with(Set.of(), Map.of())))));
    }

    private static Decision observe(Knowledge knowledge, Subject.Proved caller) {
        return AdminDecision.decide(
                knowledge, caller, "readRoles", EntityRef.registry(), TestPoint.NOW, "10.0.0.1");
    }
}
