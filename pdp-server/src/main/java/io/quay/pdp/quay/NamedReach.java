package io.quay.pdp.quay;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The further objects of an operation that is asked about by action and resource: named by the
/// parameters that the caller gives, instead of by a request. Immutable.
final class NamedReach {
    private final Operation operation;
    private final EntityRef primary;
    private final @Nullable Map<String, Value> parameters;

    /// @param parameters null when the caller gives none: then nothing is known of the objects
    NamedReach(Operation operation, EntityRef primary, @Nullable Map<String, Value> parameters) {
        this.operation = operation;
        this.primary = primary;
        this.parameters = parameters;
    }

    List<Reach> resolve(List<ReachRule> rules) {
        List<Reach> reach = new ArrayList<>();
        for (ReachRule rule : rules) {
            reach.addAll(resolve(rule));
        }
        return List.copyOf(reach);
    }

    private List<Reach> resolve(ReachRule rule) {
        ReachRule.Source from = rule.from();
        if (from == null) {
            return List.of(new Reach(EntityRef.registry(), rule.need()));
        }
        Optional<String> name = text(from);
        Optional<String> namespace =
                rule.within() == null
                        ? Optional.of("")
                        : text(rule.within()).map(text -> text + "/");
        if (name.isPresent() && namespace.isPresent()) {
            return objects(rule, namespace.get() + name.get());
        }
        // A member of an object is no parameter: whether it is there, the caller cannot say.
        boolean told = parameters != null && from.member() == null;
        return told && !rule.required() && rule.fromBody()
                ? List.of()
                : rule.kind().types().stream()
                        .map(type -> Reach.unnamed(type, rule.need()))
                        .toList();
    }

    private Optional<String> text(ReachRule.Source source) {
        if (parameters == null) {
            return Optional.empty();
        }
        return operation.parameters().stream()
                .filter(parameter ->
                        parameter.place() == source.place()
                                && parameter.wireName().equals(source.name()))
                .map(parameter -> parameters.get(parameter.name()))
                .filter(Value.Text.class::isInstance)
                .map(value -> ((Value.Text) value).value())
                .findFirst();
    }

    private List<Reach> objects(ReachRule rule, String name) {
        return switch (rule.kind()) {
            case REGISTRY, BUILD, ORGANIZATION, NEW_ORGANIZATION, USER, REPOSITORY ->
                    rule.kind().types().stream()
                            .map(type -> new Reach(new EntityRef(type, name), rule.need()))
                            .toList();
            case ROBOT, MEMBER -> {
                int plus = name.indexOf('+');
                EntityRef owner = EntityRef.organization(plus < 0 ? name : name.substring(0, plus));
                boolean person = rule.kind() == ReachRule.Kind.MEMBER && plus < 0;
                yield person || within(owner) ? List.of() : List.of(new Reach(owner, rule.need()));
            }
        };
    }

    private boolean within(EntityRef organization) {
        return primary.equals(organization)
                || (primary.type().equals(EntityTypes.REPOSITORY)
                        && primary.id().startsWith(organization.id() + "/"));
    }
}
