package io.quay.pdp.http;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Authenticates proxies: by the token that they add to their question, or by their address. The
/// `Authorization` header is not theirs: it is the client's. Immutable.
public final class ProxyCallers {
    /// A caller that proved itself, or why it did not.
    sealed interface Result {
        record Known(Pep pep) implements Result {}

        /// @param name of the caller, as far as it was proved
        record Refused(String name, String message) implements Result {}
    }

    /// How a caller is recorded that proved nothing; no name of a PEP.
    static final String NOBODY = "(unproven)";

    private static final Set<Pep.Face> PROXIES =
            Set.of(Pep.Face.NGINX, Pep.Face.TRAEFIK, Pep.Face.ENVOY);

    private final Callers peps;
    private final Predicate<InetAddress> trusted;

    /// @param trusted addresses of proxies that need no token
    public ProxyCallers(List<Pep> peps, Predicate<InetAddress> trusted) {
        this.peps = new Callers(peps);
        this.trusted = trusted;
    }

    /// A token that is given must be right, also when it comes from a trusted address.
    Result authenticate(Optional<String> token, String address, Pep.Face face) {
        if (token.isEmpty()) {
            return trusted.test(InetAddress.ofLiteral(address))
                    ? new Result.Known(
                            new Pep("proxy@" + address, "", PROXIES, false, false, false))
                    : new Result.Refused(NOBODY, "the proxy's own credential is missing");
        }
        Pep pep = peps.find(token.get());
        if (pep == null) {
            return new Result.Refused(NOBODY, "the proxy's own credential is not known");
        }
        return pep.faces().contains(face)
                ? new Result.Known(pep)
                : new Result.Refused(pep.name(), "the proxy may not use this face");
    }
}
