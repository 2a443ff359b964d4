package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.RefusedException;
import io.quay.pdp.identity.EntityRef;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The members of a JSON object that changes something, asked for one by one. All that is wrong is
/// gathered and refused at once by [#end], also members that nobody asked for. A member that is
/// null counts as absent. Used by one thread.
final class BodyFields {
    private static final Set<String> NONE = Set.of();

    private final ObjectNode object;
    private final String pointer;
    private final List<RefusedException.Field> wrong;
    private final Set<String> known = new HashSet<>();
    private final List<BodyFields> children = new ArrayList<>();

    BodyFields(ObjectNode object) {
        this(object, "", new ArrayList<>());
    }

    private BodyFields(ObjectNode object, String pointer, List<RefusedException.Field> wrong) {
        this.object = object;
        this.pointer = pointer;
        this.wrong = wrong;
    }

    private String at(String member) {
        return pointer + "/" + member.replace("~", "~0").replace("/", "~1");
    }

    void wrong(String member, String detail) {
        wrong.add(new RefusedException.Field(at(member), detail));
    }

    private @Nullable JsonNode node(String member) {
        known.add(member);
        return object.hasNonNull(member) ? object.get(member) : null;
    }

    /// Whether the member stands there and is null, where that means something.
    boolean isNull(String member) {
        known.add(member);
        return object.has(member) && object.get(member).isNull();
    }

    boolean has(String member) {
        return node(member) != null;
    }

    /// Takes members as known that are not read.
    void ignore(Collection<String> members) {
        known.addAll(members);
    }

    @Nullable String text(String member) {
        JsonNode value = node(member);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            wrong(member, "must be a string");
            return null;
        }
        return value.textValue();
    }

    /// A missing one is wrong; then empty.
    String required(String member) {
        String value = text(member);
        if (value == null && !has(member)) {
            wrong(member, "is missing");
        }
        return value == null ? "" : value;
    }

    boolean flag(String member, boolean otherwise) {
        Boolean value = flag(member);
        return value == null ? otherwise : value;
    }

    @Nullable Boolean flag(String member) {
        JsonNode value = node(member);
        if (value != null && !value.isBoolean()) {
            wrong(member, "must be true or false");
        }
        return value == null ? null : Boolean.valueOf(value.asBoolean());
    }

    @Nullable Instant time(String member) {
        String text = text(member);
        Instant time = text == null ? null : Times.parse(text);
        if (text != null && time == null) {
            wrong(member, "must be " + Times.FORM);
        }
        return time;
    }

    Duration duration(String member, Duration otherwise) {
        String text = text(member);
        if (text == null) {
            return otherwise;
        }
        try {
            Duration duration = Duration.parse(text);
            if (!duration.isNegative()) {
                return duration;
            }
        } catch (DateTimeParseException _) {
            // said below
        }
        wrong(member, "must be a duration such as `PT24H`");
        return otherwise;
    }

    Set<String> texts(String member) {
        Set<String> texts = new LinkedHashSet<>();
        JsonNode value = node(member);
        if (value == null) {
            return texts;
        }
        if (!value.isArray()) {
            wrong(member, "must be a list of strings");
            return texts;
        }
        for (int i = 0; i < value.size(); i++) {
            if (!value.get(i).isTextual()) {
                wrong.add(new RefusedException.Field(at(member) + "/" + i, "must be a string"));
            } else if (!texts.add(value.get(i).textValue())) {
                wrong.add(new RefusedException.Field(at(member) + "/" + i, "stands twice"));
            }
        }
        return texts;
    }

    Map<String, String> textMap(String member) {
        Map<String, String> texts = new LinkedHashMap<>();
        BodyFields found = object(member);
        if (found != null) {
            found.object
                    .fieldNames()
                    .forEachRemaining(name -> {
                        String value = found.text(name);
                        if (value != null) {
                            texts.put(name, value);
                        } else if (!found.has(name)) {
                            found.wrong(name, "must be a string");
                        }
                    });
        }
        return texts;
    }

    @Nullable BodyFields object(String member) {
        JsonNode value = node(member);
        if (value == null) {
            return null;
        }
        if (value instanceof ObjectNode found) {
            BodyFields child = new BodyFields(found, at(member), wrong);
            children.add(child);
            return child;
        }
        wrong(member, "must be an object");
        return null;
    }

    /// An object with `type` and `id`; null when it is absent or wrong.
    @Nullable EntityRef entity(String member) {
        BodyFields found = object(member);
        if (found == null) {
            return null;
        }
        String type = found.required("type");
        String id = found.required("id");
        if (found.has("type") && type.isEmpty()) {
            found.wrong("type", "must not be empty");
        }
        if (found.has("id") && id.isEmpty()) {
            found.wrong("id", "must not be empty");
        }
        return type.isEmpty() || id.isEmpty() ? null : new EntityRef(type, id);
    }

    /// An object of any members, as it stands; null when absent.
    @Nullable ObjectNode free(String member) {
        JsonNode value = node(member);
        if (value != null && !value.isObject()) {
            wrong(member, "must be an object");
        }
        return value instanceof ObjectNode found ? found : null;
    }

    /// A member in any form.
    @Nullable JsonNode any(String member) {
        return node(member);
    }

    /// @throws RefusedException 422 when anything was wrong
    void end() {
        unknown();
        if (!wrong.isEmpty()) {
            throw new RefusedException(
                    RefusedException.Refusal.INVALID, "the body does not hold what it must", wrong);
        }
    }

    private void unknown() {
        object.fieldNames()
                .forEachRemaining(name -> {
                    if (!known.contains(name)) {
                        wrong(name, "there is no such member");
                    }
                });
        children.forEach(BodyFields::unknown);
    }

    /// As [#end] when nothing at all may stand in the body.
    static void refuseAny(ObjectNode body) {
        BodyFields fields = new BodyFields(body);
        fields.ignore(NONE);
        fields.end();
    }

    static ObjectNode empty() {
        return JsonNodeFactory.instance.objectNode();
    }
}
