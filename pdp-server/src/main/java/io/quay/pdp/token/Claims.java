package io.quay.pdp.token;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Claims of a token, each read as exactly its type (RFC 7519 §4.1): a number is no string.
///
/// @param members String, Long, Double, Boolean, List, Map
record Claims(Map<String, Object> members) {
    private static final long MAX_SECONDS = 1L << 40;

    String text(String name) throws MalformedTokenException {
        return optionalText(name)
                .orElseThrow(() -> new MalformedTokenException("claim " + name + " is missing"));
    }

    Optional<String> optionalText(String name) throws MalformedTokenException {
        Object value = members.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof String text && !text.isEmpty()) {
            return Optional.of(text);
        }
        throw new MalformedTokenException("claim " + name + " is no text");
    }

    Instant moment(String name) throws MalformedTokenException {
        return optionalMoment(name)
                .orElseThrow(() -> new MalformedTokenException("claim " + name + " is missing"));
    }

    /// Whole seconds only, and few enough that no arithmetic on them overflows.
    Optional<Instant> optionalMoment(String name) throws MalformedTokenException {
        Object value = members.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof Long seconds && seconds >= 0 && seconds <= MAX_SECONDS) {
            return Optional.of(Instant.ofEpochSecond(seconds));
        }
        throw new MalformedTokenException("claim " + name + " is no integer from 0 to 2^40");
    }

    /// `aud`: a text or a list of texts (RFC 7519 §4.1.3).
    List<String> audience() throws MalformedTokenException {
        return members.get("aud") instanceof List<?> ? texts("aud") : List.of(text("aud"));
    }

    /// Empty when the claim is absent.
    List<String> texts(String name) throws MalformedTokenException {
        Object value = members.get(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.stream().map(String.class::cast).toList();
        }
        throw new MalformedTokenException("claim " + name + " is no list of texts");
    }
}
