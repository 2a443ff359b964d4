package io.quay.pdp.policy;

import io.quay.pdp.federation.GitHubSubject;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.SharedIssuer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The rules about who a trust permit lets in, by the kind of its issuers. For one policy set.
final class TrustLint {
    static final String UNPINNED = "unpinned-issuer";
    static final String SHARED = "shared-issuer";
    static final String PULL_REQUESTS = "pull-requests";
    static final String UNPROTECTED = "unprotected-ref";

    /// The events that run what the author of a pull request wrote, and the one that runs the base
    /// branch's workflow on a stranger's request: its `ref` is the base branch's.
    private static final String TARGET = "pull_request_target";

    private static final List<String> PULL_REQUEST_EVENTS =
            List.of("pull_request", "pull_request_review", "pull_request_review_comment", TARGET);

    /// What a rule found wrong with a permit.
    record Finding(String rule, String message, String hint) {}

    private final List<Issuer> issuers;

    TrustLint(List<Issuer> issuers) {
        this.issuers = issuers;
    }

    List<Finding> check(PolicyDefinition permit) {
        List<Finding> findings = new ArrayList<>();
        Pins pins = Pins.of(permit);
        List<Issuer> possible = possible(pins);
        unpinned(pins, possible).ifPresent(findings::add);
        possible.stream()
                .flatMap(issuer -> mutable(pins, issuer).stream())
                .findFirst()
                .ifPresent(findings::add);
        if (isOf(IssuerKind.GITHUB_ACTIONS, pins, possible)) {
            pullRequests(pins).ifPresent(findings::add);
        }
        if (isOf(IssuerKind.GITLAB, pins, possible) && !protects(pins)) {
            findings.add(
                    new Finding(
                            UNPROTECTED,
                            "any branch that a developer pushes could satisfy this permit",
                            "add principal.ref_protected, or pin principal.environment and"
                                    + " principal.environment_protected, to `when`"));
        }
        return findings;
    }

    /// The registered issuers whose workloads the permit can let in.
    private List<Issuer> possible(Pins pins) {
        return issuers.stream()
                .filter(issuer -> pins.kind().isEmpty() || pins.kind().get() == issuer.kind())
                .filter(issuer ->
                        !pins.pins("issuer") || pins.values("issuer").contains(issuer.name()))
                .filter(issuer ->
                        issuer.kind() != IssuerKind.SPIFFE
                                || !pins.pins("trust_domain")
                                || pins.values("trust_domain").stream()
                                        .anyMatch(domain ->
                                                issuer.issuer().equals("spiffe://" + domain)))
                .toList();
    }

    private static boolean isOf(IssuerKind kind, Pins pins, List<Issuer> possible) {
        return pins.kind()
                .map(known -> known == kind)
                .orElseGet(() -> possible.stream().anyMatch(issuer -> issuer.kind() == kind));
    }

    private static Optional<Finding> unpinned(Pins pins, List<Issuer> possible) {
        boolean issuer = pins.pins("issuer") || pins.pins("trust_domain");
        if (issuer && subject(pins, possible)) {
            return Optional.empty();
        }
        return Optional.of(
                new Finding(
                        UNPINNED,
                        "this permit does not pin "
                                + (issuer ? "who the workload is" : "the issuer"),
                        "add principal.issuer == \"…\" and "
                                + claims(pins.kind().orElse(null))
                                + " with == to `when`"));
    }

    private static String claims(@Nullable IssuerKind kind) {
        return switch (kind) {
            case KUBERNETES -> "uid, or namespace and service_account";
            case SPIFFE -> "path";
            case GITHUB_ACTIONS -> "repository_id";
            case GITLAB -> "project_id";
            case OIDC -> "subject";
            case null -> "subject, uid, or namespace and service_account";
        };
    }

    private static boolean subject(Pins pins, List<Issuer> possible) {
        // every namespace has a service account called "default"
        boolean account =
                pins.pins("uid") || (pins.pins("namespace") && pins.pins("service_account"));
        return switch (pins.kind().orElse(null)) {
            // a subject without uid, where `principal ==` names the workload
            case KUBERNETES -> account || pins.pins("subject");
            case SPIFFE -> pins.pins("path") || anchored(pins, "path");
            case GITHUB_ACTIONS ->
                    any(pins, "repository_id", "repository_owner_id", "repository", "subject")
                            || anchored(pins, "subject");
            case GITLAB ->
                    any(pins, "project_id", "namespace_id", "project_path", "subject")
                            || anchored(pins, "project_path")
                            || anchored(pins, "subject");
            case OIDC ->
                    pins.pins("subject")
                            || anchored(pins, "subject")
                            || possible.stream()
                                    .flatMap(issuer -> SharedIssuer.find(issuer.issuer()).stream())
                                    .anyMatch(shared ->
                                            shared.immutableClaims().stream()
                                                    .anyMatch(pins::pinsTag));
            case null -> account || pins.pins("subject");
        };
    }

    private static boolean any(Pins pins, String... claims) {
        for (String claim : claims) {
            if (pins.pins(claim)) {
                return true;
            }
        }
        return false;
    }

    /// Whether a pattern fixes more than the first word: `repo:acme/*`, not `repo:*`.
    private static boolean anchored(Pins pins, String claim) {
        return pins.prefixes(claim).stream()
                .anyMatch(prefix -> prefix.matches("(?s).*[^\\p{Alnum}].*[^\\p{Alnum}]"));
    }

    private static Optional<Finding> mutable(Pins pins, Issuer issuer) {
        Optional<SharedIssuer> shared = SharedIssuer.find(issuer.issuer());
        if (shared.isEmpty() || pinsForEver(pins, issuer, shared.get())) {
            return Optional.empty();
        }
        Set<String> claims = new TreeSet<>();
        shared.get().immutableClaims().forEach(claim -> claims.add(access(issuer.kind(), claim)));
        return Optional.of(
                new Finding(
                        SHARED,
                        "strangers share issuer `"
                                + issuer.name()
                                + "`, and this permit pins nothing of it that never changes hands",
                        claims.isEmpty()
                                ? "its tokens hold names alone: use another issuer"
                                : "add "
                                        + String.join(" == \"…\" or ", claims)
                                        + " == \"…\" to `when`: names can be taken over"));
    }

    private static boolean pinsForEver(Pins pins, Issuer issuer, SharedIssuer shared) {
        boolean subject =
                issuer.kind() == IssuerKind.GITHUB_ACTIONS
                        && pins.pins("subject")
                        && pins.values("subject").stream()
                                .allMatch(value ->
                                        GitHubSubject.parse(value)
                                                .filter(GitHubSubject::immutable)
                                                .isPresent());
        return subject
                || shared.immutableClaims().stream()
                        .anyMatch(claim ->
                                switch (issuer.kind()) {
                                    case OIDC ->
                                            claim.equals("sub")
                                                    ? pins.pins("subject")
                                                    : pins.pinsTag(claim);
                                    case KUBERNETES, SPIFFE, GITHUB_ACTIONS, GITLAB ->
                                            pins.pins(claim);
                                });
    }

    private static String access(IssuerKind kind, String claim) {
        if (kind != IssuerKind.OIDC) {
            return "principal." + claim;
        }
        return claim.equals("sub") ? "principal.subject" : "principal.getTag(\"" + claim + "\")";
    }

    private static Optional<Finding> pullRequests(Pins pins) {
        List<String> open =
                PULL_REQUEST_EVENTS.stream().filter(event -> lets(pins, event)).toList();
        return open.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Finding(
                                PULL_REQUESTS,
                                "pull requests could satisfy this permit: "
                                        + String.join(", ", open),
                                "add principal.event_name == \"push\", or whichever events are"
                                        + " meant, to `when`"));
    }

    /// Whether a token of this event can satisfy the permit although it does not name the event. An
    /// environment does not help: any workflow can name one.
    private static boolean lets(Pins pins, String event) {
        if (pins.values("event_name").contains(event) || pins.excludes("event_name", event)) {
            return false;
        }
        return event.equals(TARGET) || !pinsBranchOrTag(pins);
    }

    /// Other events of pull requests have refs of their own, `refs/pull/…`.
    private static boolean pinsBranchOrTag(Pins pins) {
        boolean ref =
                pins.pins("ref")
                        && pins.values("ref").stream().noneMatch(v -> v.startsWith("refs/pull/"));
        boolean subject =
                pins.pins("subject")
                        && pins.values("subject").stream()
                                .allMatch(value ->
                                        GitHubSubject.parse(value)
                                                .filter(TrustLint::isBranchOrTag)
                                                .isPresent());
        return ref
                || subject
                || pins.prefixes("ref").stream()
                        .anyMatch(prefix -> prefix.matches("refs/(heads|tags)/.*"));
    }

    private static boolean isBranchOrTag(GitHubSubject subject) {
        return subject.context().startsWith("ref:refs/")
                && !subject.context().startsWith("ref:refs/pull/");
    }

    private static boolean protects(Pins pins) {
        return pins.holds("ref_protected")
                || (pins.pins("environment") && pins.holds("environment_protected"));
    }
}
