package io.quay.pdp.quay;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Finds the further objects of one request.
record ReachResolver(Inputs inputs, EntityRef primary) {

    List<Reach> resolve(List<ReachRule> rules) {
        Set<Reach> reach = new LinkedHashSet<>();
        for (ReachRule rule : rules) {
            for (EntityRef object : objects(rule)) {
                reach.add(new Reach(object, rule.need()));
            }
        }
        return List.copyOf(reach);
    }

    private List<EntityRef> objects(ReachRule rule) {
        ReachRule.Source from = rule.from();
        if (from == null) {
            return List.of(EntityRef.registry());
        }
        Optional<String> text = inputs.text(from);
        if (text.isEmpty()) {
            if (rule.required()) {
                throw problem(from, "the body lacks " + from.name());
            }
            return List.of();
        }
        String name = rule.within() == null ? text.get() : namespace(rule.within()) + text.get();
        return objects(rule.kind(), from, name);
    }

    private String namespace(ReachRule.Source within) {
        return inputs.text(within)
                .filter(QuayNames::namespace)
                .map(name -> name + "/")
                .orElseThrow(() -> problem(within, within.name() + " is missing or no namespace"));
    }

    private List<EntityRef> objects(ReachRule.Kind kind, ReachRule.Source from, String name) {
        return switch (kind) {
            case REGISTRY -> List.of(EntityRef.registry());
            case BUILD -> List.of(new EntityRef(EntityTypes.BUILD, name));
            case ORGANIZATION -> {
                check(QuayNames.namespace(name), from);
                yield List.of(EntityRef.organization(name));
            }
            case NEW_ORGANIZATION -> {
                check(QuayNames.newNamespace(name), from);
                yield List.of(EntityRef.organization(name));
            }
            case USER -> {
                check(QuayNames.namespace(name), from);
                yield List.of(EntityRef.user(name), EntityRef.organization(name));
            }
            case REPOSITORY -> {
                check(QuayNames.repository(name), from);
                yield List.of(EntityRef.repository(name));
            }
            case MEMBER ->
                    name.indexOf('+') < 0 ? List.of() : objects(ReachRule.Kind.ROBOT, from, name);
            case ROBOT -> {
                check(QuayNames.robot(name), from);
                EntityRef owner = EntityRef.organization(name.substring(0, name.indexOf('+')));
                yield within(owner) ? List.of() : List.of(owner);
            }
        };
    }

    /// Whether the primary resource is the organization or one of its repositories.
    private boolean within(EntityRef organization) {
        return primary.equals(organization)
                || (primary.type().equals(EntityTypes.REPOSITORY)
                        && primary.id().startsWith(organization.id() + "/"));
    }

    private static void check(boolean wellFormed, ReachRule.Source from) {
        if (!wellFormed) {
            throw problem(from, from.name() + " is not a name that Quay takes as it is");
        }
    }

    private static RefusedRequest problem(ReachRule.Source from, String message) {
        return new RefusedRequest(
                switch (from.place()) {
                    case PATH -> Mapping.Problem.NON_CANONICAL_PATH;
                    case QUERY -> Mapping.Problem.INVALID_QUERY;
                    case BODY -> Mapping.Problem.INVALID_BODY;
                },
                message);
    }
}
