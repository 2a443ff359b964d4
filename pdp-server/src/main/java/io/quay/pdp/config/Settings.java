package io.quay.pdp.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The texts that were given for keys, and their reading as values. Whatever is wrong becomes an
/// error in a list, so that all are found in one go; not safe for several threads.
final class Settings {
    /// @param base what relative paths are relative to
    /// @param where for messages: a place in the file, a variable, a flag
    record Given(String text, Path base, String where) {}

    private static final Path WORKING_DIRECTORY = Path.of("");

    private final Map<String, Given> given = new HashMap<>();
    private final List<String> errors;

    Settings(List<String> errors) {
        this.errors = errors;
    }

    /// A later one wins.
    void put(ConfigKey<?> key, Given value) {
        given.put(key.path(), value);
    }

    boolean has(ConfigKey<?> key) {
        return given.containsKey(key.path());
    }

    void error(String where, String message) {
        errors.add(where + ": " + message);
    }

    /// Where the key was given, for messages about it.
    String where(ConfigKey<?> key, String otherwise) {
        Given value = given.get(key.path());
        return value == null ? otherwise : value.where();
    }

    /// The value given or the default; null when there is neither, or after an error.
    <T> @Nullable T find(ConfigKey<T> key) {
        Given value = given.get(key.path());
        if (value != null) {
            try {
                return key.type().reader().read(value.text(), value.base());
            } catch (IllegalArgumentException e) {
                error(value.where(), key.path() + ": " + e.getMessage());
            }
        }
        String defaultText = key.defaultText();
        return defaultText == null
                ? null
                : key.type().reader().read(defaultText, WORKING_DIRECTORY);
    }

    /// Like `find`, of a key that has a default.
    <T> T get(ConfigKey<T> key) {
        T value = find(key);
        if (value == null) {
            throw new IllegalStateException("no default: " + key.path());
        }
        return value;
    }
}
