package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.regex.Pattern;

/// What Quay said, as it may be shown.
final class Plain {
    private static final int MAX = 160;
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_.~+/=-]{60,}|eyJ\\S*");

    private Plain() {}

    /// One short line without anything that may be a token.
    static String text(String said) {
        String line = TOKEN.matcher(said.replaceAll("\\p{Cntrl}", " ")).replaceAll("***");
        return line.length() <= MAX ? line : line.substring(0, MAX) + "…";
    }

    /// An answer's status, and the message that is in its body.
    static String answer(int status, JsonNode body) {
        for (String member : new String[] {"message", "error_message", "detail", "error"}) {
            String said = body.path(member).asText("");
            if (!said.isBlank()) {
                return status + " (" + text(said) + ")";
            }
        }
        return String.valueOf(status);
    }

    static boolean loopback(URI address) {
        String host = String.valueOf(address.getHost());
        return host.equals("localhost") || host.equals("[::1]") || host.startsWith("127.");
    }
}
