package io.quay.pdp;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.accounts.GrantSuspensions;
import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.AddressRange;
import io.quay.pdp.config.Config;
import io.quay.pdp.config.HostPort;
import io.quay.pdp.gateway.Execution;
import io.quay.pdp.gateway.Executions;
import io.quay.pdp.gateway.Gateway;
import io.quay.pdp.gateway.GatewayEvents;
import io.quay.pdp.gateway.GatewaySettings;
import io.quay.pdp.gateway.QuayAttributes;
import io.quay.pdp.http.Listener;
import io.quay.pdp.ops.Metrics;
import io.quay.pdp.ops.Metrics.Counter;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.quay.RequestMapper;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.token.PresentedTokens;
import io.quay.pdp.token.QuayUsers;
import java.net.BindException;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// The gateway before Quay and what has its calls executed, as the configuration wants them.
///
/// @param executions null = there is no Quay
/// @param gateway null = there is none
record Gateways(@Nullable Executions executions, @Nullable Gateway gateway)
        implements AutoCloseable {
    /// What decides, executes and records.
    record Ground(
            Database database,
            Directory directory,
            GrantSuspensions suspensions,
            Tokens tokens,
            PresentedTokens presented,
            RecordedDecisions decisions,
            @Nullable RequestMapper mapper,
            LivePolicies live,
            SqliteDecisionLog log,
            EventLog events,
            DecisionIds ids,
            Clock clock,
            Metrics metrics) {}

    /// Not started yet.
    ///
    /// @param instead of how the configuration has Quay execute calls; null = as it says
    /// @throws StartFailure when they cannot be made: nothing of them is left then
    static Gateways open(Config config, Ground ground, @Nullable Execution instead)
            throws BindException {
        HostPort address = config.gateway().listen();
        Executions executions = instead == null ? QuayExecutions.open(config, ground) : null;
        Execution execution = executions == null ? instead : executions.execution();
        if (address == null || execution == null) {
            return new Gateways(executions, null);
        }
        boolean made = false;
        try {
            QuayAttributes attributes =
                    executions == null ? null : executions.attributes(limits(config));
            Gateway gateway = on(address, config, ground, execution, attributes);
            made = true;
            return new Gateways(executions, gateway);
        } finally {
            if (!made && executions != null) {
                executions.close();
            }
        }
    }

    /// Whether accounts are their own users in Quay: asked where there is a Quay to ask.
    ///
    /// @param gateways null while they are not made: Quay's keys are served before
    static QuayUsers users(Config config, Supplier<@Nullable Gateways> gateways) {
        return config.quay().baseUrl() == null
                ? QuayUsers.UNCHECKED
                : account -> {
                    Gateways made = gateways.get();
                    Executions executions = made == null ? null : made.executions();
                    return executions == null
                            ? new QuayUsers.Standing.Unknown("there is no Quay to ask")
                            : executions.users().of(account);
                };
    }

    private static QuayAttributes.Limits limits(Config config) {
        Config.Attributes attributes = config.gateway().attributes();
        return new QuayAttributes.Limits(attributes.maxAge(), attributes.perMinute());
    }

    private static Gateway on(
            HostPort address,
            Config config,
            Ground ground,
            Execution execution,
            @Nullable QuayAttributes attributes)
            throws BindException {
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
        String issuer = ground.tokens().issuer();
        GatewaySettings settings = settings(config);
        Configured.warnOfOpenNetwork(address);
        return new Gateway(
                Listener.bind(address.host(), address.port()),
                settings,
                new Gateway.Parts(
                        ground.presented(),
                        Set.of(issuer, config.quay().issuerOf(issuer)),
                        ground.decisions(),
                        mapper,
                        ground.live(),
                        execution,
                        attributes,
                        ground.suspensions(),
                        ground.log(),
                        ground.ids(),
                        ground.clock(),
                        counting(ground.metrics())));
    }

    void start() {
        if (gateway != null) {
            gateway.start();
        }
        if (executions != null) {
            executions.start();
        }
    }

    /// Where the gateway listens.
    OptionalInt port() {
        return gateway == null ? OptionalInt.empty() : OptionalInt.of(gateway.port());
    }

    /// The gateway first: until its last call has ended it needs the other.
    @Override
    public void close() {
        if (gateway != null) {
            gateway.close();
        }
        if (executions != null) {
            executions.close();
        }
    }

    private static GatewaySettings settings(Config config) {
        Config.Gateway gateway = config.gateway();
        Config.GatewayLimits limits = gateway.limits();
        List<AddressRange> proxies = config.server().trustedProxies();
        return new GatewaySettings(
                Objects.requireNonNull(config.quay().baseUrl()),
                QuayExecutions.trust(config.quay()),
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
                        limits.maxAccountCalls(),
                        limits.maxUpstreamConnections(),
                        limits.idle(),
                        limits.header(),
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
