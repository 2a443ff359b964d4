package io.quay.pdp.http;

import java.util.Set;

/// A caller that may ask for decisions: a policy enforcement point.
///
/// @param tokenSha256 the hex SHA-256 of its token
/// @param faces the faces it may use
/// @param maySearch whether it may ask who may do what to which, and so learn all names
/// @param bare whether it gets only the members that AuthZEN 1.0 requires
public record Pep(
        String name,
        String tokenSha256,
        Set<Face> faces,
        boolean mayNameSubject,
        boolean maySearch,
        boolean bare) {
    public enum Face {
        AUTHORIZE,
        AUTHZEN,
        NGINX,
        TRAEFIK,
        ENVOY
    }

    public Pep {
        faces = Set.copyOf(faces);
    }
}
