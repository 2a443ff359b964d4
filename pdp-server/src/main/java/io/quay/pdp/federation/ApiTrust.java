package io.quay.pdp.federation;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.TrustDecision;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// A trust rule made by API: one issuer, one exact subject, one exact audience. Anything cleverer
/// belongs in `trust/`, where it is reviewed. Immutable.
///
/// It obeys what trust policies obey: their forbids hold for it, and of an issuer that strangers
/// share the subject itself must be immutable. By kind:
/// - `kubernetes`: accepted. The subject lacks the service account's uid, but whoever may make that
///   service account anew may as well start a pod that uses it.
/// - `spiffe`: accepted; the trust domain's operator hands out its ids.
/// - `github_actions`: of github.com only the subject with ids; only for events that nobody but
///   those who may write to the repository causes.
/// - `gitlab`: not of gitlab.com, whose subjects hold names alone; elsewhere for protected refs,
///   and events as at GitHub.
/// - `oidc`: of a shared issuer only where `sub` is immutable.
///
/// @param issuer the issuer's name in `issuers.yaml`
/// @param subject the exact `sub`; of SPIFFE the ID in its one spelling
/// @param audience the exact and sole `aud`: the issuer's
public record ApiTrust(String issuer, String subject, String audience) {
    private static final int MAX_SUBJECT = 2048;
    private static final Pattern SERVICE_ACCOUNT =
            Pattern.compile("system:serviceaccount:[a-z0-9][a-z0-9.-]*:[a-z0-9][a-z0-9.-]*");

    /// Why it may not be made, or no longer be used, for people; empty = it may.
    ///
    /// @param issuers the registered ones
    public Optional<String> findObjection(List<Issuer> issuers) {
        Optional<Issuer> found = issuerAmong(issuers);
        if (found.isEmpty()) {
            return Optional.of("issuers.yaml has no issuer of this name");
        }
        if (!found.get().audience().equals(audience)) {
            return Optional.of("the audience is not the issuer's: " + found.get().audience());
        }
        if (subject.isBlank()
                || subject.length() > MAX_SUBJECT
                || subject.chars().anyMatch(Character::isISOControl)) {
            return Optional.of(
                    "the subject must be a text of at most 2048 characters, none a control character");
        }
        return objectionTo(subject).or(() -> objectionTo(found.get(), subject));
    }

    private Optional<Issuer> issuerAmong(List<Issuer> issuers) {
        return issuers.stream().filter(known -> known.name().equals(issuer)).findFirst();
    }

    /// What looks like a rule for more or other workloads than the one that it is compared with.
    private static Optional<String> objectionTo(String subject) {
        if (isBlank(subject.charAt(0)) || isBlank(subject.charAt(subject.length() - 1))) {
            return Optional.of(
                    "the subject begins or ends with a blank: it is compared as it stands");
        }
        return subject.contains("*")
                ? Optional.of(
                        "patterns are not taken: the subject must be one exact `sub`; a trust"
                                + " policy can be for several")
                : Optional.empty();
    }

    private static boolean isBlank(char letter) {
        return Character.isWhitespace(letter) || Character.isSpaceChar(letter);
    }

    /// Why a rule may not rest on this subject alone.
    ///
    /// @param subject the exact `sub`
    public static Optional<String> objectionTo(Issuer issuer, String subject) {
        Optional<SharedIssuer> shared = SharedIssuer.find(issuer.issuer());
        return switch (issuer.kind()) {
            case KUBERNETES ->
                    SERVICE_ACCOUNT.matcher(subject).matches()
                            ? Optional.empty()
                            : Optional.of(
                                    "the subject must be system:serviceaccount:NAMESPACE:NAME");
            case SPIFFE ->
                    SpiffeId.parse(subject)
                                    .filter(id -> id.toString().equals(subject))
                                    .filter(id -> id.issuer().equals(issuer.issuer()))
                                    .isPresent()
                            ? Optional.empty()
                            : Optional.of("the subject must be " + issuer.issuer() + "/PATH");
            case GITHUB_ACTIONS -> objectionToGitHub(shared.isPresent(), subject);
            case GITLAB ->
                    shared.isEmpty()
                            ? Optional.empty()
                            : Optional.of(
                                    "names at gitlab.com change hands and its subjects have no ids:"
                                            + " write a trust policy that pins project_id");
            case OIDC ->
                    shared.isEmpty() || shared.get().subjectIsImmutable()
                            ? Optional.empty()
                            : Optional.of(
                                    "strangers share this issuer and its subjects hold names, which"
                                            + " change hands: write a trust policy that pins an id");
        };
    }

    private static Optional<String> objectionToGitHub(boolean shared, String subject) {
        Optional<GitHubSubject> known = GitHubSubject.parse(subject);
        if (known.map(GitHubSubject::isPullRequest)
                .orElseGet(() -> subject.endsWith(":pull_request"))) {
            return Optional.of(
                    "a pull request runs what its author wrote, and is never taken: write a trust"
                            + " policy that names the event, if that is meant");
        }
        return !shared || known.filter(GitHubSubject::immutable).isPresent()
                ? Optional.empty()
                : Optional.of(
                        "names at GitHub change hands: the subject must have the ids,"
                                + " repo:OWNER@ID/NAME@ID:…, or write a trust policy that pins"
                                + " repository_id");
    }

    /// Whether the bearer of a verified token may assume the account by this rule: the token is
    /// exactly its own, and no forbid of the trust policies holds. Only the account whose rule it
    /// is may be given.
    ///
    /// @param workload what [ClaimMapper] made of the token
    public Decision decide(
            TrustedIssuers trusted,
            Verified token,
            Workload workload,
            ServiceAccount account,
            Instant now) {
        return matches(token, workload)
                ? decide(trusted, workload, account, now)
                : new Decision.Deny(
                        Cause.NO_PERMIT,
                        "the token is another workload's",
                        List.of(),
                        trusted.version());
    }

    /// The same of a workload whose token was found to be exactly the rule's: now, or when it was
    /// exchanged.
    public Decision decide(
            TrustedIssuers trusted, Workload workload, ServiceAccount account, Instant now) {
        Optional<String> objection =
                findObjection(trusted.issuers())
                        .or(() ->
                                issuerAmong(trusted.issuers())
                                        .flatMap(known -> objectionTo(known, workload)));
        if (objection.isPresent()) {
            return new Decision.Deny(
                    Cause.NO_PERMIT, objection.get(), List.of(), trusted.version());
        }
        return TrustDecision.findObjection(trusted, workload, account, now)
                .orElseGet(() -> new Decision.Allow(List.of(), trusted.version()));
    }

    private boolean matches(Verified token, Workload workload) {
        Object sub =
                token.issuer().kind() == IssuerKind.SPIFFE
                        ? workload.entity().id()
                        : token.claims().get("sub");
        return token.issuer().name().equals(issuer)
                && token.issuer().audience().equals(audience)
                && subject.equals(sub);
    }

    /// A pull request runs what its author wrote, other events what a stranger made the default
    /// branch do, and an unprotected ref what any developer wrote; subjects do not tell.
    private static Optional<String> objectionTo(Issuer issuer, Workload workload) {
        String claim = issuer.kind() == IssuerKind.GITLAB ? "pipeline_source" : "event_name";
        if (workload.attributes().get(claim) instanceof Value.Text(String event)
                && !Triggers.needWriters(issuer.kind(), event)) {
            return Optional.of(
                    "the token's %s is %s, which not only those who may write cause: write a trust policy that names it"
                            .formatted(claim, event));
        }
        if (workload.attributes().get("ref_protected") instanceof Value.Bool(boolean safe)
                && workload.entity().type().equals(IssuerKind.GITLAB.entityType())
                && !safe) {
            return Optional.of("the token is of a ref that is not protected");
        }
        return Optional.empty();
    }
}
