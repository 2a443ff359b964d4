package io.quay.pdp;

import com.github.benmanes.caffeine.cache.Ticker;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.cli.QuayMode;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.Config;
import io.quay.pdp.gateway.Executions;
import io.quay.pdp.gateway.QuayApi;
import io.quay.pdp.jose.OutboundException;
import io.quay.pdp.jose.ServerTrust;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteEnrolments;
import io.quay.pdp.token.QuayTokens;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// How Quay executes calls, as the configuration says.
final class QuayExecutions {
    private QuayExecutions() {}

    /// What it is made from.
    ///
    /// @param tokens null = none are made for Quay
    record Ground(
            Database database,
            Directory directory,
            LivePolicies policies,
            @Nullable QuayTokens tokens,
            EventLog events,
            DecisionIds ids,
            Clock clock) {}

    /// Null when there is no Quay to execute anything.
    ///
    /// @throws StartFailure when its client cannot be started
    static @Nullable Executions open(Config.Quay config, Ground ground) {
        URI baseUrl = config.baseUrl();
        if (baseUrl == null) {
            return null;
        }
        try {
            return Executions.open(
                    new Executions.Settings(
                            new QuayApi.Settings(baseUrl, tls(config.caFile())),
                            QuayMode.of(config),
                            config.tokenLifetime(),
                            config.credentialFile(),
                            config.renew()),
                    new Executions.Ground(
                            ground.tokens(),
                            ground.directory(),
                            ground.policies(),
                            new SqliteEnrolments(ground.database()),
                            ground.events(),
                            ground.ids(),
                            ground.clock(),
                            Ticker.systemTicker()));
        } catch (IOException e) {
            throw StartFailure.io(String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable SSLContext tls(@Nullable Path caFile) {
        try {
            return caFile == null ? null : ServerTrust.of(caFile);
        } catch (OutboundException e) {
            throw StartFailure.io("quay.ca_file: " + e.getMessage());
        }
    }
}
