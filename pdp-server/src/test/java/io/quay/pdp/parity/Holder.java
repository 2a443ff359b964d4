package io.quay.pdp.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/// Somebody with one right of Quay's: as an account with the role, and as the tokens of the
/// catalog's `access` that hold of a person with that right. Immutable.
///
/// @param account its entry in `accounts.yaml` after `name`
/// @param everywhere tokens that hold whatever the object is
/// @param onOwn tokens that hold on the own organization
/// @param onRepository tokens that hold on the own repository
record Holder(
        String name,
        String account,
        Set<String> everywhere,
        Set<String> onOwn,
        Set<String> onRepository) {
    /// Quay itself looks who connected the trigger, which nobody else knows.
    private static final Set<String> NOT_KNOWN = Set.of("trigger_connector");

    /// What a request is about.
    enum Place {
        OWN,
        OWN_ORGANIZATION_OTHER_REPOSITORY,
        FOREIGN,
        PUBLIC
    }

    /// Whether Quay lets this person do the operation there.
    ///
    /// @param features those that are switched on
    boolean mayIn(Place place, JsonNode access, Set<String> features) {
        for (JsonNode alternatives : access) {
            boolean held = false;
            for (JsonNode token : alternatives) {
                held |= holds(token.textValue(), place, features);
            }
            if (!held) {
                return false;
            }
        }
        return true;
    }

    private boolean holds(String token, Place place, Set<String> features) {
        if (token.startsWith("feature:")) {
            return features.contains("FEATURE_" + token.substring("feature:".length()));
        }
        if (token.startsWith("feature_off:")) {
            return !features.contains("FEATURE_" + token.substring("feature_off:".length()));
        }
        if (token.equals("superuser_full")) {
            return everywhere.contains("superuser")
                    && features.contains("FEATURE_SUPERUSERS_FULL_ACCESS");
        }
        return NOT_KNOWN.contains(token)
                || everywhere.contains(token)
                || (token.equals("public_repo")
                        && place == Place.PUBLIC
                        && everywhere.contains("user"))
                || (onOwn.contains(token)
                        && (place == Place.OWN || place == Place.OWN_ORGANIZATION_OTHER_REPOSITORY))
                || (onRepository.contains(token) && place == Place.OWN);
    }
}
