package io.quay.pdp.gateway;

import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// How the gateway behaves. Immutable.
///
/// @param quay scheme, host and port where Quay is reached
/// @param trust whom Quay's certificate is checked against; null = the system's authorities
/// @param passForeign whether calls with credentials that are none of ours are passed as they are
/// @param foreignIssuers `iss` of the tokens that are passed
/// @param passOthers whether requests for anything but `/api/v1` are passed as they are
/// @param proxies whose word on the client's address is taken
/// @param maxToken in bytes
public record GatewaySettings(
        URI quay,
        @Nullable SSLContext trust,
        boolean passForeign,
        List<String> foreignIssuers,
        boolean passOthers,
        Predicate<InetAddress> proxies,
        int maxToken,
        Limits limits) {

    /// Sizes in bytes.
    ///
    /// @param maxCalls at the same time
    /// @param maxAccountCalls at the same time of one account
    /// @param idle of a client's connection
    /// @param header until a request's line and headers are there, from their first byte
    /// @param body until a decided call's body is there
    /// @param answer until Quay's answer begins, and the longest pause within it
    /// @param upstreamIdle how long an unused connection to Quay is kept
    public record Limits(
            int maxBody,
            int maxHeaders,
            int maxConnections,
            int maxCalls,
            int maxAccountCalls,
            int maxUpstreamConnections,
            Duration idle,
            Duration header,
            Duration body,
            Duration connect,
            Duration answer,
            Duration upstreamIdle) {}

    public GatewaySettings {
        foreignIssuers = List.copyOf(foreignIssuers);
    }
}
