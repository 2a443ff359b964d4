package io.quay.pdp.gateway;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;

/// Refuses requests that two servers in a row could understand in two ways, whatever they ask for.
/// What breaks the form of HTTP/1.1 itself is refused by the parser before it gets here.
final class Screening {
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /// All else would name headers that a proxy must take away (RFC 9110 §7.6.1), such as the
    /// credential.
    private static final Set<String> CONNECTION_OPTIONS =
            Set.of("close", "keep-alive", "te", "upgrade", "http2-settings");

    private Screening() {}

    static void check(Inbound inbound) {
        HttpFields headers = inbound.headers();
        if (!METHODS.contains(inbound.method())) {
            throw refused(405, "this method is not taken here");
        }
        // HTTP/1.0 has no framing but lengths: who sends another may mean something else (RFC 9112
        // §6.1)
        if (inbound.version() == HttpVersion.HTTP_1_0 && headers.contains("Transfer-Encoding")) {
            throw refused(400, "HTTP/1.0 has no `Transfer-Encoding`");
        }
        if (headers.contains("Expect")) {
            throw refused(
                    417, "`Expect` is not taken: send the body with the request, without waiting");
        }
        // curl and Java's client offer HTTP/2 so; not taking it up is an answer (RFC 9110 §7.8)
        if (headers.getValuesList("Upgrade").stream().anyMatch(it -> !it.equals("h2c"))) {
            throw refused(400, "`Upgrade` is not taken: no WebSocket leads through here");
        }
        for (String option : headers.getCSV("Connection", false)) {
            if (!CONNECTION_OPTIONS.contains(option.toLowerCase(Locale.ROOT))) {
                throw refused(400, "`Connection` names a header that must not be dropped");
            }
        }
        List<String> codings = headers.getValuesList("Transfer-Encoding");
        if (codings.size() > 1
                || codings.stream().anyMatch(coding -> !coding.equalsIgnoreCase("chunked"))) {
            throw refused(501, "a transfer coding other than `chunked` is not taken");
        }
    }

    private static Refusal.RefusedException refused(int status, String message) {
        return new Refusal(status, Refusal.INVALID_REQUEST, Refusal.MALFORMED, message, null)
                .exception();
    }
}
