package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.Value;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.quay.RequestMapper;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Decides access requests against the policies that are loaded at that moment. Safe for use by any
/// number of threads.
public final class DecisionPoint {
    /// What to do when an operation looks an id up without the path that holds it.
    public enum UnboundIds {
        /// Ask for a permit on the Registry, else deny `target_unbound`.
        REFUSE,
        /// Believe that the id belongs to the path's repository, as Quay does.
        TRUST_PATH
    }

    private static final Set<String> OUR_NAMESPACES = Set.of("Quay::", "Pdp::", "Workload::");

    private final Supplier<? extends Knowledge> policies;
    private final @Nullable RequestMapper mapper;
    private final UnboundIds unboundIds;
    private final Clock clock;

    /// @param mapper null when the loaded schema is not Quay's and has no catalog
    public DecisionPoint(
            Supplier<? extends Knowledge> policies,
            @Nullable RequestMapper mapper,
            UnboundIds unboundIds,
            Clock clock) {
        this.policies = policies;
        this.mapper = mapper;
        this.unboundIds = unboundIds;
        this.clock = clock;
    }

    /// Decides.
    ///
    /// @throws Shape.MisfitException when a value that the caller supplies is not of the type that
    ///   the schema declares
    public Outcome decide(AccessRequest request) {
        Knowledge knowledge = policies.get();
        Instant now = clock.instant();
        EntityRef principal = principalOf(request.subject());
        Understanding.Result understood =
                new Understanding(knowledge, mapper).of(request.asked(), principal);
        Optional<Decision.Deny> refusal = refusalOf(knowledge, now, request.subject());
        return switch (understood) {
            case Understanding.Result.Refused(Cause cause, String message) ->
                    outcome(
                            refusal.orElseGet(() -> deny(knowledge, cause, message)),
                            request.subject(),
                            null,
                            new Findings());
            case Understanding.Result.Understood(Inquiry inquiry) -> {
                if (refusal.isPresent()) {
                    yield outcome(refusal.get(), request.subject(), inquiry, new Findings());
                }
                Findings findings = new Findings();
                yield outcome(
                        decide(knowledge, request, inquiry, now, findings),
                        request.subject(),
                        inquiry,
                        findings);
            }
        };
    }

    /// Decides, and asks the source for what a policy reads that may settle the request, if it is
    /// denied without that.
    ///
    /// @throws Shape.MisfitException as [#decide(AccessRequest)]
    public Outcome decide(AccessRequest request, AttributeSource source) {
        return new InformedDecision(this, source).decide(request);
    }

    /// What came to light while a request was decided.
    ///
    /// @param questions those that were put to the engine
    /// @param untold objects of which a policy reads what is not known
    private record Findings(List<Question> questions, Set<EntityRef> untold) {
        Findings() {
            this(new ArrayList<>(), new HashSet<>());
        }
    }

    private Decision decide(
            Knowledge knowledge,
            AccessRequest request,
            Inquiry inquiry,
            Instant now,
            Findings findings) {
        Function<Knowledge, Decision> decide =
                view -> {
                    Entities entities = new Entities(view, request.facts());
                    InquiryDecision one =
                            new InquiryDecision(
                                    view, entities, unboundIds, now, request.sourceIp());
                    Decision decision =
                            one.decide(askerOf(view, entities, request.subject()), inquiry);
                    findings.questions().addAll(one.questions());
                    findings.untold().addAll(one.untold());
                    return decision;
                };
        if (request.subject() instanceof Subject.Proved proved && proved.ceiling() != null) {
            ServiceAccount account =
                    knowledge.accounts().find(proved.principal().id()).orElseThrow();
            return Ceilings.decide(knowledge, account, proved.ceiling(), decide);
        }
        return decide.apply(knowledge);
    }

    /// Whom operations on "the current user" are about. Nobody is decided for without proof.
    private static EntityRef principalOf(Subject subject) {
        return switch (subject) {
            case Subject.Named named -> named.principal();
            case Subject.Proved proved -> proved.principal();
            case Subject.Refused refused ->
                    refused.claimed() == null
                            ? EntityRef.serviceAccount("unproved")
                            : refused.claimed();
        };
    }

    private static Outcome outcome(
            Decision decision, Subject subject, @Nullable Inquiry inquiry, Findings findings) {
        EntityRef principal = subject instanceof Subject.Refused ? null : principalOf(subject);
        EntityRef workload =
                switch (subject) {
                    case Subject.Named _ -> null;
                    case Subject.Proved proved -> proved.authentication().workload();
                    case Subject.Refused refused -> refused.workload();
                };
        return inquiry == null
                ? new Outcome(
                        decision,
                        principal,
                        workload,
                        null,
                        null,
                        Map.of(),
                        findings.questions(),
                        findings.untold(),
                        false)
                : new Outcome(
                        decision,
                        principal,
                        workload,
                        inquiry.action().ref().id(),
                        inquiry.resource(),
                        recorded(inquiry),
                        findings.questions(),
                        findings.untold(),
                        inquiry.operation() == null || inquiry.operation().mutates());
    }

    private static Asker askerOf(Knowledge knowledge, Entities entities, Subject subject) {
        EntityRef principal = principalOf(subject);
        Map<String, Value> properties =
                subject instanceof Subject.Named named ? named.properties() : Map.of();
        List<EntityData> principalEntities =
                knowledge
                        .accounts()
                        .find(principal.id())
                        .filter(_ -> principal.type().equals(EntityTypes.SERVICE_ACCOUNT))
                        .map(entities::ofAccount)
                        .orElseGet(
                                () -> foreignPrincipal(knowledge, entities, principal, properties));
        return switch (subject) {
            case Subject.Proved proved ->
                    new Asker(
                            principal,
                            principalEntities,
                            proved.authentication(),
                            proved.authentication().scopes());
            case Subject.Named named ->
                    new Asker(principal, principalEntities, null, named.scopes());
            case Subject.Refused _ ->
                    throw new IllegalStateException("a refused subject asks nothing");
        };
    }

    private static Optional<Decision.Deny> refusalOf(
            Knowledge knowledge, Instant now, Subject subject) {
        return subject instanceof Subject.Refused(Cause cause, String message, var _, var _)
                ? Optional.of(deny(knowledge, cause, message))
                : refusalOf(knowledge, now, principalOf(subject));
    }

    /// A principal that is not known, or may not act now, is denied before any policy is asked.
    private static Optional<Decision.Deny> refusalOf(
            Knowledge knowledge, Instant now, EntityRef principal) {
        if (!principal.type().equals(EntityTypes.SERVICE_ACCOUNT)) {
            boolean foreign =
                    knowledge.actions().knowsType(principal.type())
                            && OUR_NAMESPACES.stream().noneMatch(principal.type()::startsWith);
            return foreign
                    ? Optional.empty()
                    : Optional.of(
                            deny(
                                    knowledge,
                                    Cause.ACCOUNT_UNKNOWN,
                                    "no principal of this type can ask"));
        }
        Optional<ServiceAccount> account = knowledge.accounts().find(principal.id());
        if (account.isEmpty()) {
            return Optional.of(
                    deny(knowledge, Cause.ACCOUNT_UNKNOWN, "no service account has this name"));
        }
        return account.get().usableAt(now)
                ? Optional.empty()
                : Optional.of(
                        deny(
                                knowledge,
                                Cause.ACCOUNT_DISABLED,
                                "the service account is disabled or has expired"));
    }

    /// A principal of another schema: what the request says of it wins over what is on file.
    private static List<EntityData> foreignPrincipal(
            Knowledge knowledge,
            Entities entities,
            EntityRef principal,
            Map<String, Value> properties) {
        Map<String, Value> fitted =
                knowledge
                        .actions()
                        .attributes(principal.type())
                        .fitMembers(properties, "subject.properties");
        return entities.ofObject(principal).stream()
                .map(entity ->
                        entity.ref().equals(principal) ? entity.overriddenBy(fitted) : entity)
                .toList();
    }

    private static Map<String, Value> recorded(Inquiry inquiry) {
        Operation operation = inquiry.operation();
        if (operation == null
                || !(inquiry.given().get("parameters") instanceof Value.Fields(var parameters))) {
            return Map.of();
        }
        Map<String, Value> kept = new HashMap<>(parameters);
        kept.keySet().retainAll(operation.recorded());
        return kept;
    }

    private static Decision.Deny deny(Knowledge knowledge, Cause cause, String message) {
        return new Decision.Deny(cause, message, List.of(), knowledge.version());
    }
}
