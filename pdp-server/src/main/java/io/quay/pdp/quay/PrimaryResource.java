package io.quay.pdp.quay;

import io.quay.pdp.identity.EntityTypes;
import java.util.Set;

/// What each level of operation is decided on.
final class PrimaryResource {
    private PrimaryResource() {}

    static String type(Operation.Level level) {
        return switch (level) {
            case REGISTRY, NONE -> EntityTypes.REGISTRY;
            case ORGANIZATION -> EntityTypes.ORGANIZATION;
            case REPOSITORY -> EntityTypes.REPOSITORY;
            case USER -> EntityTypes.USER;
        };
    }

    /// The parameters whose values form the resource.
    static Set<String> parameters(Operation.Level level, PathTemplate template) {
        return switch (level) {
            case REGISTRY, NONE, USER -> Set.of();
            case ORGANIZATION ->
                    template.parameters().contains("orgname")
                            ? Set.of("orgname")
                            : Set.of("namespace");
            case REPOSITORY -> Set.of("repository");
        };
    }
}
