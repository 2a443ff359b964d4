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
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.ServiceAccounts;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// One policy repository, loaded whole: policies, accounts, issuers and facts that belong together.
/// Immutable.
public final class Snapshot implements TrustedIssuers {
    private final String version;
    private final SchemaModel actions;
    private final DeclaredAccounts accounts;
    private final List<Issuer> issuers;
    private final Map<EntityRef, EntityData> facts;
    private final Map<PolicyKind, CompiledSet> sets;

    Snapshot(
            String version,
            SchemaModel actions,
            DeclaredAccounts accounts,
            List<Issuer> issuers,
            Map<EntityRef, EntityData> facts,
            Map<PolicyKind, CompiledSet> sets) {
        this.version = version;
        this.actions = actions;
        this.accounts = accounts;
        this.issuers = List.copyOf(issuers);
        this.facts = Map.copyOf(facts);
        this.sets = Map.copyOf(sets);
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public ServiceAccounts accounts() {
        return accounts;
    }

    @Override
    public List<Issuer> issuers() {
        return issuers;
    }

    @Override
    public LiveView with(ServiceAccount account) {
        return LiveView.of(this).with(account);
    }

    @Override
    public ActionModel actions() {
        return actions;
    }

    /// The actions that service accounts can ask for in policies of a kind.
    List<ActionModel.Action> actionsOf(PolicyKind kind) {
        boolean own = kind == PolicyKind.ADMIN;
        return actions.actionsOf(EntityTypes.SERVICE_ACCOUNT).stream()
                .filter(action -> action.ref().type().equals(EntityTypes.PDP_ACTION) == own)
                .toList();
    }

    SchemaModel schema() {
        return actions;
    }

    DeclaredAccounts declared() {
        return accounts;
    }

    Map<EntityRef, EntityData> facts() {
        return facts;
    }

    @Override
    public Optional<EntityData> fact(EntityRef ref) {
        return Optional.ofNullable(facts.get(ref));
    }

    @Override
    public NavigableSet<String> known(String type) {
        KnownNames names = new KnownNames(type);
        names.addFacts(facts.values());
        names.addAll(set(PolicyKind.ACCESS).named());
        names.addAccounts(accounts.all());
        return names.found();
    }

    @Override
    public Evaluation evaluate(PolicyKind kind, Question question) {
        return set(kind).evaluate(question);
    }

    @Override
    public List<Candidate> candidates(PolicyKind kind, Question question) {
        return set(kind).candidates(question);
    }

    @Override
    public boolean mayForbidSome(PolicyKind kind, Question question, String resourceType) {
        return set(kind).mayForbidSome(question, resourceType);
    }

    @Override
    public Set<EntityRef> readByName(PolicyKind kind) {
        return set(kind).readByName();
    }

    @Override
    public Reason reason(PolicyKind kind, String policyId) {
        return set(kind).reason(policyId);
    }

    /// Policies and granted roles together.
    public int policyCount() {
        return sets.values().stream().mapToInt(CompiledSet::size).sum();
    }

    /// How many policies and templates each folder holds: `access`, `roles`, `trust`, `admin`.
    public SortedMap<String, Integer> counts() {
        SortedMap<String, Integer> counts = new TreeMap<>();
        sets.values().stream()
                .flatMap(set -> set.definitions().stream())
                .forEach(definition -> counts.merge(definition.folder(), 1, Integer::sum));
        return counts;
    }

    /// As [LiveView#mentions].
    boolean mentions(String accountName) {
        Mentions of = new Mentions(accountName);
        return accounts.find(accountName).isPresent()
                || sets.values().stream()
                        .flatMap(set -> set.definitions().stream())
                        .anyMatch(definition -> of.in(definition.tree()))
                || facts.values().stream().anyMatch(of::in);
    }

    CompiledSet set(PolicyKind kind) {
        return java.util.Objects.requireNonNull(sets.get(kind));
    }
}
