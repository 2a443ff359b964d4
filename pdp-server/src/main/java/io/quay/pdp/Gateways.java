package io.quay.pdp;

import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.AddressRange;
import io.quay.pdp.config.Config;
import io.quay.pdp.config.HostPort;
import io.quay.pdp.gateway.Execution;
import io.quay.pdp.gateway.Gateway;
import io.quay.pdp.gateway.GatewayEvents;
import io.quay.pdp.gateway.GatewaySettings;
import io.quay.pdp.http.Listener;
import io.quay.pdp.ops.Metrics;
import io.quay.pdp.ops.Metrics.Counter;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.quay.RequestMapper;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.token.PresentedTokens;
import java.net.BindException;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// The gateway as the configuration wants it.
final class Gateways {
    /// Makes what has allowed calls executed.
    interface Executions {
        Execution of(Config config);

        /// For a server whose configuration names no gateway.
        static Executions none() {
            return _ -> {
                throw StartFailure.io(
                        "gateway.listen: this server has no way to have calls executed by Quay");
            };
        }
    }

    /// What decides and records.
    record Ground(
            PresentedTokens tokens,
            String issuer,
            RecordedDecisions decisions,
            @Nullable RequestMapper mapper,
            LivePolicies live,
            SqliteDecisionLog log,
            DecisionIds ids,
            Clock clock,
            Metrics metrics) {}

    private Gateways() {}

    /// @return null when the configuration names no address
    static @Nullable Listener bind(Config config) throws BindException {
        HostPort address = config.gateway().listen();
        if (address == null) {
            return null;
        }
        Configured.warnOfOpenNetwork(address);
        return Listener.bind(address.host(), address.port());
    }

    /// Not started yet.
    static Gateway on(Listener listener, Config config, Ground ground, Executions executions) {
        RequestMapper mapper = ground.mapper();
        if (mapper == null) {
            throw StartFailure.io("gateway.listen: the schema has no catalog of Quay's operations");
        }
        int lost = ground.log().settleCalls(ground.ids()::next, ground.clock().instant());
        if (lost > 0) {
            LoggerFactory.getLogger(Gateways.class)
                    .atWarn()
                    .addKeyValue("calls", lost)
                    .log("the last run stopped before it knew how these calls ended");
        }
        return new Gateway(
                listener,
                settings(config),
                new Gateway.Parts(
                        ground.tokens(),
                        Set.of(ground.issuer()),
                        ground.decisions(),
                        mapper,
                        ground.live(),
                        executions.of(config),
                        ground.log(),
                        ground.ids(),
                        ground.clock(),
                        counting(ground.metrics())));
    }

    private static GatewaySettings settings(Config config) {
        Config.Gateway gateway = config.gateway();
        Config.GatewayLimits limits = gateway.limits();
        List<AddressRange> proxies = config.server().trustedProxies();
        return new GatewaySettings(
                Objects.requireNonNull(config.quay().baseUrl()),
                null,
                gateway.foreignCredentials() == Config.Otherwise.PASS,
                gateway.foreignIssuers(),
                gateway.otherPaths() == Config.Otherwise.PASS,
                address -> proxies.stream().anyMatch(range -> range.contains(address)),
                config.federation().maxTokenSize(),
                new GatewaySettings.Limits(
                        limits.maxBody(),
                        limits.maxHeaders(),
                        limits.maxConnections(),
                        limits.maxCalls(),
                        limits.maxUpstreamConnections(),
                        limits.idle(),
                        limits.body(),
                        limits.connect(),
                        limits.answer(),
                        limits.upstreamIdle()));
    }

    private static GatewayEvents counting(Metrics metrics) {
        return new GatewayEvents() {
            @Override
            public void answered(String verdict, int status) {
                metrics.count(Counter.GATEWAY_REQUESTS, verdict, status / 100 + "xx");
            }

            @Override
            public void executed(CallRecord.State state, long millis) {
                metrics.count(Counter.QUAY_CALLS, state.code());
                metrics.add(Counter.QUAY_MILLIS, millis);
            }
        };
    }
}
