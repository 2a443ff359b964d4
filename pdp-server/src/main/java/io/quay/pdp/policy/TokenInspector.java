package io.quay.pdp.policy;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.decision.TrustDecision;
import io.quay.pdp.federation.Assumption;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.federation.WorkloadToken;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Says which workload a token is, which accounts it may assume, and for the others which clause of
/// which permit failed. Uses nothing of the token up, issues nothing, and asks nobody but the
/// issuer for its keys.
public final class TokenInspector {
    private static final String NOBODY = "";

    private final LiveView view;
    private final Federation federation;
    private final NearMisses nearMisses;

    /// @param federation over the same view
    public TokenInspector(LiveView view, Federation federation, PolicyLanguage language) {
        this.view = view;
        this.federation = federation;
        this.nearMisses = new NearMisses(language);
    }

    /// @param accounts those that are to be spoken of
    public TokenInspection inspect(String token, Collection<ServiceAccount> accounts, Instant now) {
        if (!(federation.assume(token, NOBODY, Federation.Way.EXCHANGED)
                instanceof Assumption.Refused refused)) {
            throw new IllegalStateException("no account has an empty name");
        }
        WorkloadToken proved = refused.token();
        if (proved == null) {
            return new TokenInspection.Refused(refused.detail());
        }
        return new TokenInspection.Accepted(
                proved,
                accounts.stream()
                        .map(account -> verdict(token, proved, account, now))
                        .sorted(
                                Comparator.comparing((TokenInspection.Verdict it) -> !it.allowed())
                                        .thenComparing(it -> it.account().name()))
                        .toList());
    }

    private TokenInspection.Verdict verdict(
            String token, WorkloadToken proved, ServiceAccount account, Instant now) {
        Decision decision = TrustDecision.decide(view, proved.workload(), account, now);
        List<Explanation.Determining> determining = determining(decision);
        return switch (federation.assume(token, account.name(), Federation.Way.EXCHANGED)) {
            case Assumption.Assumed assumed ->
                    new TokenInspection.Verdict(
                            account,
                            true,
                            idOf(assumed),
                            "",
                            assumed.credential() == null ? determining : List.of(),
                            List.of());
            case Assumption.Refused refused ->
                    new TokenInspection.Verdict(
                            account,
                            false,
                            "",
                            refused.message(),
                            determining,
                            refused.cause() == Cause.NO_PERMIT
                                    ? nearest(proved, account, now)
                                    : List.of());
        };
    }

    private static String idOf(Assumption.Assumed assumed) {
        Credential credential = assumed.credential();
        return credential == null ? "" : credential.id();
    }

    private List<Explanation.Determining> determining(Decision decision) {
        Set<Reason> reasons = new HashSet<>(decision.reasons());
        return trust().stream()
                .filter(member -> reasons.contains(member.reason()))
                .map(member ->
                        new Explanation.Determining(
                                member.reason(),
                                member.candidate().forbid(),
                                member.definition().annotations()))
                .sorted(Comparator.comparing(found -> found.reason().policy()))
                .toList();
    }

    /// Of the permits that are about this account: those about others say nothing of it.
    private List<Explanation.NearMiss> nearest(
            WorkloadToken proved, ServiceAccount account, Instant now) {
        List<CompiledSet.Member> about =
                trust().stream()
                        .filter(member ->
                                member.scope()
                                        .resource()
                                        .matches(account.entity(), Set.of(account.entity())))
                        .toList();
        return TrustDecision.question(view, proved.workload(), account, now)
                .map(question -> nearMisses.of(about, question))
                .orElse(List.of());
    }

    private Collection<CompiledSet.Member> trust() {
        return view.snapshot().set(PolicyKind.TRUST).members().values();
    }
}
