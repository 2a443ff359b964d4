package io.quay.pdp.jose;

import java.net.URI;

/// Gets documents from where an issuer publishes its keys. Safe for use by any number of threads.
public final class KeyFetcher {
    private final Outbound outbound;

    /// Without a proxy, trusting the system's roots.
    public KeyFetcher() {
        this(new Outbound(null, null));
    }

    public KeyFetcher(Outbound outbound) {
        this.outbound = outbound;
    }

    byte[] get(Destination destination, URI uri) throws KeysUnavailableException {
        try {
            return outbound.get(destination, uri);
        } catch (OutboundException e) {
            throw new KeysUnavailableException(
                    e.credentialWanted()
                            ? credentialWanted(destination, e.status())
                            : String.valueOf(e.getMessage()));
        }
    }

    private static String credentialWanted(Destination destination, int status) {
        return destination.access().bearerFile() == null
                ? "the issuer's key address wants a credential (status %d): set `bearer_file`"
                        .formatted(status)
                : "the issuer's key address refuses the credential in `bearer_file` (status %d)"
                        .formatted(status);
    }
}
