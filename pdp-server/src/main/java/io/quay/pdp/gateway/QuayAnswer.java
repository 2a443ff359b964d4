package io.quay.pdp.gateway;

import com.fasterxml.jackson.databind.JsonNode;

/// What came of a question to Quay's API.
sealed interface QuayAnswer {
    /// @param body a missing node when there was none
    record Ok(int status, JsonNode body) implements QuayAnswer {}

    /// Quay understood and refused.
    ///
    /// @param status 400 to 499
    /// @param message what Quay said, shortened; or the status
    record Refused(int status, String message) implements QuayAnswer {
        /// Whether these are Quay's own words for an object that does not exist: a proxy's page, or
        /// a path that Quay does not serve, say something else.
        boolean notFound() {
            return status == 404 && message.equals("404 Not Found");
        }
    }

    /// Nothing that counts as an answer came: no connection, too late, too large, not JSON, a
    /// redirect, a failure of Quay's own.
    record Missing(String message) implements QuayAnswer {}
}
