package io.quay.pdp;

import com.github.benmanes.caffeine.cache.Ticker;
import io.quay.pdp.cli.QuayMode;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.Config;
import io.quay.pdp.gateway.Executions;
import io.quay.pdp.gateway.QuayApi;
import io.quay.pdp.jose.OutboundException;
import io.quay.pdp.jose.ServerTrust;
import io.quay.pdp.store.SqliteEnrolments;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// How Quay executes calls, as the configuration says.
final class QuayExecutions {
    private QuayExecutions() {}

    /// Null when there is no Quay to execute anything.
    ///
    /// @throws StartFailure when its client cannot be started
    static @Nullable Executions open(Config whole, Gateways.Ground ground) {
        Config.Quay config = whole.quay();
        URI baseUrl = config.baseUrl();
        if (baseUrl == null) {
            return null;
        }
        try {
            return Executions.open(
                    new Executions.Settings(
                            new QuayApi.Settings(baseUrl, trust(config)),
                            QuayMode.of(config),
                            config.tokenLifetime(),
                            config.credentialFile(),
                            config.renew()),
                    new Executions.Ground(
                            ground.tokens().quay(),
                            ground.directory(),
                            ground.live(),
                            new SqliteEnrolments(ground.database()),
                            ground.events(),
                            ground.ids(),
                            ground.clock(),
                            Ticker.systemTicker()));
        } catch (IOException e) {
            throw StartFailure.io(String.valueOf(e.getMessage()));
        }
    }

    /// Whom Quay's certificate is checked against; null = the system's authorities.
    static @Nullable SSLContext trust(Config.Quay config) {
        Path caFile = config.caFile();
        try {
            return caFile == null ? null : ServerTrust.of(caFile);
        } catch (OutboundException e) {
            throw StartFailure.io("quay.ca_file: " + e.getMessage());
        }
    }
}
