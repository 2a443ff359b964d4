package io.quay.pdp.jose;

import io.quay.pdp.federation.AddressClass;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import org.apache.hc.client5.http.DnsResolver;

/// Resolves the host of one request and refuses where it must not go. The connection is made to the
/// very addresses that are judged here, so that a name which says something else a moment later
/// gains nothing (DNS rebinding). Immutable.
final class GuardedResolver implements DnsResolver {
    /// Where names are looked up.
    @FunctionalInterface
    interface Names {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /// The host is at an address that this request must not reach.
    static final class RefusedAddressException extends UnknownHostException {
        private static final long serialVersionUID = 1L;

        RefusedAddressException(String message) {
            super(message);
        }
    }

    private final Names names;
    private final boolean privateNetwork;
    private final boolean loopbackOnly;

    /// @param privateNetwork whether addresses that are not public may be reached
    /// @param loopbackOnly for a request that is not encrypted
    GuardedResolver(Names names, boolean privateNetwork, boolean loopbackOnly) {
        this.names = names;
        this.privateNetwork = privateNetwork;
        this.loopbackOnly = loopbackOnly;
    }

    /// All addresses of the host; a single bad one among them refuses it.
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] addresses = names.resolve(host);
        for (InetAddress address : addresses) {
            refuseBad(address);
        }
        return addresses;
    }

    @Override
    public List<InetSocketAddress> resolve(String host, int port) throws UnknownHostException {
        return Arrays.stream(resolve(host))
                .map(address -> new InetSocketAddress(address, port))
                .toList();
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    private void refuseBad(InetAddress address) throws RefusedAddressException {
        AddressClass kind = AddressClass.of(address);
        if (kind == AddressClass.FORBIDDEN) {
            throw new RefusedAddressException(
                    "the host is at an address that is never asked (link-local or reserved)");
        }
        if (kind == AddressClass.PRIVATE && !privateNetwork) {
            throw new RefusedAddressException(
                    "the host is at an address that is not public: set"
                            + " `allow_private_addresses: true` on the issuer if that is meant");
        }
        if (loopbackOnly && !address.isLoopbackAddress()) {
            throw new RefusedAddressException("https is required: the host is another machine");
        }
    }
}
