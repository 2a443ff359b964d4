package io.quay.pdp.config;

import java.math.BigInteger;
import java.net.InetAddress;

/// The IP addresses that begin with the same bits: `10.0.0.0/8`, or one address.
public record AddressRange(InetAddress network, int prefix) {
    /// @throws IllegalArgumentException when the text is no address or range, or has bits set
    ///   behind the prefix
    static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        try {
            // Literals only: a name would be looked up.
            InetAddress network =
                    InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int bits = network.getAddress().length * 8;
            int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
            if (prefix >= 0 && prefix <= bits) {
                AddressRange range = new AddressRange(network, prefix);
                if (range.leading(network).shiftLeft(bits - prefix).equals(number(network))) {
                    return range;
                }
            }
        } catch (IllegalArgumentException _) {
            // Reported below with the whole text.
        }
        throw new IllegalArgumentException("not an IP address or range: `" + text + "`");
    }

    public boolean contains(InetAddress address) {
        return address.getAddress().length == network.getAddress().length
                && leading(address).equals(leading(network));
    }

    private BigInteger leading(InetAddress address) {
        return number(address).shiftRight(address.getAddress().length * 8 - prefix);
    }

    private static BigInteger number(InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }
}
