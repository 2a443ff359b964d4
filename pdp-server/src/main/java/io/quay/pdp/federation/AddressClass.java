package io.quay.pdp.federation;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What an IP address is to a server that connects to it: whether everybody's network, somebody's
/// own, or nothing that an issuer could be at.
///
/// An IPv6 address that only wraps an IPv4 address is what that one is. What is not listed is not
/// public: of IPv6 only `2000::/3` is (IANA's registries of special-purpose addresses; RFC 6890).
public enum AddressClass {
    PUBLIC,
    /// The same machine and networks of somebody's own; only for issuers that say so.
    PRIVATE,
    /// Link-local, services of clouds that hand out credentials, multicast, unspecified, reserved:
    /// never.
    FORBIDDEN;

    /// Services for the machine itself that are not at link-local addresses: of AWS, Google,
    /// Alibaba, Oracle and Azure.
    private static final List<Range> METADATA =
            ranges(
                    "fd00:ec2::254/128",
                    "fd20:ce::254/128",
                    "100.100.100.200/32",
                    "192.0.0.192/32",
                    "168.63.129.16/32");

    private static final List<Range> OWN =
            ranges(
                    "127.0.0.0/8",
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "100.64.0.0/10",
                    "::1/128",
                    "fc00::/7");

    /// `192.88.99.0/24` and `2002::/16` are 6to4, `2001::/23` holds Teredo; nobody's issuer is
    /// behind either (RFC 7526).
    private static final List<Range> RESERVED =
            ranges(
                    "0.0.0.0/8",
                    "169.254.0.0/16",
                    "192.0.0.0/24",
                    "192.0.2.0/24",
                    "192.88.99.0/24",
                    "198.18.0.0/15",
                    "198.51.100.0/24",
                    "203.0.113.0/24",
                    "224.0.0.0/3",
                    "2001::/23",
                    "2001:db8::/32",
                    "2002::/16",
                    "3fff::/20");

    private static final Range GLOBAL_UNICAST = Range.of("2000::/3");

    /// IPv4-mapped (RFC 4291 §2.5.5.2) and NAT64's well-known prefix (RFC 6052 §2.1): the last 32
    /// bits are an IPv4 address.
    private static final List<Range> WRAPPED_IPV4 = ranges("::ffff:0:0/96", "64:ff9b::/96");

    public static AddressClass of(InetAddress address) {
        return of(address.getAddress());
    }

    /// Of a host that is written out as an address, also in the old spellings of numbers
    /// (`0x7f.1`), or is this machine's own name (RFC 6761 §6.3); empty for other names, which are
    /// judged when they are resolved.
    ///
    /// @param host as URLs have it: IPv6 within brackets
    public static Optional<AddressClass> ofHost(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.equals("localhost") || name.endsWith(".localhost")) {
            return Optional.of(PRIVATE);
        }
        try {
            return Optional.of(
                    of(
                            name.startsWith("[") && name.endsWith("]")
                                    ? InetAddress.ofLiteral(name.substring(1, name.length() - 1))
                                    : Inet4Address.ofPosixLiteral(name)));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static AddressClass of(byte[] address) {
        if (within(WRAPPED_IPV4, address)) {
            return of(Arrays.copyOfRange(address, 12, 16));
        }
        if (within(METADATA, address)) {
            return FORBIDDEN;
        }
        if (within(OWN, address)) {
            return PRIVATE;
        }
        boolean usable = address.length == 4 || GLOBAL_UNICAST.contains(address);
        return usable && !within(RESERVED, address) ? PUBLIC : FORBIDDEN;
    }

    private static boolean within(List<Range> ranges, byte[] address) {
        return ranges.stream().anyMatch(range -> range.contains(address));
    }

    private static List<Range> ranges(String... texts) {
        return Arrays.stream(texts).map(Range::of).toList();
    }

    /// The addresses that begin with these bits.
    private static final class Range {
        private final byte[] network;
        private final int bits;

        private Range(byte[] network, int bits) {
            this.network = network;
            this.bits = bits;
        }

        static Range of(String text) {
            String[] parts = text.split("/", 2);
            return new Range(bytes(parts[0]), Integer.parseInt(parts[1]));
        }

        private static byte[] bytes(String literal) {
            byte[] bytes = InetAddress.ofLiteral(literal).getAddress();
            if (bytes.length == 16 || !literal.contains(":")) {
                return bytes;
            }
            // Java reads an IPv4-mapped literal as the IPv4 address.
            byte[] mapped = new byte[16];
            mapped[10] = (byte) 0xff;
            mapped[11] = (byte) 0xff;
            System.arraycopy(bytes, 0, mapped, 12, 4);
            return mapped;
        }

        boolean contains(byte[] address) {
            if (address.length != network.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> bit % 8;
                if (((address[bit / 8] ^ network[bit / 8]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
