package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;

/// A part of the HTTP interface: a family of endpoints that belong together.
public interface Face {
    void register(RoutesConfig routes);
}
