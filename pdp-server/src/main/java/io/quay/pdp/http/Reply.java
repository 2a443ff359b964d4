package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the administration API answers. Immutable.
///
/// @param body null = none
/// @param lines instead of a body: gives the items of an export, some at a time, then an empty list
record Reply(
        int status,
        @Nullable JsonNode body,
        @Nullable Supplier<List<? extends JsonNode>> lines,
        SequencedMap<String, String> headers) {
    static Reply ok(JsonNode body) {
        return new Reply(200, body, null, new LinkedHashMap<>());
    }

    static Reply created(String location, JsonNode body) {
        return new Reply(201, body, null, new LinkedHashMap<>(Map.of("Location", location)));
    }

    static Reply empty(int status) {
        return new Reply(status, null, null, new LinkedHashMap<>());
    }

    static Reply export(Supplier<List<? extends JsonNode>> lines) {
        return new Reply(200, null, lines, new LinkedHashMap<>());
    }

    Reply header(String name, String value) {
        SequencedMap<String, String> all = new LinkedHashMap<>(headers);
        all.put(name, value);
        return new Reply(status, body, lines, all);
    }

    Reply tagged(long revision) {
        return header("ETag", Conditions.tag(revision));
    }
}
