package io.quay.pdp.identity;

/// The Cedar entity types that code knows by name.
public final class EntityTypes {
    public static final String REGISTRY = "Quay::Registry";
    public static final String ORGANIZATION = "Quay::Organization";
    public static final String REPOSITORY = "Quay::Repository";
    public static final String USER = "Quay::User";
    public static final String BUILD = "Quay::Build";
    public static final String SERVICE_ACCOUNT = "Quay::ServiceAccount";
    public static final String GROUP = "Quay::Group";
    public static final String QUAY_ACTION = "Quay::Action";
    public static final String PDP_ACTION = "Pdp::Action";

    private EntityTypes() {}
}
