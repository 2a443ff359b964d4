package io.quay.pdp.policy;

import static io.quay.pdp.policy.KeptAccounts.account;
import static io.quay.pdp.policy.KeptAccounts.grant;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.quay.RequestMapper;
import io.quay.pdp.token.MovingClock;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What was allowed often, so that its answer is remembered, is denied as soon as something that it
/// rested on is gone.
class WarmAnswersTest {
    private static final EntityRef ACME = EntityRef.organization("acme");
    private static final String READER =
            "@id(\"reader\") permit (principal in ?principal, action == Quay::Action::\"getRepo\", resource in ?resource) when { resource != Quay::Repository::\"acme/closed\" };";
    private static final String PERMIT =
            "@id(\"p\") permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"getRepo\", resource in Quay::Organization::\"acme\")";

    @TempDir private Path directory;
    private final KeptAccounts kept = new KeptAccounts();
    private final MovingClock clock = new MovingClock();
    private TestRepository files;
    private Snapshot snapshot;
    private DecisionPoint point;

    @BeforeEach
    void load() {
        files =
                TestRepository.quay(directory)
                        .with("accounts.yaml", "groups: [{name: night}, {name: barred}]\n")
                        .with("roles/reader.cedar", READER);
        load("");
    }

    private void load(String access) {
        snapshot = files.withAccess(access).load();
        point =
                new DecisionPoint(
                        new LivePolicies(() -> snapshot, kept),
                        new RequestMapper(files.catalog()),
                        DecisionPoint.UnboundIds.REFUSE,
                        clock);
    }

    private Decision ask(Subject subject, @Nullable String sourceIp) {
        return point.decide(
                        new AccessRequest(
                                subject,
                                new AccessRequest.Asked.Call(
                                        new QuayRequest(
                                                "GET",
                                                "/api/v1/repository/acme/web",
                                                new RequestBody.Absent())),
                                sourceIp))
                .decision();
    }

    private Decision ask() {
        return ask(Subject.Named.of(EntityRef.serviceAccount("svc-a")), "10.0.0.1");
    }

    private void warm() {
        for (int i = 0; i < 3; i++) {
            assertThat(ask().allowed()).isTrue();
        }
    }

    private static void assertDenied(Decision decision, Cause cause) {
        assertThat(decision)
                .isInstanceOfSatisfying(
                        Decision.Deny.class, deny -> assertThat(deny.cause()).isEqualTo(cause));
    }

    private static ServiceAccount with(
            Set<String> groups, Map<String, String> labels, boolean enabled, Grant... grants) {
        ServiceAccount plain = account("svc-a");
        return new ServiceAccount(
                plain.id(),
                plain.name(),
                "",
                null,
                groups,
                labels,
                enabled,
                plain.createdAt(),
                null,
                List.of(grants));
    }

    @Test
    void anAccountWhoseGrantIsWithdrawn_isRefused() {
        kept.with(account("svc-a", grant("g1", "reader", ACME)));
        warm();
        kept.with(account("svc-a"));
        assertDenied(ask(), Cause.NO_PERMIT);
        kept.with(account("svc-a", grant("g1", "reader", EntityRef.organization("payroll"))));
        assertDenied(ask(), Cause.NO_PERMIT);
        kept.with(account("svc-a", grant("g1", "reader", ACME)));
        assertThat(ask().allowed()).isTrue();
    }

    @Test
    void anAccountWhoseGrantHasEnded_isRefused() {
        Instant end = clock.instant().plus(Duration.ofMinutes(1));
        kept.with(account("svc-a", new Grant("g1", "reader", ACME, end)));
        warm();
        clock.advance(Duration.ofMinutes(1));
        assertDenied(ask(), Cause.NO_PERMIT);
    }

    @Test
    void anotherAccountThanTheOneThatWasAllowed_isRefused() {
        kept.with(account("svc-a", grant("g1", "reader", ACME))).with(account("svc-b"));
        warm();
        assertDenied(
                ask(Subject.Named.of(EntityRef.serviceAccount("svc-b")), "10.0.0.1"),
                Cause.NO_PERMIT);
    }

    @Test
    void anAccountThatIsDisabled_orGone_isRefused() {
        kept.with(account("svc-a", grant("g1", "reader", ACME)));
        warm();
        kept.with(with(Set.of(), Map.of(), false, grant("g1", "reader", ACME)));
        assertDenied(ask(), Cause.ACCOUNT_DISABLED);
        kept.remove("svc-a");
        assertDenied(ask(), Cause.ACCOUNT_UNKNOWN);
    }

    @Test
    void anAccountThatLeftTheGroup_isRefused() {
        load(
                PERMIT.replace(
                                "principal == Quay::ServiceAccount::\"svc-a\"",
                                "principal in Quay::Group::\"night\"")
                        + " when { principal.enabled };");
        kept.with(with(Set.of("night"), Map.of(), true));
        warm();
        kept.with(with(Set.of(), Map.of(), true));
        assertDenied(ask(), Cause.NO_PERMIT);
    }

    @Test
    void anAccountThatJoinedABarredGroup_isRefused() {
        load(
                PERMIT
                        + "; @id(\"barred\") forbid (principal in Quay::Group::\"barred\", action, resource);");
        kept.with(account("svc-a"));
        warm();
        kept.with(with(Set.of("barred"), Map.of(), true));
        assertDenied(ask(), Cause.FORBIDDEN);
    }

    @Test
    void anAccountWhoseLabelChanged_isRefused() {
        load(
                PERMIT
                        + " when { principal.hasTag(\"team\") && principal.getTag(\"team\") == \"red\" };");
        kept.with(with(Set.of(), Map.of("team", "red"), true));
        warm();
        kept.with(with(Set.of(), Map.of("team", "blue"), true));
        assertDenied(ask(), Cause.NO_PERMIT);
    }

    @Test
    void aRequestAfterThePermittedHours_isRefused() {
        load(PERMIT + " when { context.time < datetime(\"2026-11-23T12:00:10Z\") };");
        kept.with(account("svc-a"));
        warm();
        clock.advance(Duration.ofSeconds(10));
        assertDenied(ask(), Cause.NO_PERMIT);
    }

    @Test
    void aTokenThatGrewTooOld_isRefused() {
        load(
                PERMIT
                        + " when { context has authentication && context.authentication has token_age && context.authentication.token_age < 60 };");
        kept.with(account("svc-a"));
        Subject proved =
                new Subject.Proved(
                        EntityRef.serviceAccount("svc-a"),
                        new Authentication(
                                Authentication.Method.CLIENT_SECRET,
                                null,
                                null,
                                clock.instant(),
                                null,
                                null,
                                null),
                        null);
        for (int i = 0; i < 3; i++) {
            assertThat(ask(proved, null).allowed()).isTrue();
        }
        clock.advance(Duration.ofSeconds(60));
        assertDenied(ask(proved, null), Cause.NO_PERMIT);
    }

    @Test
    void aRequestFromAnotherAddress_isRefused() {
        load(
                PERMIT
                        + " when { context has source_ip && context.source_ip.isInRange(ip(\"10.0.0.0/8\")) };");
        kept.with(account("svc-a"));
        warm();
        Subject subject = Subject.Named.of(EntityRef.serviceAccount("svc-a"));
        assertDenied(ask(subject, "192.0.2.1"), Cause.NO_PERMIT);
        assertDenied(ask(subject, null), Cause.ATTRIBUTE_UNAVAILABLE);
    }

    @Test
    void whatANewPolicyForbids_isRefused() {
        load(PERMIT + " when { principal.enabled };");
        kept.with(account("svc-a"));
        warm();
        load(
                PERMIT
                        + " when { principal.enabled }; @id(\"no\") forbid (principal, action == Quay::Action::\"getRepo\", resource) when { resource == Quay::Repository::\"acme/web\" };");
        assertDenied(ask(), Cause.FORBIDDEN);
    }

    @Test
    void whatAReplacedPolicyPermittedBefore_isRefused() {
        load(PERMIT + " when { principal.enabled };");
        kept.with(account("svc-a"));
        warm();
        load(PERMIT + " when { !principal.enabled };");
        assertDenied(ask(), Cause.NO_PERMIT);
    }

    @Test
    void whatAChangedRolePermittedBefore_isRefused() {
        kept.with(account("svc-a", grant("g1", "reader", ACME)));
        warm();
        files.with("roles/reader.cedar", READER.replace("acme/closed", "acme/web"));
        load("");
        assertDenied(ask(), Cause.NO_PERMIT);
    }

    @Test
    void whatAChangedFactForbids_isRefused() {
        files.with("entities.json", visibility("public"));
        load(PERMIT + " when { resource has visibility && resource.visibility == \"public\" };");
        kept.with(account("svc-a"));
        warm();
        files.with("entities.json", visibility("private"));
        load(PERMIT + " when { resource has visibility && resource.visibility == \"public\" };");
        assertDenied(ask(), Cause.NO_PERMIT);
    }

    private static String visibility(String value) {
        return """
        [{"uid": {"type": "Quay::Repository", "id": "acme/web"}, "attrs": {"visibility": "%s"}, "parents": []}]
        """
                .formatted(value);
    }
}
