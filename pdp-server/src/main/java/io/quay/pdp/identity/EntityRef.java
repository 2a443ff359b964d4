package io.quay.pdp.identity;

/// The name of an entity: its type and its id, both exactly as written (case and bytes kept).
///
/// `toString` is Cedar's spelling, `Quay::Organization::"acme"`, for people; it is never parsed.
public record EntityRef(String type, String id) {
    public EntityRef {
        if (type.isEmpty()) {
            throw new IllegalArgumentException("an entity needs a type");
        }
    }

    public static EntityRef registry() {
        return new EntityRef(EntityTypes.REGISTRY, "quay");
    }

    public static EntityRef organization(String name) {
        return new EntityRef(EntityTypes.ORGANIZATION, name);
    }

    public static EntityRef repository(String name) {
        return new EntityRef(EntityTypes.REPOSITORY, name);
    }

    public static EntityRef user(String name) {
        return new EntityRef(EntityTypes.USER, name);
    }

    public static EntityRef serviceAccount(String name) {
        return new EntityRef(EntityTypes.SERVICE_ACCOUNT, name);
    }

    public static EntityRef group(String name) {
        return new EntityRef(EntityTypes.GROUP, name);
    }

    @Override
    public String toString() {
        return type + "::\"" + id.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
