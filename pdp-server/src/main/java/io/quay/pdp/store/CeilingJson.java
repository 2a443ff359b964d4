package io.quay.pdp.store;

import io.quay.pdp.identity.Ceiling;
import io.quay.pdp.identity.Value;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A ceiling as JSON text, and back to an equal one. A text that does not hold all of a ceiling is
/// refused: what it lacks would be read as no limit or as another one.
final class CeilingJson {
    private CeilingJson() {}

    static String text(Ceiling ceiling) {
        Map<String, Value> fields = new HashMap<>();
        if (ceiling.owner() != null) {
            fields.put("owner", Value.of(ceiling.owner()));
        }
        fields.put("groups", texts(ceiling.groups()));
        fields.put("labels", texts(ceiling.labels()));
        fields.put("grants", texts(ceiling.grants()));
        return ValueJson.fields(fields);
    }

    private static Value texts(Collection<String> texts) {
        return new Value.Many(new TreeSet<>(texts).stream().map(Value::of).toList());
    }

    private static Value texts(Map<String, String> texts) {
        Map<String, Value> fields = new HashMap<>();
        texts.forEach((name, text) -> fields.put(name, Value.of(text)));
        return new Value.Fields(fields);
    }

    static Ceiling read(String json) {
        Map<String, Value> fields = ValueJson.fields(json);
        Value owner = fields.get("owner");
        return new Ceiling(
                owner == null ? null : text(owner),
                set(fields.get("groups")),
                map(fields.get("labels")),
                set(fields.get("grants")));
    }

    private static Set<String> set(@Nullable Value value) {
        if (!(value instanceof Value.Many(var values))) {
            throw unreadable();
        }
        Set<String> texts = new HashSet<>();
        values.forEach(each -> texts.add(text(each)));
        return texts;
    }

    private static Map<String, String> map(@Nullable Value value) {
        if (!(value instanceof Value.Fields(var fields))) {
            throw unreadable();
        }
        Map<String, String> texts = new HashMap<>();
        fields.forEach((name, each) -> texts.put(name, text(each)));
        return texts;
    }

    private static String text(@Nullable Value value) {
        if (!(value instanceof Value.Text(String text))) {
            throw unreadable();
        }
        return text;
    }

    private static StoreException unreadable() {
        return new StoreException("a stored credential's ceiling is not complete");
    }
}
