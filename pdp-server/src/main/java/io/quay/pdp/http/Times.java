package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Moments on the wire (RFC 3339), in one spelling only: what is kept and answered is, byte for
/// byte, what was given.
final class Times {
    static final String FORM =
            "a moment in UTC such as `2030-01-31T12:00:00Z`, with three digits of milliseconds when these are not zero";

    private static final Pattern SPELLING =
            Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{3})?Z");

    private Times() {}

    /// Null when the text is no such moment.
    static @Nullable Instant parse(String text) {
        if (!SPELLING.matcher(text).matches()) {
            return null;
        }
        try {
            Instant time = Instant.parse(text);
            return time.toString().equals(text) ? time : null;
        } catch (DateTimeException _) {
            return null;
        }
    }

    static JsonNode json(@Nullable Instant time) {
        return time == null
                ? JsonNodeFactory.instance.nullNode()
                : JsonNodeFactory.instance.textNode(time.truncatedTo(ChronoUnit.MILLIS).toString());
    }
}
