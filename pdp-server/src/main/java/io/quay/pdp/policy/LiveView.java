package io.quay.pdp.policy;

import io.quay.pdp.decision.ActionModel;
import io.quay.pdp.decision.Candidate;
import io.quay.pdp.decision.EntityData;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.decision.Question;
import io.quay.pdp.decision.Reason;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.TrustedIssuers;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.OtherAccounts;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.ServiceAccounts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One look at all that decides: a loaded policy repository and the accounts that the API made,
/// whose grants count beside the policies. Safe for use by any number of threads.
///
/// An account's own grants count exactly as the account of this view has them: those compiled with
/// the repository are left out when it has them no more, the others are linked when they are asked
/// about.
public final class LiveView implements TrustedIssuers {
    private static final Logger LOG = LoggerFactory.getLogger(LiveView.class);

    private final Snapshot snapshot;
    private final LiveAccounts accounts;

    LiveView(Snapshot snapshot, OtherAccounts others) {
        this(snapshot, new LiveAccounts(snapshot.declared(), others));
    }

    private LiveView(Snapshot snapshot, LiveAccounts accounts) {
        this.snapshot = snapshot;
        this.accounts = accounts;
    }

    /// A repository with no other accounts than its own.
    public static LiveView of(Snapshot snapshot) {
        return new LiveView(
                snapshot,
                new OtherAccounts() {
                    @Override
                    public Optional<ServiceAccount> find(String name) {
                        return Optional.empty();
                    }

                    @Override
                    public Collection<ServiceAccount> all() {
                        return List.of();
                    }
                });
    }

    @Override
    public LiveView with(ServiceAccount changed) {
        return new LiveView(snapshot, accounts.with(changed.name(), Optional.of(changed)));
    }

    /// The same as if there were no account of this name.
    public LiveView without(String name) {
        return new LiveView(snapshot, accounts.with(name, Optional.empty()));
    }

    @Override
    public String version() {
        return snapshot.version();
    }

    @Override
    public ServiceAccounts accounts() {
        return accounts;
    }

    @Override
    public List<Issuer> issuers() {
        return snapshot.issuers();
    }

    @Override
    public ActionModel actions() {
        return snapshot.actions();
    }

    @Override
    public Optional<EntityData> fact(EntityRef ref) {
        return snapshot.fact(ref);
    }

    @Override
    public NavigableSet<String> known(String type) {
        KnownNames names = new KnownNames(type);
        names.addIds(snapshot.known(type));
        names.addAccounts(accounts.all());
        return names.found();
    }

    /// Permits of the repository and of the account's own grants united. A forbid of the repository
    /// needs no more; an error in either proves nothing.
    @Override
    public Evaluation evaluate(PolicyKind kind, Question question) {
        Evaluation declared = snapshot.evaluate(kind, question);
        return kind != PolicyKind.ACCESS
                ? declared
                : switch (declared) {
                    case Evaluation.Failed _, Evaluation.Forbidden _ -> declared;
                    case Evaluation.Permitted(Set<String> permits) ->
                            withOwn(held(permits, question.principal()), question);
                    case Evaluation.Unmatched _ -> withOwn(Set.of(), question);
                };
    }

    private Evaluation withOwn(Set<String> permits, Question question) {
        List<CompiledSet.Granted> own = ownGrants(question.principal());
        if (own.isEmpty()) {
            return united(permits, Set.of());
        }
        return switch (evaluate(own, question)) {
            case Evaluation.Permitted(Set<String> more) -> united(permits, more);
            case Evaluation.Unmatched _ -> united(permits, Set.of());
            case Evaluation.Forbidden forbidden -> forbidden;
            case Evaluation.Failed failed -> failed;
        };
    }

    private Evaluation evaluate(List<CompiledSet.Granted> own, Question question) {
        try {
            return access().link(own).evaluate(question);
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("granted roles cannot be compiled");
            return new Evaluation.Failed("granted roles cannot be compiled", Set.of());
        }
    }

    private static Evaluation united(Set<String> some, Set<String> more) {
        Set<String> all = new HashSet<>(some);
        all.addAll(more);
        return all.isEmpty() ? new Evaluation.Unmatched() : new Evaluation.Permitted(all);
    }

    private Set<String> held(Set<String> permits, EntityRef principal) {
        return permits.stream()
                .filter(id -> {
                    CompiledSet.Member member = access().members().get(id);
                    return member == null || held(member, principal);
                })
                .collect(Collectors.toSet());
    }

    /// Whether a grant to the principal itself is one that the account of this view has.
    private boolean held(CompiledSet.Member member, EntityRef principal) {
        CompiledSet.Granted granted = member.granted();
        return granted == null
                || !granted.holder().equals(principal)
                || accounts.find(principal.id())
                        .filter(account -> account.grants().contains(granted.grant()))
                        .isPresent();
    }

    /// The account's grants that are not compiled with the repository, of roles that it has.
    private List<CompiledSet.Granted> ownGrants(EntityRef principal) {
        return principal.type().equals(EntityTypes.SERVICE_ACCOUNT)
                ? accounts.find(principal.id()).map(this::ownGrants).orElse(List.of())
                : List.of();
    }

    /// The access policies and granted roles that can matter to a principal.
    List<CompiledSet.Member> membersFor(@Nullable EntityRef principal) {
        List<CompiledSet.Member> members = new ArrayList<>(access().members().values());
        if (principal != null) {
            members.addAll(access().membersOf(ownGrants(principal)));
        }
        return members;
    }

    private List<CompiledSet.Granted> ownGrants(ServiceAccount account) {
        return account.grants().stream()
                .filter(grant -> roleExists(grant.role()))
                .map(grant -> new CompiledSet.Granted(grant, account.entity()))
                .filter(granted -> !access().holds(granted))
                .toList();
    }

    @Override
    public List<Candidate> candidates(PolicyKind kind, Question question) {
        List<Candidate> found = new ArrayList<>();
        snapshot.set(kind).matching(question).stream()
                .filter(member -> held(member, question.principal()))
                .forEach(member -> found.add(member.candidate()));
        List<CompiledSet.Granted> own =
                kind == PolicyKind.ACCESS ? ownGrants(question.principal()) : List.of();
        if (!own.isEmpty()) {
            ScopeIndex.matching(access().membersOf(own), question)
                    .forEach(member -> found.add(member.candidate()));
        }
        return found;
    }

    /// The policies and granted roles of a kind whose scope is open to an account with these
    /// properties, whatever its name means now.
    List<CompiledSet.Member> membersFor(
            PolicyKind kind, ServiceAccount account, Set<EntityRef> ancestors) {
        Stream<CompiledSet.Member> own =
                kind == PolicyKind.ACCESS
                        ? access().membersOf(ownGrants(account)).stream()
                        : Stream.empty();
        LiveView as = with(account);
        return Stream.concat(
                        snapshot.set(kind).members().values().stream()
                                .filter(member -> as.held(member, account.entity()))
                                .filter(member ->
                                        member.scope()
                                                .principal()
                                                .matches(account.entity(), ancestors)),
                        own)
                .toList();
    }

    @Override
    public boolean mayForbidSome(PolicyKind kind, Question question, String resourceType) {
        return snapshot.mayForbidSome(kind, question, resourceType);
    }

    @Override
    public Set<EntityRef> readByName(PolicyKind kind) {
        return snapshot.readByName(kind);
    }

    @Override
    public Reason reason(PolicyKind kind, String policyId) {
        if (kind == PolicyKind.ACCESS && policyId.startsWith(CompiledSet.LIVE_GRANT)) {
            Optional<Reason> own =
                    accounts.seen().stream()
                            .flatMap(account -> access().membersOf(ownGrants(account)).stream())
                            .filter(member -> member.candidate().id().equals(policyId))
                            .map(CompiledSet.Member::reason)
                            .findFirst();
            if (own.isPresent()) {
                return own.get();
            }
        }
        return snapshot.reason(kind, policyId);
    }

    public boolean roleExists(String role) {
        return access().roles().containsKey(role);
    }

    /// The roles that can be granted, in the order of their names.
    public List<Role> roles() {
        return access().roles().keySet().stream()
                .sorted()
                .map(name ->
                        Role.of(name, java.util.Objects.requireNonNull(access().roles().get(name))))
                .toList();
    }

    /// Whether the repository says something of an account of this name: it declares one, or a
    /// policy, a role or a fact names it or has a pattern that the name matches. Whoever had the
    /// name would have what is said of it.
    public boolean mentions(String accountName) {
        return snapshot.mentions(accountName);
    }

    public Snapshot snapshot() {
        return snapshot;
    }

    private CompiledSet access() {
        return snapshot.set(PolicyKind.ACCESS);
    }
}
