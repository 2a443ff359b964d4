package io.quay.pdp.quay;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import java.util.regex.Pattern;

/// Quay's rules for names, without any of its folding: a name that Quay would change is none.
public final class QuayNames {
    private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,254}");
    private static final Pattern NEW_NAMESPACE =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,254}");
    private static final Pattern REPOSITORY_NAME =
            Pattern.compile("(?=.{1,255}$)[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
    private static final Pattern DIGEST = Pattern.compile("[A-Za-z0-9_+.-]+:[A-Fa-f0-9]+");

    private QuayNames() {}

    /// Whether an object's id is a name that a request can have, exactly as Quay stores it.
    public static boolean wellFormed(EntityRef object) {
        return switch (object.type()) {
            case EntityTypes.REGISTRY -> object.equals(EntityRef.registry());
            case EntityTypes.ORGANIZATION -> namespace(object.id());
            case EntityTypes.REPOSITORY -> repository(object.id());
            default -> !object.id().isEmpty();
        };
    }

    static boolean namespace(String text) {
        return NAMESPACE.matcher(text).matches();
    }

    static boolean newNamespace(String text) {
        return NEW_NAMESPACE.matcher(text).matches();
    }

    /// A repository's name behind its namespace; nested names hold slashes.
    static boolean repositoryName(String text) {
        return REPOSITORY_NAME.matcher(text).matches();
    }

    /// `namespace/name`
    static boolean repository(String text) {
        int slash = text.indexOf('/');
        return slash > 0
                && namespace(text.substring(0, slash))
                && repositoryName(text.substring(slash + 1));
    }

    static boolean tag(String text) {
        return TAG.matcher(text).matches();
    }

    static boolean digest(String text) {
        return DIGEST.matcher(text).matches();
    }

    /// `namespace+shortname`
    static boolean robot(String text) {
        int plus = text.indexOf('+');
        return plus > 0
                && namespace(text.substring(0, plus))
                && namespace(text.substring(plus + 1));
    }
}
