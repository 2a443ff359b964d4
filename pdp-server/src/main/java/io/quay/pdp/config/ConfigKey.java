package io.quay.pdp.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// One key of `pdp.yaml`.
///
/// @param path with dots; `peps[].name` for a key of each item of a list
/// @param defaultText as one would write it; null = none
/// @param unit of the value, or empty
/// @param meaning one line for the documentation
record ConfigKey<T>(
        String path, ValueType<T> type, @Nullable String defaultText, String unit, String meaning) {
    /// The variable that overrides the key.
    String variable() {
        return "PDP_" + path.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    /// Whether it belongs to the items of a list, which only the file can give.
    boolean ofItem() {
        return path.contains("[]");
    }

    /// The last part of the path.
    String name() {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
