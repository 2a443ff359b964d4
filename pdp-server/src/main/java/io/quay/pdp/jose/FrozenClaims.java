package io.quay.pdp.jose;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns parsed claims into what the core reads: immutable at every depth, and without null
/// members, which say nothing.
final class FrozenClaims {
    private FrozenClaims() {}

    static Map<String, Object> of(Map<String, @Nullable Object> claims) {
        Map<String, Object> frozen = new LinkedHashMap<>();
        claims.forEach((name, value) -> {
            if (value != null) {
                frozen.put(name, freeze(value));
            }
        });
        return Collections.unmodifiableMap(frozen);
    }

    private static Object freeze(Object value) {
        return switch (value) {
            case Map<?, ?> members -> {
                Map<Object, Object> frozen = new LinkedHashMap<>();
                members.forEach((name, member) -> {
                    if (name != null && member != null) {
                        frozen.put(name, freeze(member));
                    }
                });
                yield Collections.unmodifiableMap(frozen);
            }
            case List<?> elements ->
                    elements.stream()
                            .filter(element -> element != null)
                            .map(FrozenClaims::freeze)
                            .toList();
            default -> value;
        };
    }
}
