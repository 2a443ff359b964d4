package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.identity.EntityRef;
import org.jspecify.annotations.Nullable;

/// An entity's name on the wire: `{"type": …, "id": …}`.
final class EntityJson {
    private EntityJson() {}

    static @Nullable ObjectNode write(@Nullable EntityRef ref) {
        return ref == null
                ? null
                : JsonNodeFactory.instance.objectNode().put("type", ref.type()).put("id", ref.id());
    }

    /// A service account's name, or `TYPE/ID`.
    ///
    /// @throws ProblemException 400 for anything else
    static EntityRef parse(String name, String text) {
        if (text.startsWith("svc-") && text.indexOf('/') < 0) {
            return EntityRef.serviceAccount(text);
        }
        int slash = text.indexOf('/');
        if (slash <= 0 || slash == text.length() - 1) {
            throw ProblemException.badRequest(
                    "`" + name + "` must be TYPE/ID, such as Quay::Organization/acme");
        }
        return new EntityRef(text.substring(0, slash), text.substring(slash + 1));
    }
}
