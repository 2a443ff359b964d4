package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.ServiceAccounts;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;

/// The port to one loaded policy repository: immutable, and the same for the whole of one decision.
public interface Knowledge {
    String version();

    ServiceAccounts accounts();

    /// The same with this account in the place of the one of its name: its groups, owner, labels
    /// and grants are then those of the argument.
    Knowledge with(ServiceAccount account);

    ActionModel actions();

    /// What `entities.json` says of an entity.
    Optional<EntityData> fact(EntityRef ref);

    /// The ids of all entities of a type that are known by name: declared in files or by the API,
    /// or named by an access policy, a grant or a fact. In order; empty for an unknown type.
    NavigableSet<String> known(String type);

    Evaluation evaluate(PolicyKind kind, Question question);

    /// The policies whose scope matches.
    List<Candidate> candidates(PolicyKind kind, Question question);

    /// Whether a forbid for this principal and action depends on which object of the type the
    /// resource is.
    boolean mayForbidSome(PolicyKind kind, Question question, String resourceType);

    /// Entities that conditions of the set read by name, beside the question's own.
    Set<EntityRef> readByName(PolicyKind kind);

    /// Where a policy stands.
    Reason reason(PolicyKind kind, String policyId);
}
