package io.quay.pdp.quay;

import io.quay.pdp.identity.Value;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads the declared parameters of a query string; others are ignored, as Quay does.
final class QueryReader {
    private static final int QUERY_BYTES = 8192;
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");

    /// Quay takes every other text for true.
    private static final Set<String> FALSE = Set.of("false", "False", "FALSE", "0", "", "null");

    private QueryReader() {}

    static Map<String, Value> read(@Nullable String query, Map<String, Parameter.Type> declared) {
        Map<String, Value> values = new LinkedHashMap<>();
        if (query == null) {
            return values;
        }
        if (query.length() > QUERY_BYTES) {
            throw refused("the query is too long");
        }
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            String text = decode(equals < 0 ? "" : pair.substring(equals + 1));
            Parameter.Type type = declared.get(name);
            if (type != null && values.put(name, value(name, text, type)) != null) {
                throw refused("the query has " + name + " twice");
            }
        }
        return values;
    }

    /// The declared parameters in their order, every character escaped that is not unreserved (RFC
    /// 3986 §2.3); with the question mark, or empty when there are none.
    static String canonical(@Nullable String query, Map<String, Parameter.Type> declared) {
        if (query == null) {
            return "";
        }
        read(query, declared); // what it refuses has no canonical spelling
        StringBuilder text = new StringBuilder();
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals));
            if (declared.containsKey(name)) {
                text.append(text.isEmpty() ? '?' : '&').append(encode(name)).append('=');
                text.append(encode(decode(equals < 0 ? "" : pair.substring(equals + 1))));
            }
        }
        return text.toString();
    }

    private static String encode(String text) {
        // that is the form encoding but for these three
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }

    private static Value value(String name, String text, Parameter.Type type) {
        return switch (type) {
            case STRING -> Value.of(text);
            case BOOLEAN -> Value.of(!FALSE.contains(text));
            case LONG -> {
                if (!WHOLE.matcher(text).matches()) {
                    throw refused("the query's " + name + " is not a whole number");
                }
                yield Value.of(Long.parseLong(text));
            }
        };
    }

    private static String decode(String text) {
        ByteBuffer bytes = ByteBuffer.allocate(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw refused("the query has a broken escape");
                }
                bytes.put((byte) (high * 16 + low));
                i += 2;
            } else if (c <= ' ' || c > '~') {
                throw refused("the query holds a character that must be escaped");
            } else {
                bytes.put((byte) (c == '+' ? ' ' : c));
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw refused("the query is not UTF-8");
        }
    }

    private static RefusedRequest refused(String message) {
        return new RefusedRequest(Mapping.Problem.INVALID_QUERY, message);
    }
}
