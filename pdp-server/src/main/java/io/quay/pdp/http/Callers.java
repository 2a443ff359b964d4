package io.quay.pdp.http;

import io.javalin.http.Context;
import io.javalin.http.Header;
import io.quay.pdp.identity.ClientSecret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Authenticates PEPs by their bearer token (RFC 6750 §2.1). Immutable.
final class Callers {
    private static final String BEARER = "Bearer ";

    private final List<Pep> peps;

    Callers(List<Pep> peps) {
        this.peps = List.copyOf(peps);
    }

    /// @throws ProblemException 401 without a known token, 403 when the PEP may not use this face
    Pep authenticate(Context context, Pep.Face face) {
        Pep pep = find(bearer(context));
        if (pep == null) {
            throw ProblemException.unauthorized("the credential is not known", "invalid_token");
        }
        RequestIds.proved(context, pep.name());
        if (!pep.faces().contains(face)) {
            throw ProblemException.forbidden("`" + pep.name() + "` may not use this face");
        }
        return pep;
    }

    /// The one bearer token of a request (RFC 6750 §2.1).
    ///
    /// @throws ProblemException 401 when there is none, 400 when there are several
    static String bearer(Context context) {
        List<String> headers = Collections.list(context.req().getHeaders(Header.AUTHORIZATION));
        if (headers.isEmpty()) {
            throw ProblemException.unauthorized("no credential", null);
        }
        if (headers.size() > 1) {
            // Proxies differ in which one they believe.
            throw ProblemException.badRequest("there is more than one Authorization header");
        }
        String header = headers.getFirst();
        if (!header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw ProblemException.unauthorized("the credential must be a bearer token", null);
        }
        return header.substring(BEARER.length()).strip();
    }

    /// Whether an Authorization header holds a known token, whatever it may be used for.
    boolean knows(String header) {
        return header.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && find(header.substring(BEARER.length()).strip()) != null;
    }

    /// Compares with every PEP, so that the time tells nothing.
    @Nullable Pep find(String token) {
        byte[] given = ClientSecret.sha256Hex(token).getBytes(StandardCharsets.US_ASCII);
        Pep found = null;
        for (Pep pep : peps) {
            if (MessageDigest.isEqual(
                    given, pep.tokenSha256().getBytes(StandardCharsets.US_ASCII))) {
                found = pep;
            }
        }
        return found;
    }
}
