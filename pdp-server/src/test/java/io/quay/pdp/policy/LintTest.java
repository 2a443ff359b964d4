package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Each rule with what it refuses, what is just fine beside it, and its waiver.
class LintTest {
    private static final String SVC = "principal == Quay::ServiceAccount::\"svc-a\"";
    private static final String ACME = "resource in Quay::Organization::\"acme\"";
    private static final String PINNED =
            "principal.issuer == \"prod\" && principal.namespace == \"ci\" && principal.service_account == \"tf\"";

    @TempDir private Path directory;

    private List<String> rules(String folder, String policy) {
        String named = policy.contains("@id") ? policy : "@id(\"x\") " + policy;
        return TestRepository.quay(directory)
                .with("keys.json", "{\"keys\": []}")
                .with(
                        "issuers.yaml",
                        """
                        issuers:
                          - {name: prod, kind: kubernetes, issuer: "https://kubernetes.default.svc", audience: pdp, keys: {jwks_file: keys.json}}
                          - {name: test, kind: kubernetes, issuer: "https://kubernetes.default.svc", audience: pdp, keys: {jwks_file: keys.json}}
                        """)
                .with(folder + "/a.cedar", named)
                .rules();
    }

    private void refused(String rule, String folder, String policy) {
        assertThat(rules(folder, policy)).containsExactly(rule);
        String waiver = "@waive(\"" + rule + ": known and wanted\") ";
        assertThat(rules(folder, waiver + policy)).as("waived").isEmpty();
    }

    private void accepted(String folder, String policy) {
        assertThat(rules(folder, policy)).isEmpty();
    }

    private static String permit(String action) {
        return "permit (" + SVC + ", " + action + ", " + ACME + ");";
    }

    private static String role(String action) {
        return "permit (principal in ?principal, " + action + ", resource in ?resource);";
    }

    private static String trust(String condition) {
        return "permit (principal is Workload::Kubernetes, action == Pdp::Action::\"assume\", "
                + "resource == Quay::ServiceAccount::\"svc-a\") when { "
                + condition
                + " };";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "action",
                "action in Quay::Action::\"read\"",
                "action in [Quay::Action::\"mutate\", Quay::Action::\"credential:mint\"]",
                "action in Quay::Action::\"org:admin\""
            })
    void permitThatCoversClassifiedOperationsUnspoken_isRefused(String action) {
        refused("classified-operations", "access", permit(action));
        refused(
                "classified-operations",
                "access",
                permit(action).replace("permit (", "\n  permit ("));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "action in Quay::Action::\"read-safe\"",
                "action in [Quay::Action::\"mutate-safe\", Quay::Action::\"credential:mint\"]",
                "action == Quay::Action::\"createOrgRobot\"",
                "action in [Quay::Action::\"read\", Quay::Action::\"credential:read\", Quay::Action::\"dataflow:install\", Quay::Action::\"credential:mint\", Quay::Action::\"authority:grant\"]"
            })
    void permitThatNamesWhatItCovers_isAccepted(String action) {
        accepted("access", permit(action));
    }

    @Test
    void forbidMayCoverEverything() {
        accepted("access", "forbid (principal, action, " + ACME + ");");
    }

    @Test
    void roleThatCoversClassifiedOperationsUnspoken_isRefused() {
        refused("classified-operations", "roles", role("action in Quay::Action::\"repo:admin\""));
        accepted(
                "roles",
                role("action in Quay::Action::\"read-safe\"")
                        .replace(
                                "action in Quay::Action::\"read-safe\"",
                                "action == Quay::Action::\"getRepo\""));
    }

    @Test
    void roleThatGivesSuperuserOperations_isRefused() {
        refused("superuser-role", "roles", role("action == Quay::Action::\"listAllUsers\""));
        accepted(
                "access",
                permit("action == Quay::Action::\"listAllUsers\"")
                        .replace(ACME, "resource == Quay::Registry::\"quay\""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "principal.namespace == \"ci\" && principal.service_account == \"tf\"",
                "principal.issuer == \"prod\"",
                "principal.issuer == \"prod\" && principal.service_account == \"tf\"",
                "principal.issuer == \"prod\" && principal.namespace == \"ci\"",
                "principal.issuer like \"prod-*\" && principal.uid == \"u\"",
                "principal.issuer == principal.namespace && principal.uid == \"u\"",
                "(principal.issuer == \"prod\" || true) && principal.uid == \"u\"",
                "!(principal.issuer == \"prod\") && principal.uid == \"u\"",
                "principal.issuer != \"prod\" && principal.uid != \"u\""
            })
    void trustThatDoesNotPinTheWorkload_isRefused(String condition) {
        refused("unpinned-issuer", "trust", trust(condition));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                PINNED,
                "\"prod\" == principal.issuer && principal[\"uid\"] == \"u\"",
                "[\"prod\", \"test\"].contains(principal.issuer) && principal.uid == \"u\"",
                "principal.issuer == \"prod\" } when { principal.uid == \"u\""
            })
    void trustThatPinsIssuerAndSubject_isAccepted(String condition) {
        accepted("trust", trust(condition));
    }

    @Test
    void pinUnderUnless_isNone() {
        refused("unpinned-issuer", "trust", trust(PINNED).replace(" when ", " unless "));
    }

    @Test
    void trustForOneWorkloadByName_isPinned() {
        accepted(
                "trust",
                trust("true")
                        .replace(
                                "principal is Workload::Kubernetes",
                                "principal == Workload::Kubernetes::\"prod/system:serviceaccount:ci:tf\""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "resource",
                "resource is Quay::ServiceAccount",
                "resource in Quay::Organization::\"acme\"",
                "resource in Quay::ServiceAccount::\"svc-a\""
            })
    void trustThatNamesNoAccount_isRefusedAndNotWaivable(String resource) {
        String policy =
                trust(PINNED).replace("resource == Quay::ServiceAccount::\"svc-a\"", resource);
        assertThat(rules("trust", policy)).containsExactly("unnamed-account");
        assertThat(rules("trust", "@waive(\"unnamed-account: please\") " + policy))
                .containsExactly("unnamed-account", "waiver");
    }

    @Test
    void permitForEverybodyOnEverything_isRefused() {
        refused(
                "unconstrained-permit",
                "access",
                "permit (principal, action == Quay::Action::\"getRepo\", resource) when { context has scopes };");
        accepted(
                "access", "permit (principal, action == Quay::Action::\"getRepo\", " + ACME + ");");
    }

    @ParameterizedTest
    @CsvSource({
        "team*, team-*",
        "*evil, *-evil",
        "a*b, a-*-b",
        "refs/heads/main*, refs/heads/*",
        "x-*y, *",
    })
    void patternThatEndsWithinAName_isRefused(String loose, String sound) {
        String policy =
                "forbid (principal, action == Quay::Action::\"getRepo\", resource) when { principal.name like \"P\" };";
        refused("loose-pattern", "access", policy.replace("P", loose).replace("forbid", "forbid"));
        accepted("access", policy.replace("P", sound));
    }

    @Test
    void permitThatAForbidAlwaysBeats_isRefused() {
        String forbid = "@id(\"no\") forbid (principal, action, " + ACME + ");\n";
        String permit = permit("action == Quay::Action::\"getRepo\"");
        assertThat(rules("access", forbid + "@id(\"x\") " + permit)).containsExactly("unreachable");
        accepted("access", forbid + "@id(\"x\") @waive(\"unreachable: until May\") " + permit);
        accepted(
                "access",
                forbid.replace(";", " when { context has scopes };") + "@id(\"x\") " + permit);
        accepted("access", forbid.replace("acme", "other") + "@id(\"x\") " + permit);
        accepted(
                "access",
                forbid.replace("(principal,", "(principal in Quay::Group::\"g\",")
                        + "@id(\"x\") "
                        + permit);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "permit (principal == ?principal, action == Quay::Action::\"getRepo\", resource in ?resource);",
                "permit (principal in ?principal, action == Quay::Action::\"getRepo\", resource == ?resource);",
                "permit (principal in ?principal, action == Quay::Action::\"getRepo\", resource);",
                "forbid (principal in ?principal, action == Quay::Action::\"getRepo\", resource in ?resource);"
            })
    void roleOfAnotherShape_isRefused(String policy) {
        assertThat(rules("roles", policy)).containsExactly("role-shape");
    }
}
