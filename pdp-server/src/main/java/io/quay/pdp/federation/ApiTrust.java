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
/// - `github_actions`: of github.com only the subject with ids; never for a pull request.
/// - `gitlab`: not of gitlab.com, whose subjects hold names alone; elsewhere for protected refs.
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
        Optional<Issuer> found =
                issuers.stream().filter(known -> known.name().equals(issuer)).findFirst();
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
        return objectionTo(found.get(), subject);
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
            case GITHUB_ACTIONS ->
                    shared.isEmpty()
                                    || GitHubSubject.parse(subject)
                                            .filter(GitHubSubject::immutable)
                                            .isPresent()
                            ? Optional.empty()
                            : Optional.of(
                                    "names at GitHub change hands: the subject must have the ids,"
                                            + " repo:OWNER@ID/NAME@ID:…, or write a trust policy"
                                            + " that pins repository_id");
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
                findObjection(trusted.issuers()).or(() -> objectionTo(workload));
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

    /// A pull request runs what its author wrote, and an unprotected ref what any developer did;
    /// subjects do not tell.
    private static Optional<String> objectionTo(Workload workload) {
        if (workload.attributes().get("event_name") instanceof Value.Text(String event)
                && event.startsWith("pull_request")) {
            return Optional.of("the token is a pull request's");
        }
        if (workload.attributes().get("ref_protected") instanceof Value.Bool(boolean safe)
                && workload.entity().type().equals(IssuerKind.GITLAB.entityType())
                && !safe) {
            return Optional.of("the token is of a ref that is not protected");
        }
        return Optional.empty();
    }
}
