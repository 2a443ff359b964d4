package io.quay.pdp.identity;

import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/// IP addresses as callers write them.
public final class IpAddress {
    private static final Pattern FOUR_NUMBERS = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");
    private static final Pattern PREFIX = Pattern.compile("[1-9]?[0-9]|1[01][0-9]|12[0-8]");

    private IpAddress() {}

    /// The address in the one spelling that policies see; empty when the text is no literal
    /// address. An IPv4 address in IPv6's clothes, as dual-stack listeners report it, is the IPv4
    /// address: else a forbid on a range would miss it.
    public static Optional<String> parse(String text) {
        boolean literal =
                text.indexOf(':') < 0
                        ? FOUR_NUMBERS.matcher(text).matches()
                        : IPV6.matcher(text).matches();
        if (!literal) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text).getHostAddress());
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// As [#parse], also for a range such as `10.0.0.0/8`.
    public static Optional<String> parseRange(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return parse(text);
        }
        String prefix = text.substring(slash + 1);
        return parse(text.substring(0, slash))
                .filter(_ -> PREFIX.matcher(prefix).matches())
                .filter(address -> address.contains(":") || Integer.parseInt(prefix) <= 32)
                .map(address -> address + "/" + prefix);
    }
}
