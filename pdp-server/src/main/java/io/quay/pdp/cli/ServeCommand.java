package io.quay.pdp.cli;

import io.quay.pdp.config.Config;
import io.quay.pdp.config.ConfigLoader;
import io.quay.pdp.config.Overrides;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pdp serve`.
@Command(
        name = "serve",
        description = "Runs the server until SIGTERM, which lets running requests end.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp serve --policies policies --data data --listen 127.0.0.1:8180"})
final class ServeCommand implements Callable<Integer> {
    private final ServerFactory servers;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "pdp.yaml; see docs/configuration.md.")
    private @Nullable Path config;

    @Option(names = "--listen", paramLabel = "HOST:PORT", description = "Where to listen.")
    private @Nullable String listen;

    @Option(names = "--data", paramLabel = "DIR", description = "The data directory.")
    private @Nullable String data;

    @Option(names = "--policies", paramLabel = "DIR", description = "The policy directory.")
    private @Nullable String policies;

    @Option(names = "--schema", paramLabel = "DIR", description = "The schema directory.")
    private @Nullable String schema;

    @Option(names = "--issuer", paramLabel = "URL", description = "The public base URL.")
    private @Nullable String issuer;

    @Spec private @Nullable CommandSpec spec;

    ServeCommand(ServerFactory servers) {
        this.servers = servers;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (config != null && !Files.isReadable(config)) {
            throw new Failure(Exit.IO, config + ": this configuration file cannot be read");
        }
        Config loaded =
                switch (ConfigLoader.load(
                        config,
                        System.getenv(),
                        new Overrides(listen, data, policies, schema, issuer))) {
                    case ConfigLoader.Loaded(Config fine) -> fine;
                    case ConfigLoader.Invalid(var errors) -> throw new Failure(Exit.USAGE, errors);
                };
        CountDownLatch stop = new CountDownLatch(1);
        try (RunningServer server = servers.open(loaded)) {
            StopSignals.handle(stop::countDown);
            var out = java.util.Objects.requireNonNull(spec).commandLine().getOut();
            out.println("listening on http://" + host(loaded) + ":" + server.port());
            server.gatewayPort()
                    .ifPresent(port -> out.println("gateway listening on port " + port));
            out.flush();
            stop.await();
        }
        return Exit.OK;
    }

    private static String host(Config loaded) {
        String host = loaded.server().listen().host();
        return host.contains(":") ? "[" + host + "]" : host;
    }
}
