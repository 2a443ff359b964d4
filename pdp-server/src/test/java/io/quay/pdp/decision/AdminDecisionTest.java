package io.quay.pdp.decision;

import static io.quay.pdp.decision.TestPoint.NOW;
import static io.quay.pdp.decision.TestPoint.assertAllowed;
import static io.quay.pdp.decision.TestPoint.assertDenied;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminDecisionTest {
    private static final EntityRef REGISTRY = EntityRef.registry();
    private static final EntityRef ACME = EntityRef.organization("acme");
    private static final EntityRef OWNED = EntityRef.serviceAccount("svc-owned");
    private static final Path SHIPPED =
            Path.of(System.getProperty("pdp.repository"), "policies/admin/administrators.cedar");
    private static final String DELEGATED =
            """
            @id("acme-administers-its-accounts")
            permit (
              principal in Quay::Group::"acme-admins",
              action in [Pdp::Action::"observe", Pdp::Action::"administer-accounts"],
              resource in Quay::Organization::"acme"
            );
            """;
    private static final String ACCOUNTS =
            """
            groups: [{name: pdp-admins}, {name: auditors}, {name: acme-admins}]
            service_accounts:
              - {name: svc-bootstrap}
              - {name: svc-admin, groups: [pdp-admins]}
              - {name: svc-auditor, groups: [auditors]}
              - {name: svc-delegate, groups: [acme-admins], owner: acme}
              - {name: svc-acme-superuser, groups: [pdp-admins], owner: acme}
              - {name: svc-owned, owner: acme}
              - {name: svc-payroll, owner: payroll}
              - {name: svc-off, groups: [pdp-admins], enabled: false}
              - {name: svc-late, groups: [pdp-admins], expires_at: 2026-11-23T12:00:00Z}
            """;

    @TempDir private Path directory;

    private Knowledge knowledge(String more) {
        try {
            return TestRepository.quay(directory)
                    .with("accounts.yaml", ACCOUNTS)
                    .with("admin/shipped.cedar", java.nio.file.Files.readString(SHIPPED))
                    .with("admin/more.cedar", DELEGATED + more)
                    .load();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Subject.Proved proved(String name, @Nullable Set<String> scopes) {
        return new Subject.Proved(
                EntityRef.serviceAccount(name),
                new Authentication(
                        Authentication.Method.CLIENT_SECRET, null, null, NOW, scopes, "c1", "t1"),
                null);
    }

    private Decision ask(String caller, String action, EntityRef resource) {
        return AdminDecision.decide(
                knowledge(""), proved(caller, null), action, resource, NOW, "10.0.0.1");
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource({
        "svc-admin, createServiceAccount, Quay::Registry, quay, administrators",
        "svc-admin, escalate, Quay::Registry, quay, administrators",
        "svc-admin, rotateSigningKeys, Quay::Registry, quay, administrators",
        "svc-bootstrap, createServiceAccount, Quay::Registry, quay, bootstrap",
        "svc-bootstrap, createGrant, Quay::Repository, acme/web, bootstrap",
        "svc-bootstrap, escalate, Quay::Organization, acme, bootstrap",
        "svc-auditor, readRevocations, Quay::Registry, quay, auditors-observe",
        "svc-auditor, readSigningKeys, Quay::Registry, quay, auditors-observe",
        "svc-auditor, readCredential, Quay::ServiceAccount, svc-owned, auditors-observe",
        "svc-delegate, createServiceAccount, Quay::Organization, acme, acme-administers-its-accounts",
        "svc-delegate, createCredential, Quay::ServiceAccount, svc-owned, acme-administers-its-accounts",
        "svc-delegate, createGrant, Quay::Repository, acme/web, acme-administers-its-accounts",
        "svc-owned, rotateCredential, Quay::ServiceAccount, svc-owned, own-credentials",
        "svc-owned, readGrant, Quay::ServiceAccount, svc-owned, own-credentials",
    })
    void administratorsMayDoTheirOwn(
            String caller, String action, String type, String id, String policy) {
        assertAllowed(ask(caller, action, new EntityRef(type, id)), policy);
    }

    @ParameterizedTest(name = "{0} {1} {2} {3}")
    @CsvSource({
        "svc-auditor, updateServiceAccount, Quay::ServiceAccount, svc-owned",
        "svc-auditor, escalate, Quay::Registry, quay",
        "svc-bootstrap, rotateSigningKeys, Quay::Registry, quay",
        "svc-admin, createUnexpiringCredential, Quay::ServiceAccount, svc-owned",
        "svc-delegate, createServiceAccount, Quay::Registry, quay",
        "svc-delegate, createServiceAccount, Quay::Organization, payroll",
        "svc-delegate, createCredential, Quay::ServiceAccount, svc-payroll",
        "svc-delegate, createCredential, Quay::ServiceAccount, svc-admin",
        "svc-delegate, createGrant, Quay::Organization, payroll",
        "svc-delegate, escalate, Quay::Organization, acme",
        "svc-delegate, escalate, Quay::ServiceAccount, svc-owned",
        "svc-delegate, revoke, Quay::Registry, quay",
        "svc-owned, updateServiceAccount, Quay::ServiceAccount, svc-owned",
        "svc-owned, createCredential, Quay::ServiceAccount, svc-owned",
        "svc-owned, createGrant, Quay::ServiceAccount, svc-owned",
        "svc-owned, rotateCredential, Quay::ServiceAccount, svc-payroll",
        "svc-acme-superuser, createServiceAccount, Quay::Registry, quay",
        "svc-acme-superuser, updateServiceAccount, Quay::ServiceAccount, svc-payroll",
        "svc-acme-superuser, escalate, Quay::Registry, quay",
    })
    void othersMayNot(String caller, String action, String type, String id) {
        assertThat(ask(caller, action, new EntityRef(type, id)).allowed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"assume", "getRepo", "noSuchAction", "rotateSigningKeys"})
    void actionThatIsNoneOfThisApiOnThisObject_isDenied(String action) {
        assertDenied(ask("svc-admin", action, ACME), Cause.NO_PERMIT);
    }

    @Test
    void tokenWithScopes_isDenied() {
        assertDenied(
                AdminDecision.decide(
                        knowledge(""),
                        proved("svc-admin", Set.of("super:user")),
                        "readRoles",
                        REGISTRY,
                        NOW,
                        "10.0.0.1"),
                Cause.INSUFFICIENT_SCOPE);
    }

    @ParameterizedTest
    @CsvSource({
        "svc-off, ACCOUNT_DISABLED",
        "svc-late, ACCOUNT_DISABLED",
        "svc-nobody, ACCOUNT_UNKNOWN"
    })
    void callerThatMayNotAct_isDenied(String caller, Cause cause) {
        assertDenied(ask(caller, "readRoles", REGISTRY), cause);
    }

    @Test
    void accountThatDoesNotExist_isNobodysToAdminister() {
        assertDenied(
                ask("svc-admin", "readServiceAccount", EntityRef.serviceAccount("svc-gone")),
                Cause.NO_PERMIT);
    }

    @Test
    void forbidThatReadsAnUnknownSource_denies() {
        Knowledge knowledge =
                knowledge(
                        "@id(\"outside\") forbid (principal, action in Pdp::Action::\"administer-accounts\", resource) when { context has source_ip && !context.source_ip.isInRange(ip(\"10.0.0.0/8\")) };");
        assertDenied(update(knowledge, null), Cause.ATTRIBUTE_UNAVAILABLE, "outside");
        assertDenied(update(knowledge, "192.0.2.1"), Cause.FORBIDDEN, "outside");
        assertAllowed(update(knowledge, "10.1.2.3"), "administrators");
    }

    private static Decision update(Knowledge knowledge, @Nullable String from) {
        return AdminDecision.decide(
                knowledge, proved("svc-admin", null), "updateServiceAccount", OWNED, NOW, from);
    }

    @Test
    void proofIsWhatPoliciesRead() {
        Knowledge knowledge =
                knowledge(
                        "@id(\"no-secrets\") forbid (principal, action == Pdp::Action::\"updateServiceAccount\", resource) when { context has authentication && context.authentication.method == \"client_secret\" };");
        assertDenied(update(knowledge, "10.1.2.3"), Cause.FORBIDDEN, "no-secrets");
    }

    @Test
    void accessPolicies_sayNothingOfThisApi() {
        Knowledge knowledge =
                TestRepository.quay(directory)
                        .with("accounts.yaml", ACCOUNTS)
                        .withAccess(
                                "@waive(\"unconstrained-permit: test; classified-operations: test\") permit (principal, action, resource);")
                        .load();
        assertDenied(update(knowledge, "10.1.2.3"), Cause.NO_PERMIT);
    }
}
