package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.JsonValues;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The members of a JSON object, asked for one by one: what is missing or of a wrong type is a 400
/// that names it.
///
/// @param path how the object is called in errors; empty for the root
record Members(ObjectNode object, String path) {
    private static final int MAX_TEXT = 64 * 1024;

    private String name(String member) {
        return path.isEmpty() ? member : path + "." + member;
    }

    boolean has(String member) {
        return object.hasNonNull(member);
    }

    String text(String member) {
        return optionalText(member)
                .orElseThrow(
                        () -> ProblemException.badRequest("`" + name(member) + "` is missing"));
    }

    Optional<String> optionalText(String member) {
        if (!has(member)) {
            return Optional.empty();
        }
        JsonNode value = object.get(member);
        if (!value.isTextual()) {
            throw ProblemException.badRequest("`" + name(member) + "` must be a string");
        }
        if (value.asText().length() > MAX_TEXT) {
            throw ProblemException.badRequest(
                    "`" + name(member) + "` is longer than " + MAX_TEXT + " characters");
        }
        return Optional.of(value.asText());
    }

    boolean flag(String member) {
        if (!has(member)) {
            return false;
        }
        if (!object.get(member).isBoolean()) {
            throw ProblemException.badRequest("`" + name(member) + "` must be true or false");
        }
        return object.get(member).asBoolean();
    }

    Members object(String member) {
        return optionalObject(member)
                .orElseThrow(
                        () -> ProblemException.badRequest("`" + name(member) + "` is missing"));
    }

    Optional<Members> optionalObject(String member) {
        if (!has(member)) {
            return Optional.empty();
        }
        if (!(object.get(member) instanceof ObjectNode found)) {
            throw ProblemException.badRequest("`" + name(member) + "` must be an object");
        }
        return Optional.of(new Members(found, name(member)));
    }

    /// An entity `{"type": …, "id": …}`.
    EntityRef entity() {
        String type = text("type");
        String id = text("id");
        if (type.isEmpty() || id.isEmpty()) {
            throw ProblemException.badRequest(
                    "`" + path + "` needs a type and an id that are not empty");
        }
        if (!ClientSecret.redacted(id).equals(id)) {
            throw ProblemException.badRequest(
                    "`" + path + "` holds a client secret: it would be recorded");
        }
        return new EntityRef(type, id);
    }

    /// The members of an optional object as values; empty when it is absent.
    Map<String, Value> values(String member) {
        Members found = optionalObject(member).orElse(null);
        return found == null ? Map.of() : JsonValues.readSupplied(found.object());
    }

    @Nullable JsonNode node(String member) {
        return has(member) ? object.get(member) : null;
    }
}
