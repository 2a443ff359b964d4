package io.quay.pdp.federation;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// A SPIFFE ID of a workload, in its one spelling (SPIFFE-ID §2). Immutable.
///
/// @param trustDomain in lower case
/// @param path with its leading slash; never empty, because only a trust domain's own ID is
public record SpiffeId(String trustDomain, String path) {
    private static final String SCHEME = "spiffe://";
    private static final int MAX_BYTES = 2048;
    private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");
    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._-]+");

    /// Empty when it is no workload's SPIFFE ID: another scheme, a user, a port, a query, a
    /// fragment, an escape, an empty or a relative segment, no path.
    public static Optional<SpiffeId> parse(String text) {
        if (text.length() > MAX_BYTES || !text.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        String rest = text.substring(SCHEME.length());
        int slash = rest.indexOf('/');
        if (slash < 0) {
            return Optional.empty();
        }
        Optional<String> domain = trustDomain(rest.substring(0, slash));
        String path = rest.substring(slash);
        for (String segment : path.substring(1).split("/", -1)) {
            if (!SEGMENT.matcher(segment).matches() || segment.matches("\\.{1,2}")) {
                return Optional.empty();
            }
        }
        return domain.map(name -> new SpiffeId(name, path));
    }

    /// The name in lower case; empty when it is none. Only ASCII letters are folded.
    public static Optional<String> trustDomain(String text) {
        boolean ascii = text.chars().allMatch(c -> c < 128);
        String name = text.toLowerCase(Locale.ROOT);
        return ascii && TRUST_DOMAIN.matcher(name).matches() ? Optional.of(name) : Optional.empty();
    }

    /// What an issuer of this trust domain has as [Issuer#issuer].
    public static String issuerOf(String trustDomain) {
        return SCHEME + trustDomain;
    }

    public String issuer() {
        return issuerOf(trustDomain);
    }

    /// The parts of the path between its slashes.
    public List<String> segments() {
        return List.of(path.substring(1).split("/", -1));
    }

    @Override
    public String toString() {
        return SCHEME + trustDomain + path;
    }
}
