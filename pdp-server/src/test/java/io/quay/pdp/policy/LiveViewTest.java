package io.quay.pdp.policy;

import static io.quay.pdp.policy.KeptAccounts.account;
import static io.quay.pdp.policy.KeptAccounts.grant;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Knowledge;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.quay.RequestMapper;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiveViewTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final EntityRef ACME = EntityRef.organization("acme");
    private static final Grant READS = grant("g1", "reader", ACME);
    private static final String ACCOUNTS =
            """
            groups: [{name: night}]
            service_accounts:
              - {name: svc-git, grants: [{id: g-git, role: reader, resource: {type: Quay::Organization, id: acme}}]}
            """;
    private static final String ROLES =
            """
            @id("reader") @description("Reads repositories")
            permit (principal in ?principal, action == Quay::Action::"getRepo", resource in ?resource);
            @id("reader-tags") @role("reader")
            permit (principal in ?principal, action == Quay::Action::"listRepoTags", resource in ?resource);
            @id("deleter")
            permit (principal in ?principal, action == Quay::Action::"deleteRepository", resource in ?resource);
            @id("registry-maker")
            permit (principal in ?principal, action == Quay::Action::"createOrganization", resource in ?resource)
            unless { Quay::Registry::"quay".features.contains("CLOSED") };
            """;

    @TempDir private Path directory;
    private final KeptAccounts kept = new KeptAccounts();
    private TestRepository files;
    private LivePolicies policies;

    @BeforeEach
    void load() {
        files =
                TestRepository.quay(directory)
                        .with("accounts.yaml", ACCOUNTS)
                        .with("roles/roles.cedar", ROLES)
                        .withAccess(
                                "@id(\"frozen\") forbid (principal, action, resource == Quay::Repository::\"acme/frozen\");");
        Snapshot snapshot = files.load();
        policies = new LivePolicies(() -> snapshot, kept);
    }

    private Decision ask(Supplier<? extends Knowledge> knowledge, String account, String line) {
        int blank = line.indexOf(' ');
        return new DecisionPoint(
                        knowledge,
                        new RequestMapper(files.catalog()),
                        DecisionPoint.UnboundIds.REFUSE,
                        Clock.fixed(NOW, ZoneOffset.UTC))
                .decide(
                        new AccessRequest(
                                Subject.Named.of(EntityRef.serviceAccount(account)),
                                new AccessRequest.Asked.Call(
                                        new QuayRequest(
                                                line.substring(0, blank),
                                                line.substring(blank + 1),
                                                new RequestBody.Absent())),
                                "10.0.0.1"))
                .decision();
    }

    private Decision get(Supplier<? extends Knowledge> knowledge, String account) {
        return ask(knowledge, account, "GET /api/v1/repository/acme/web");
    }

    private static void assertCause(Decision decision, Cause cause) {
        assertThat(decision)
                .isInstanceOfSatisfying(
                        Decision.Deny.class, deny -> assertThat(deny.cause()).isEqualTo(cause));
    }

    @Test
    void grantOfTheApi_isPartOfTheNextDecision_andGoneWithIt() {
        kept.with(account("svc-a"));
        assertCause(get(policies, "svc-a"), Cause.NO_PERMIT);

        kept.with(account("svc-a", READS));
        assertThat(get(policies, "svc-a"))
                .isInstanceOfSatisfying(
                        Decision.Allow.class,
                        allow ->
                                assertThat(allow.reasons())
                                        .containsExactly(
                                                new Reason(
                                                        "reader", "g1", "roles/roles.cedar", 1)));
        assertThat(ask(policies, "svc-a", "GET /api/v1/repository/acme/web/tag/").allowed())
                .isTrue();
        assertCause(ask(policies, "svc-a", "GET /api/v1/repository/payroll/web"), Cause.NO_PERMIT);
        assertCause(ask(policies, "svc-a", "DELETE /api/v1/repository/acme/web"), Cause.NO_PERMIT);

        kept.with(account("svc-a"));
        assertCause(get(policies, "svc-a"), Cause.NO_PERMIT);
    }

    @Test
    void forbidOfTheRepository_winsOverAGrantOfTheApi() {
        kept.with(account("svc-a", READS));
        assertCause(ask(policies, "svc-a", "GET /api/v1/repository/acme/frozen"), Cause.FORBIDDEN);
    }

    @Test
    void grantOfAnotherAccount_countsForNobodyElse() {
        kept.with(account("svc-a", READS)).with(account("svc-b"));
        assertThat(get(policies, "svc-a").allowed()).isTrue();
        assertCause(get(policies, "svc-b"), Cause.NO_PERMIT);
    }

    @Test
    void expiredGrant_givesNothing() {
        kept.with(account("svc-a", new Grant("g1", "reader", ACME, NOW)));
        assertCause(get(policies, "svc-a"), Cause.NO_PERMIT);
        kept.with(account("svc-a", new Grant("g1", "reader", ACME, NOW.plusSeconds(1))));
        assertThat(get(policies, "svc-a").allowed()).isTrue();
    }

    @Test
    void grantOfARoleThatIsGone_givesNothing_andDisturbsNoOther() {
        kept.with(account("svc-a", grant("g0", "vanished", ACME), READS));
        assertThat(get(policies, "svc-a").allowed()).isTrue();
        kept.with(account("svc-a", grant("g0", "vanished", ACME)));
        assertCause(get(policies, "svc-a"), Cause.NO_PERMIT);
    }

    @Test
    void entitiesThatOnlyAnUnlinkedRoleReads_areThere() {
        kept.with(account("svc-a", grant("g1", "registry-maker", EntityRef.registry())));
        Decision decision =
                new DecisionPoint(
                                policies,
                                new RequestMapper(files.catalog()),
                                DecisionPoint.UnboundIds.REFUSE,
                                Clock.fixed(NOW, ZoneOffset.UTC))
                        .decide(
                                new AccessRequest(
                                        Subject.Named.of(EntityRef.serviceAccount("svc-a")),
                                        new AccessRequest.Asked.Triple(
                                                "createOrganization",
                                                EntityRef.registry(),
                                                java.util.Map.of(
                                                        "parameters",
                                                        new io.quay.pdp.identity.Value.Fields(
                                                                java.util.Map.of())),
                                                java.util.Map.of(),
                                                java.util.Map.of()),
                                        "10.0.0.1"))
                        .decision();
        assertThat(decision.allowed()).isTrue();
    }

    @Test
    void accountThatGitDeclares_winsOverTheApis() {
        kept.with(account("svc-git", grant("g9", "deleter", EntityRef.registry())));
        assertThat(policies.get().accounts().find("svc-git").orElseThrow().id())
                .isEqualTo("git:svc-git");
        assertCause(
                ask(policies, "svc-git", "DELETE /api/v1/repository/acme/web"), Cause.NO_PERMIT);
        assertThat(get(policies, "svc-git").allowed()).isTrue();
        assertThat(policies.get().accounts().all())
                .extracting(ServiceAccount::name)
                .containsExactly("svc-git");
    }

    @Test
    void accountThatChangesWithinALook_staysAsItWasSeen() {
        kept.with(account("svc-a", READS));
        LiveView view = policies.get();
        assertThat(get(() -> view, "svc-a").allowed()).isTrue();
        kept.remove("svc-a");
        assertThat(get(() -> view, "svc-a").allowed()).isTrue();
        assertCause(get(policies, "svc-a"), Cause.ACCOUNT_UNKNOWN);
    }

    @Test
    void simulatedAccount_decidesAsIfItWereSo() {
        kept.with(account("svc-a"));
        LiveView view = policies.get();
        assertThat(get(() -> view.with(account("svc-a", READS)), "svc-a").allowed()).isTrue();
        assertThat(get(() -> view.with(account("svc-new", READS)), "svc-new").allowed()).isTrue();
        assertCause(get(() -> view.without("svc-a"), "svc-a"), Cause.ACCOUNT_UNKNOWN);
        assertCause(get(() -> view, "svc-a"), Cause.NO_PERMIT);
    }

    @Test
    void grantOfGitThatTheSimulatedAccountLacks_doesNotCount() {
        LiveView view = policies.get();
        ServiceAccount declared = view.accounts().find("svc-git").orElseThrow();
        assertThat(get(() -> view, "svc-git").allowed()).isTrue();
        assertCause(get(() -> view.with(account("svc-git")), "svc-git"), Cause.NO_PERMIT);
        assertThat(get(() -> view.with(declared), "svc-git").allowed()).isTrue();
    }

    @Test
    void rolesAreListedWithWhereTheyStand() {
        LiveView view = policies.get();
        assertThat(view.roles()).extracting(Role::name).contains("deleter", "reader");
        assertThat(view.roles())
                .contains(
                        new Role(
                                "reader",
                                "Reads repositories",
                                "roles/roles.cedar",
                                1,
                                List.of("reader", "reader-tags")));
        assertThat(view.roleExists("reader")).isTrue();
        assertThat(view.roleExists("reader-tags")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "svc-git, true",
        "svc-principal, true",
        "svc-trusted, true",
        "svc-text, true",
        "svc-prod-7, true",
        "svc-self, true",
        "svc-fact, true",
        "svc-annotated, false",
        "svc-request-1, false",
        "svc-other, false"
    })
    void nameThatTheRepositoryMentions_isFound(String name, boolean mentioned) {
        LiveView view =
                LiveView.of(
                        files.with(
                                        "access/names.cedar",
                                        """
                                        @id("n1") @ticket("svc-annotated")
                                        permit (principal == Quay::ServiceAccount::"svc-principal", action == Quay::Action::"getRepo", resource);
                                        @id("n2") forbid (principal, action == Quay::Action::"getRepo", resource) when { principal.name == "svc-text" };
                                        @id("n3") forbid (principal, action == Quay::Action::"getRepo", resource) when { principal.name like "svc-prod-*" };
                                        @id("n4") permit (principal in Quay::Group::"night", action == Quay::Action::"getLoggedInUser", resource == Quay::User::"svc-self");
                                        @id("n5") forbid (principal, action == Quay::Action::"createOrganization", resource) when { context.parameters has name && context.parameters.name like "svc-request-*" };
                                        """)
                                .with(
                                        "entities.json",
                                        "[{\"uid\": {\"type\": \"Quay::Organization\", \"id\": \"acme\"}, \"tags\": {\"bot\": \"svc-fact\"}}]")
                                .with(
                                        "trust/t.cedar",
                                        "@id(\"t\") @waive(\"unpinned-issuer: test\") permit (principal is Workload::Oidc, action == Pdp::Action::\"assume\", resource == Quay::ServiceAccount::\"svc-trusted\");")
                                .load());
        assertThat(view.mentions(name)).isEqualTo(mentioned);
        assertThat(Objects.requireNonNull(view.version())).isNotBlank();
    }
}
