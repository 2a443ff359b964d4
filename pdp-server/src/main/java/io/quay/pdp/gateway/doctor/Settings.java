package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What Quay shows of its configuration: `/config` to everybody, and the whole of it to superusers
/// when `FEATURE_SUPERUSER_CONFIGDUMP` is on. Immutable.
///
/// @param shown the answer to `/config`; a missing node when there is none
/// @param dump the answer to `/api/v1/superuser/config`; a missing node when there is none
record Settings(JsonNode shown, JsonNode dump) {
    private static final String LOGIN_BLOCK = "_LOGIN_CONFIG";

    /// A feature's switch; null = not seen.
    @Nullable Boolean feature(String name) {
        JsonNode value = shown.path("features").path(name);
        return truth(value.isMissingNode() ? dumped("FEATURE_" + name) : value);
    }

    /// Any key of `config.yaml` that the dump holds.
    JsonNode dumped(String key) {
        // Keys that Quay's schema does not know are under `warning`.
        JsonNode known = dump.path("config").path(key);
        return known.isMissingNode() ? dump.path("warning").path(key) : known;
    }

    boolean isDumped() {
        return dump.path("config").isObject();
    }

    /// Empty = not seen.
    String authentication() {
        return shown.path("config").path("AUTHENTICATION_TYPE").asText("");
    }

    /// Null = not seen.
    @Nullable Boolean testing() {
        return truth(dumped("TESTING"));
    }

    /// The login block of a service; a missing node when it is not seen.
    JsonNode loginBlock(String service) {
        for (String part : new String[] {"config", "warning"}) {
            Iterator<Map.Entry<String, JsonNode>> keys = dump.path(part).properties().iterator();
            while (keys.hasNext()) {
                Map.Entry<String, JsonNode> each = keys.next();
                String key = each.getKey();
                if (key.endsWith(LOGIN_BLOCK)
                        && key.substring(0, key.indexOf('_'))
                                .toLowerCase(Locale.ROOT)
                                .equals(service)) {
                    return each.getValue();
                }
            }
        }
        return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
    }

    /// As Quay reads its switches; null = there is none.
    static @Nullable Boolean truth(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        return value.isTextual()
                ? value.asText().toLowerCase(Locale.ROOT).equals("true")
                : value.asBoolean();
    }
}
