package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/// JSON Merge Patch (RFC 7396 §2).
final class MergePatch {
    private MergePatch() {}

    /// The target as the patch leaves it; neither is changed. The depth is that of the patch, which
    /// was bounded when it was read.
    static ObjectNode apply(JsonNode target, ObjectNode patch) {
        ObjectNode merged =
                target instanceof ObjectNode object
                        ? object.deepCopy()
                        : JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> member : patch.properties()) {
            JsonNode value = member.getValue();
            if (value.isNull()) {
                merged.remove(member.getKey());
            } else if (value instanceof ObjectNode nested) {
                merged.set(member.getKey(), apply(merged.path(member.getKey()), nested));
            } else {
                merged.set(member.getKey(), value);
            }
        }
        return merged;
    }
}
