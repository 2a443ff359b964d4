package io.quay.pdp.gateway;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/// Which headers go which way.
final class Headers {
    /// All of a client's headers that Quay gets of a decided call; the rest is ours or stays out.
    private static final List<String> KEPT =
            List.of(
                    "Accept",
                    "Accept-Encoding",
                    "Accept-Language",
                    "If-Match",
                    "If-Modified-Since",
                    "If-None-Match",
                    "If-Range",
                    "If-Unmodified-Since",
                    "Range",
                    "User-Agent",
                    "traceparent",
                    "tracestate");

    /// RFC 9110 §7.6.1, and what older proxies speak among themselves.
    private static final Set<String> HOP_BY_HOP =
            Set.of(
                    "connection",
                    "http2-settings",
                    "keep-alive",
                    "proxy-authenticate",
                    "proxy-authentication-info",
                    "proxy-authorization",
                    "proxy-connection",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    private static final Set<String> FORWARDING =
            Set.of(
                    "cf-connecting-ip",
                    "front-end-https",
                    "forwarded",
                    "true-client-ip",
                    "via",
                    "x-client-ip",
                    "x-cluster-client-ip",
                    "x-host",
                    "x-real-ip",
                    "x-request-id",
                    "x-scheme");

    /// By which some servers take a request for another one than its request line says.
    private static final Set<String> OVERRIDING =
            Set.of(
                    "proxy",
                    "x-http-method",
                    "x-http-method-override",
                    "x-method-override",
                    "x-original-uri",
                    "x-original-url",
                    "x-rewrite-url");

    private Headers() {}

    /// Those of a decided call to Quay.
    ///
    /// @param authorization the executing credential
    static HttpFields decided(Inbound inbound, String authorization) {
        HttpFields.Mutable fields = HttpFields.build();
        for (String name : KEPT) {
            for (String value : inbound.headers().getValuesList(name)) {
                fields.add(name, value);
            }
        }
        fields.add("Authorization", authorization);
        return own(fields, inbound).asImmutable();
    }

    /// Those of a passed call: as they came, but for what is said between neighbours, what proxies
    /// say of clients and of other targets, and ours. Names with `_` stay out: WSGI takes them for
    /// those with `-`.
    static HttpFields passed(Inbound inbound) {
        HttpFields.Mutable fields = HttpFields.build();
        for (HttpField field : inbound.headers()) {
            String name = field.getName().toLowerCase(Locale.ROOT);
            boolean kept =
                    !HOP_BY_HOP.contains(name)
                            && !FORWARDING.contains(name)
                            && !OVERRIDING.contains(name)
                            && !name.startsWith("x-forwarded")
                            && !name.startsWith("x-envoy-")
                            && !name.startsWith("x-pdp-")
                            && !name.equals("content-length")
                            && name.indexOf('_') < 0;
            if (kept) {
                fields.add(field);
            }
        }
        return own(fields, inbound).asImmutable();
    }

    private static HttpFields.Mutable own(HttpFields.Mutable fields, Inbound inbound) {
        fields.put(Inbound.REQUEST_ID, inbound.requestId());
        fields.put("X-Forwarded-Proto", inbound.secure() ? "https" : "http");
        if (inbound.sourceIp() != null) {
            fields.put("X-Forwarded-For", inbound.sourceIp());
        }
        return fields;
    }

    /// Whether a header of Quay's answer is handed on.
    ///
    /// @param decided whether the call was: then nothing that starts a session is
    /// @param nominated by the answer's `Connection`
    static boolean answered(HttpField field, boolean decided, Set<String> nominated) {
        if (nominated.contains(field.getName().toLowerCase(Locale.ROOT))) {
            return false;
        }
        // many a reader takes one for the other
        String name = field.getName().toLowerCase(Locale.ROOT).replace('_', '-');
        if (HOP_BY_HOP.contains(name) || name.startsWith("x-pdp-") || name.equals("x-request-id")) {
            return false;
        }
        return !decided
                || !(name.startsWith("set-cookie")
                        || name.contains("csrf")
                        || name.startsWith("x-quay-")
                        || name.equals("www-authenticate")
                        || name.equals("alt-svc")
                        || name.equals("clear-site-data")
                        || name.equals("server"));
    }

    /// What an answer says for us alone (RFC 9110 §7.6.1), in lower case; its framing never is.
    static Set<String> nominated(HttpFields answer) {
        return answer.getCSV("Connection", false).stream()
                .map(option -> option.strip().toLowerCase(Locale.ROOT))
                .filter(option -> !option.equals("content-length"))
                .collect(Collectors.toUnmodifiableSet());
    }

    /// The type of a body that Quay is to read as JSON, whatever the client called it.
    static String jsonType() {
        return "application/json";
    }

    static @Nullable String encoding(Inbound inbound) {
        List<String> given = inbound.headers().getValuesList("Content-Encoding");
        return given.isEmpty() ? null : String.join(",", given);
    }
}
