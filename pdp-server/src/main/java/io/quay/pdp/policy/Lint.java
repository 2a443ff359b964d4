package io.quay.pdp.policy;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.Operation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Refuses policies that are valid Cedar and still almost surely not what was meant. A rule is
/// waived for one policy by `@waive("<rule>: <reason>")`, several separated by `;`.
final class Lint {
    static final String CLASSIFIED = "classified-operations";
    static final String UNNAMED_ACCOUNT = "unnamed-account";
    static final String UNCONSTRAINED = "unconstrained-permit";
    static final String SUPERUSER = "superuser-role";
    static final String LOOSE = "loose-pattern";
    static final String UNREACHABLE = "unreachable";
    static final String ROLE_SHAPE = "role-shape";

    private static final Set<String> WAIVABLE =
            Set.of(
                    CLASSIFIED,
                    TrustLint.UNPINNED,
                    TrustLint.PULL_REQUESTS,
                    TrustLint.UNPROTECTED,
                    TrustLint.UNKNOWN,
                    UNCONSTRAINED,
                    SUPERUSER,
                    LOOSE,
                    UNREACHABLE);
    private static final EntityRef SUPERUSER_SCOPE =
            new EntityRef(EntityTypes.QUAY_ACTION, "super:user");

    private final @Nullable Catalog catalog;
    private final TrustLint trust;
    private final List<Problem> problems = new ArrayList<>();

    /// @param catalog null when the schema is not Quay's: the rules about operations then have
    ///   nothing to say
    /// @param issuers the registered ones
    Lint(@Nullable Catalog catalog, List<Issuer> issuers) {
        this.catalog = catalog;
        this.trust = new TrustLint(issuers);
    }

    List<Problem> check(List<PolicyDefinition> definitions) {
        for (PolicyDefinition definition : definitions) {
            checkWaivers(definition);
            checkShape(definition);
            Patterns.findLoose(definition)
                    .ifPresent(pattern ->
                            report(
                                    definition,
                                    LOOSE,
                                    "pattern \""
                                            + pattern
                                            + "\" also matches longer names, such as \""
                                            + pattern.replace("*", "evil")
                                            + "\"",
                                    "end the fixed part with a delimiter, or compare with =="));
            if (definition.folder().equals("trust")) {
                trust.unregistered(definition)
                        .ifPresent(it -> report(definition, it.rule(), it.message(), it.hint()));
            }
            if (!definition.forbid()) {
                checkPermit(definition, definitions);
            }
        }
        return problems;
    }

    private void checkPermit(PolicyDefinition permit, List<PolicyDefinition> all) {
        Scope scope = permit.scope();
        if (scope.principal() instanceof Constraint.Any
                && scope.resource() instanceof Constraint.Any) {
            report(
                    permit,
                    UNCONSTRAINED,
                    "this permit is for every principal on every resource",
                    "constrain the principal or the resource in its scope");
        }
        switch (permit.folder()) {
            case "trust" -> checkTrust(permit);
            case "access", "roles" -> checkOperations(permit);
            default -> {}
        }
        all.stream()
                .filter(other -> other.forbid() && other.folder().equals(permit.folder()))
                .filter(other -> other.tree().path("conditions").isEmpty())
                .filter(other -> Covers.scope(other.scope(), permit.scope()))
                .findFirst()
                .ifPresent(forbid ->
                        report(
                                permit,
                                UNREACHABLE,
                                "forbid `"
                                        + forbid.id()
                                        + "` holds for everything that this permits",
                                "delete one of them"));
    }

    private void checkShape(PolicyDefinition definition) {
        if (!definition.template()) {
            return;
        }
        boolean shaped =
                definition.scope().principal()
                                instanceof Constraint.Slot(boolean inPrincipal, var _)
                        && inPrincipal
                        && definition.scope().resource()
                                instanceof Constraint.Slot(boolean inResource, var _)
                        && inResource
                        && !definition.forbid();
        if (!shaped) {
            problems.add(
                    definition.problem(
                            ROLE_SHAPE,
                            "a role must be a permit with `principal in ?principal` and `resource in ?resource`",
                            "so that it can be granted to accounts and groups, on an object and all that is in it"));
        }
    }

    private void checkTrust(PolicyDefinition permit) {
        if (!(permit.scope().resource() instanceof Constraint.Equal(EntityRef account))
                || !account.type().equals(EntityTypes.SERVICE_ACCOUNT)) {
            problems.add(
                    permit.problem(
                            UNNAMED_ACCOUNT,
                            "a trust permit must name the one account it is about",
                            "write resource == Quay::ServiceAccount::\"svc-…\" in its scope"));
        }
        for (TrustLint.Finding finding : trust.check(permit)) {
            if (WAIVABLE.contains(finding.rule())) {
                report(permit, finding.rule(), finding.message(), finding.hint());
            } else {
                problems.add(permit.problem(finding.rule(), finding.message(), finding.hint()));
            }
        }
        checkPatterns(permit);
    }

    private void checkPatterns(PolicyDefinition permit) {
        Optional<String> unanchored = Patterns.findUnanchored(permit);
        unanchored.ifPresent(pattern ->
                report(
                        permit,
                        LOOSE,
                        "pattern \"" + pattern + "\" may begin with anything",
                        "begin with a fixed part that ends in a delimiter, or compare with =="));
        if (unanchored.isEmpty() && Patterns.findLoose(permit).isEmpty()) {
            Patterns.findOpenName(permit)
                    .ifPresent(pattern ->
                            report(
                                    permit,
                                    LOOSE,
                                    "pattern \""
                                            + pattern
                                            + "\" also matches other names, such as \""
                                            + pattern.replace("*", "evil/evil")
                                            + "\"",
                                    "end the fixed part with /, : or @ and let one * follow, or"
                                            + " compare with =="));
        }
    }

    private void checkOperations(PolicyDefinition permit) {
        if (catalog == null) {
            return;
        }
        Set<String> hidden = new TreeSet<>();
        boolean superuser = false;
        Set<String> named = namedActions(permit.scope().action());
        for (Operation operation : catalog.operations()) {
            Set<String> groups = new HashSet<>(operation.groups());
            groups.add(operation.name());
            boolean covered = named.isEmpty() || groups.stream().anyMatch(named::contains);
            if (!covered) {
                continue;
            }
            superuser |= operation.groups().contains(SUPERUSER_SCOPE.id());
            boolean spoken =
                    named.contains(operation.name())
                            || operation.classes().stream().anyMatch(named::contains);
            if (!operation.classes().isEmpty() && !spoken) {
                hidden.add(operation.name());
            }
        }
        if (!hidden.isEmpty()) {
            report(
                    permit,
                    CLASSIFIED,
                    "this permit covers "
                            + hidden.size()
                            + " classified operations without naming them: "
                            + String.join(", ", hidden.stream().limit(3).toList())
                            + (hidden.size() > 3 ? ", …" : ""),
                    "use \"read-safe\" or \"mutate-safe\", or name the operations or their class");
        }
        if (superuser && permit.folder().equals("roles")) {
            report(
                    permit,
                    SUPERUSER,
                    "this role gives operations of Quay's superusers",
                    "leave \"super:user\" out, or say why it is meant");
        }
    }

    /// Names of the actions and groups in the scope; empty = all actions.
    private static Set<String> namedActions(Constraint action) {
        Set<String> names = new HashSet<>();
        action.named().forEach(ref -> names.add(ref.id()));
        return names;
    }

    private void checkWaivers(PolicyDefinition definition) {
        waivers(definition)
                .forEach((rule, reason) -> {
                    if (!WAIVABLE.contains(rule)) {
                        problems.add(
                                definition.problem(
                                        "waiver",
                                        "`" + rule + "` is no rule that can be waived",
                                        "known are "
                                                + String.join(
                                                        ", ",
                                                        WAIVABLE.stream().sorted().toList())));
                    } else if (reason.isEmpty()) {
                        problems.add(
                                definition.problem(
                                        "waiver",
                                        "the waiver of `" + rule + "` gives no reason",
                                        "write \"" + rule + ": why\""));
                    }
                });
    }

    private static Map<String, String> waivers(PolicyDefinition definition) {
        Map<String, String> found = new java.util.LinkedHashMap<>();
        String text = definition.annotations().getOrDefault("waive", "");
        for (String entry : text.isBlank() ? new String[0] : text.split(";", -1)) {
            int colon = entry.indexOf(':');
            String rule = colon < 0 ? entry : entry.substring(0, colon);
            found.put(rule.strip(), colon < 0 ? "" : entry.substring(colon + 1).strip());
        }
        return found;
    }

    private void report(PolicyDefinition definition, String rule, String message, String hint) {
        if (!waivers(definition).containsKey(rule)) {
            problems.add(definition.problem(rule, message, hint));
        }
    }
}
