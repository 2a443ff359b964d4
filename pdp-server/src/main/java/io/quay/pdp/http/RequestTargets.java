package io.quay.pdp.http;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;

/// Which request targets the server takes. Paths that could be read in two ways are refused
/// everywhere but below `/authorize/`: there a proxy asks about them, nothing is routed by what a
/// path is decoded to, and the answer is a recorded decision about the path as it came.
final class RequestTargets {
    private RequestTargets() {}

    /// Replaces the server's own check, which is the same for all paths.
    static void guard(HttpConfiguration http) {
        UriCompliance strict = http.getUriCompliance();
        http.setUriCompliance(UriCompliance.UNSAFE);
        http.addCustomizer((request, headers) -> {
            HttpURI uri = request.getHttpURI();
            if (!ofProxies(uri) && !uri.getViolations().stream().allMatch(strict::allows)) {
                throw new HttpException.RuntimeException(HttpStatus.BAD_REQUEST_400);
            }
            return request;
        });
    }

    /// By the path as it came, undecoded.
    static boolean ofProxies(HttpURI uri) {
        return uri.getPath() != null && uri.getPath().startsWith(ForwardAuthElsewhere.BELOW);
    }
}
