package io.quay.pdp.policy;

import io.quay.pdp.federation.GitHubSubject;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.SharedIssuer;
import io.quay.pdp.federation.SpiffeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The rules about who a trust permit lets in, by the kind of its issuers. For one policy set.
final class TrustLint {
    static final String UNPINNED = "unpinned-issuer";
    static final String SHARED = "shared-issuer";
    static final String PULL_REQUESTS = "pull-requests";
    static final String UNPROTECTED = "unprotected-ref";
    static final String UNKNOWN = "unknown-issuer";

    private static final String CHILD = "parent_pipeline";
    private static final String MERGE_REQUEST = "merge_request_event";

    /// What a rule found wrong with a policy.
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
        if (isOf(IssuerKind.GITLAB, pins, possible)) {
            mergeRequests(pins).ifPresent(findings::add);
            if (!protects(pins)) {
                findings.add(
                        new Finding(
                                UNPROTECTED,
                                "any branch that a developer pushes could satisfy this permit",
                                "add principal.ref_protected, or pin principal.environment and"
                                        + " principal.environment_protected, to `when`"));
            }
        }
        return findings;
    }

    /// A policy about an issuer that there is not never holds: a permit lets nobody in, a forbid
    /// shuts nobody out, and neither says so.
    Optional<Finding> unregistered(PolicyDefinition policy) {
        Pins pins = Pins.of(policy);
        List<Issuer> known =
                issuers.stream()
                        .filter(issuer ->
                                pins.kind().isEmpty() || pins.kind().get() == issuer.kind())
                        .toList();
        Stream<String> names =
                pins.values("issuer").stream()
                        .filter(name -> known.stream().noneMatch(it -> it.name().equals(name)));
        Stream<String> domains =
                pins.values("trust_domain").stream()
                        .map(SpiffeId::issuerOf)
                        .filter(id -> known.stream().noneMatch(it -> it.issuer().equals(id)));
        return Stream.concat(names, domains)
                .sorted()
                .findFirst()
                .map(name ->
                        new Finding(
                                UNKNOWN,
                                IssuersFile.NAME
                                        + " has no issuer `"
                                        + name
                                        + "`"
                                        + pins.kind()
                                                .map(kind -> " of kind " + kind.word())
                                                .orElse("")
                                        + ": this policy would never hold",
                                "the name is compared letter by letter; register it, or delete"
                                        + " the policy"));
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

    private static boolean anchored(Pins pins, String claim) {
        return pins.prefixes(claim).stream().anyMatch(Patterns::anchors);
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

    /// Strangers' events are many, and new ones come: a permit says which it is for. Neither a ref
    /// helps, which can be the default branch's, nor an environment: any workflow can name one.
    private static Optional<Finding> pullRequests(Pins pins) {
        return pins.pins("event_name")
                ? Optional.empty()
                : Optional.of(
                        new Finding(
                                PULL_REQUESTS,
                                "pull requests and other events that strangers trigger, with the"
                                        + " default branch's ref too, could satisfy this permit:"
                                        + " pull_request, pull_request_target, workflow_run,"
                                        + " issue_comment, …",
                                "add principal.event_name == \"push\", or whichever events are"
                                        + " meant, to `when`; != is not enough"));
    }

    /// A child pipeline does not say what its parent was for.
    private static Optional<Finding> mergeRequests(Pins pins) {
        Set<String> sources = pins.values("pipeline_source");
        return pins.pins("pipeline_source")
                        && (!sources.contains(CHILD) || sources.contains(MERGE_REQUEST))
                ? Optional.empty()
                : Optional.of(
                        new Finding(
                                PULL_REQUESTS,
                                "merge requests could satisfy this permit: "
                                        + (sources.contains(CHILD)
                                                ? CHILD + " can be a child of theirs"
                                                : MERGE_REQUEST + ", external_pull_request_event"),
                                "add principal.pipeline_source == \"push\", or whichever sources"
                                        + " are meant, to `when`; != is not enough"));
    }

    private static boolean protects(Pins pins) {
        return pins.holds("ref_protected")
                || (pins.pins("environment") && pins.holds("environment_protected"));
    }
}
