package io.quay.pdp.quay;

import java.util.Locale;

/// Cuts addresses down to what policies may see: paths, queries and user information hold secrets.
final class Addresses {
    private Addresses() {}

    /// `scheme://host:port` of a URL, in lower case; of other texts, what stands before the path.
    static String origin(String url) {
        for (int i = 0; i < url.length(); i++) {
            char c = url.charAt(i);
            if (c <= ' ' || c == '\\' || c == 0x7F) {
                throw new RefusedRequest(
                        Mapping.Problem.INVALID_BODY, "an address holds a blank or a backslash");
            }
        }
        int scheme = url.indexOf("://");
        int start = scheme < 0 ? 0 : scheme + 3;
        int end = start;
        while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
            end++;
        }
        String authority = url.substring(start, end);
        String host = authority.substring(authority.lastIndexOf('@') + 1);
        return (url.substring(0, start) + host).toLowerCase(Locale.ROOT);
    }

    /// A reference such as `docker.io/library/redis`, whole unless it could hold credentials.
    static String reference(String text) {
        int slash = text.indexOf('/');
        String first = slash < 0 ? text : text.substring(0, slash);
        return text.contains("://") || first.contains("@") ? origin(text) : text;
    }
}
