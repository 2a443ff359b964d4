package io.quay.pdp.federation;

import io.quay.pdp.identity.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gathers a workload's attributes; what is null is absent. For one token.
final class Attributes {
    private final Map<String, Value> values = new LinkedHashMap<>();

    Attributes add(String name, @Nullable String text) {
        return put(name, text == null ? null : Value.of(text));
    }

    Attributes add(String name, @Nullable Boolean truth) {
        return put(name, truth == null ? null : Value.of(truth.booleanValue()));
    }

    Attributes add(String name, @Nullable Long number) {
        return put(name, number == null ? null : Value.of(number.longValue()));
    }

    Attributes put(String name, @Nullable Value value) {
        if (value != null) {
            values.put(name, value);
        }
        return this;
    }

    Map<String, Value> values() {
        return values;
    }
}
