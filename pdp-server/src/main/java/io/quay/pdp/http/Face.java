package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;

/// A part of the HTTP interface: a family of endpoints that belong together.
public interface Face {
    void register(RoutesConfig routes);

    /// A path that is read, with HEAD as with GET (RFC 9110 §9.3.2). By itself Javalin answers HEAD
    /// with 200 without asking the handler: to anybody, and whatever there is.
    static void read(RoutesConfig routes, String path, Handler handler) {
        routes.get(path, handler);
        routes.head(path, handler);
    }
}
