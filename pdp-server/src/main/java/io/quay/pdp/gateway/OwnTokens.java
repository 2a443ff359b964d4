package io.quay.pdp.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;

/// Finds tokens and client secrets of ours anywhere in the target and the headers of a request.
/// Quay splits `Authorization` in several ways and takes tokens as passwords, too; a signature
/// covers a token's first two parts as they stand, so that they stand in one piece wherever one is
/// that is still good. Safe for use by any number of threads.
final class OwnTokens {
    private static final Pattern BASIC =
            Pattern.compile("(?i:basic) ([A-Za-z0-9+/]++={0,2})", Pattern.DOTALL);
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_-]++");
    private static final JsonFactory JSON = new JsonFactory();

    /// More layers of escapes than servers in a row undo.
    private static final int LAYERS = 4;

    private final Predicate<String> isOurs;

    /// @param isOurs tells our issuers from others
    OwnTokens(Predicate<String> isOurs) {
        this.isOurs = isOurs;
    }

    boolean isShownBy(Inbound inbound) {
        return isIn(inbound.target())
                || inbound.headers().stream().map(OwnTokens::value).anyMatch(this::isIn)
                || inbound.headers().getValuesList("Authorization").stream()
                        .flatMap(value -> basic(value).stream())
                        .anyMatch(this::isIn);
    }

    private static String value(HttpField field) {
        return field.getValue() == null ? "" : field.getValue();
    }

    /// User and password of a well-formed `Basic` (RFC 7617), in Latin-1; empty for all else.
    static Optional<String> basic(String authorization) {
        Matcher matcher = BASIC.matcher(authorization);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            byte[] text = Base64.getDecoder().decode(matcher.group(1));
            return Optional.of(new String(text, StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// Escaped or not.
    private boolean isIn(String text) {
        String layer = text;
        for (int i = 0; i < LAYERS && layer.indexOf('%') >= 0; i++) {
            if (stands(layer)) {
                return true;
            }
            layer = ApiPaths.decoded(layer);
        }
        return stands(layer);
    }

    private boolean stands(String text) {
        return !ClientSecret.redacted(text).equals(text)
                || PART.matcher(text).results().map(part -> part.group()).anyMatch(this::names);
    }

    /// Whether this is a part of a token that names us as its issuer, anywhere in it.
    private boolean names(String part) {
        byte[] json;
        try {
            json = Base64.getUrlDecoder().decode(part);
        } catch (IllegalArgumentException _) {
            return false;
        }
        if (json.length == 0 || json[0] != '{') {
            return false;
        }
        try (JsonParser parser = JSON.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING
                        && "iss".equals(parser.currentName())
                        && isOurs.test(parser.getText())) {
                    return true;
                }
            }
            return false;
        } catch (IOException _) {
            return false; // no JSON: no reader takes it for a token
        }
    }
}
