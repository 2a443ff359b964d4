package io.quay.pdp.http;

import io.javalin.http.Context;
import io.javalin.http.Header;
import io.quay.pdp.token.Form;
import io.quay.pdp.token.OAuthError;
import io.quay.pdp.token.OAuthException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads the form of an OAuth endpoint strictly: `application/x-www-form-urlencoded`, UTF-8, no
/// parameter in the URL, none twice that may come once, no control characters.
final class FormBody {
    private static final int MAX_BODY = 64 * 1024;
    private static final int MAX_VALUE = 16 * 1024;
    private static final int MAX_PARAMETERS = 100;
    private static final Set<String> REPEATABLE = Set.of("resource", "audience");
    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x1f\\x7f]");
    private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    private FormBody() {}

    static Form read(Context context) throws OAuthException {
        if (context.req().getQueryString() != null) {
            throw refused("parameters belong into the body, not into the URL");
        }
        if (Collections.list(context.req().getHeaders(Header.CONTENT_TYPE)).size() > 1) {
            throw refused("there is more than one Content-Type");
        }
        if (context.header(Header.CONTENT_ENCODING) != null) {
            throw refused("the body must not be encoded");
        }
        requireType(context.header(Header.CONTENT_TYPE));
        byte[] body = context.bodyAsBytes();
        if (body.length > MAX_BODY) {
            throw refused("the body is longer than 64 KiB");
        }
        return parse(text(body));
    }

    private static void requireType(@org.jspecify.annotations.Nullable String type)
            throws OAuthException {
        String[] parts = type == null ? new String[] {""} : type.split(";", -1);
        if (!parts[0].strip().equalsIgnoreCase("application/x-www-form-urlencoded")) {
            throw refused("the body must be application/x-www-form-urlencoded");
        }
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().toLowerCase(Locale.ROOT).replace("\"", "");
            if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
                throw refused("the body must be UTF-8");
            }
        }
    }

    private static String text(byte[] body) throws OAuthException {
        try {
            return StandardCharsets.US_ASCII.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException _) {
            throw refused("the body is not form-encoded");
        }
    }

    static Form parse(String body) throws OAuthException {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        if (body.isEmpty()) {
            return new Form(parameters);
        }
        String[] pairs = body.split("&", -1);
        if (pairs.length > MAX_PARAMETERS) {
            throw refused("the body holds too many parameters");
        }
        for (String pair : pairs) {
            int equals = pair.indexOf('=');
            String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
            String value = decoded(equals < 0 ? "" : pair.substring(equals + 1));
            List<String> values = parameters.computeIfAbsent(name, _ -> new ArrayList<>());
            if (!values.isEmpty() && !REPEATABLE.contains(name)) {
                throw refused("a parameter came more than once");
            }
            values.add(value);
        }
        parameters.remove("");
        return new Form(parameters);
    }

    private static String decoded(String text) throws OAuthException {
        if (BROKEN_ESCAPE.matcher(text).find()) {
            throw refused("the body is not form-encoded");
        }
        byte[] bytes =
                URLDecoder.decode(text, StandardCharsets.ISO_8859_1)
                        .getBytes(StandardCharsets.ISO_8859_1);
        String decoded;
        try {
            decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException _) {
            throw refused("a parameter is not UTF-8");
        }
        if (decoded.length() > MAX_VALUE) {
            throw refused("a parameter is longer than 16 KiB");
        }
        if (CONTROL.matcher(decoded).find()) {
            throw refused("a parameter holds control characters");
        }
        return decoded;
    }

    private static OAuthException refused(String description) {
        return new OAuthException(OAuthError.INVALID_REQUEST, description, description);
    }
}
