package io.quay.pdp.config;

import io.quay.pdp.config.Settings.Given;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Makes the configuration of defaults, file, environment and flags, each winning over those before
/// it. All that is wrong is reported together.
public final class ConfigLoader {
    private static final String BOOTSTRAP_SECRET = "PDP_BOOTSTRAP_SECRET";
    private static final String PEP_TOKEN = "PDP_PEP_TOKEN";
    private static final Path WORKING_DIRECTORY = Path.of("");

    /// What loading comes to.
    public sealed interface Outcome {}

    public record Loaded(Config config) implements Outcome {}

    /// @param errors one line each, with `file:line:column`, variable or flag; never empty
    public record Invalid(List<String> errors) implements Outcome {
        public Invalid {
            errors = List.copyOf(errors);
        }
    }

    private final List<String> errors = new ArrayList<>();
    private final Settings settings = new Settings(errors);

    private ConfigLoader() {}

    /// @param file null = none: defaults apply
    /// @param environment all variables; those that do not begin with `PDP_` are not looked at
    public static Outcome load(
            @Nullable Path file, Map<String, String> environment, Overrides overrides) {
        return new ConfigLoader().run(file, ours(environment), overrides);
    }

    private Outcome run(@Nullable Path file, Map<String, String> environment, Overrides overrides) {
        List<Config.Pep> peps = file == null ? List.of() : readFile(file);
        environment.forEach(this::readVariable);
        readFlags(overrides);
        Config config =
                new Config(
                        server(),
                        new Config.Storage(settings.get(ConfigKeys.STORAGE_URL)),
                        new Config.Policies(settings.get(ConfigKeys.POLICIES)),
                        new Config.Schema(settings.get(ConfigKeys.SCHEMA)),
                        new Config.Decisions(
                                settings.get(ConfigKeys.UNBOUND_IDS),
                                settings.get(ConfigKeys.MAX_EVALUATIONS),
                                settings.get(ConfigKeys.MAX_SEARCHED)),
                        peps,
                        audit(),
                        new Config.Credentials(
                                settings.get(ConfigKeys.CREDENTIAL_LIFETIME),
                                settings.get(ConfigKeys.CREDENTIAL_MAX_LIFETIME),
                                settings.get(ConfigKeys.BOOTSTRAP_LIFETIME)),
                        tokens(),
                        new Config.Federation(
                                settings.get(FederationKeys.DIRECT),
                                settings.get(FederationKeys.MAX_TOKEN_SIZE),
                                settings.find(FederationKeys.PROXY),
                                settings.find(FederationKeys.CA_FILE)),
                        quay(),
                        GatewayReader.read(settings),
                        new Config.Presets(
                                preset(environment, BOOTSTRAP_SECRET),
                                preset(environment, PEP_TOKEN)));
        return errors.isEmpty() ? new Loaded(config) : new Invalid(errors);
    }

    private List<Config.Pep> readFile(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            settings.error(file.toString(), "cannot be read as UTF-8 text");
            return List.of();
        }
        Path parent = file.getParent();
        FileReader reader = new FileReader(parent == null ? WORKING_DIRECTORY : parent, errors);
        return reader.read(YamlReader.read(file.toString(), text, errors), settings);
    }

    private static Map<String, String> ours(Map<String, String> environment) {
        Map<String, String> ours = new TreeMap<>(environment);
        ours.keySet().removeIf(name -> !name.startsWith("PDP_"));
        return ours;
    }

    private void readVariable(String name, String value) {
        if (name.equals(BOOTSTRAP_SECRET) || name.equals(PEP_TOKEN)) {
            return;
        }
        List<ConfigKey<?>> keys = ConfigKeys.ALL.stream().filter(key -> !key.ofItem()).toList();
        keys.stream()
                .filter(key -> key.variable().equals(name))
                .findFirst()
                .ifPresentOrElse(
                        key -> settings.put(key, new Given(value, WORKING_DIRECTORY, name)),
                        () -> settings.error(name, unknownVariable(name, keys)));
    }

    private static String unknownVariable(String name, List<ConfigKey<?>> keys) {
        if (name.equals("PDP_PEPS") || name.startsWith("PDP_PEPS_")) {
            return "`peps` can be given in the file only";
        }
        List<String> known = new ArrayList<>(List.of(BOOTSTRAP_SECRET, PEP_TOKEN));
        keys.forEach(key -> known.add(key.variable()));
        return "unknown variable" + Spelling.hint(name, known);
    }

    private void readFlags(Overrides flags) {
        readFlag(ConfigKeys.LISTEN, flags.listen(), "--listen");
        readFlag(ConfigKeys.POLICIES, flags.policies(), "--policies");
        readFlag(ConfigKeys.SCHEMA, flags.schema(), "--schema");
        readFlag(ConfigKeys.ISSUER, flags.issuer(), "--issuer");
        String data = flags.data();
        readFlag(
                ConfigKeys.STORAGE_URL,
                data == null ? null : "sqlite:" + data + "/pdp.db",
                "--data");
    }

    private void readFlag(ConfigKey<?> key, @Nullable String text, String flag) {
        if (text != null) {
            settings.put(key, new Given(text, WORKING_DIRECTORY, flag));
        }
    }

    private Config.Server server() {
        return new Config.Server(
                settings.get(ConfigKeys.LISTEN),
                settings.find(ConfigKeys.ISSUER),
                settings.get(ConfigKeys.TRUSTED_PROXIES),
                new Config.RequestLimits(
                        settings.get(ConfigKeys.MAX_BODY),
                        settings.get(ConfigKeys.MAX_JSON_DEPTH)));
    }

    private Config.Audit audit() {
        return new Config.Audit(
                settings.get(ConfigKeys.ON_FAILURE),
                settings.get(ConfigKeys.DURABILITY),
                settings.get(ConfigKeys.RETENTION),
                settings.get(ConfigKeys.DENIALS_PER_MINUTE),
                settings.get(ConfigKeys.DISK_RESERVE));
    }

    private Config.Tokens tokens() {
        Duration lifetime = settings.get(ConfigKeys.TOKEN_LIFETIME);
        if (!lifetime.isPositive() || lifetime.compareTo(Duration.ofHours(1)) > 0) {
            settings.error("tokens.lifetime", "must be more than PT0S and at most PT1H");
        }
        Path file = settings.find(ConfigKeys.ENCRYPTION_KEY_FILE);
        Secret key = settings.find(ConfigKeys.ENCRYPTION_KEY);
        if (file != null && key != null) {
            settings.error(
                    "tokens.encryption_key",
                    "it and `tokens.encryption_key_file` exclude each other");
        }
        return new Config.Tokens(
                lifetime,
                settings.get(ConfigKeys.SIGNING_ALGORITHM),
                settings.get(ConfigKeys.AUDIENCES),
                settings.get(ConfigKeys.PUBLISH_AHEAD),
                settings.get(ConfigKeys.ROTATION_INTERVAL),
                file,
                key);
    }

    private Config.Quay quay() {
        Config.Quay quay = new QuayReader(settings).read();
        String audience = quay.audience();
        if (audience != null && settings.get(ConfigKeys.AUDIENCES).contains(audience)) {
            settings.error(
                    settings.where(ConfigKeys.AUDIENCES, "tokens"),
                    "tokens.audiences: holds `quay.audience`: access tokens are never for Quay");
        }
        return quay;
    }

    /// The value is never part of a message.
    private @Nullable Secret preset(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null) {
            return null;
        }
        if (!ClientSecret.isWellFormed(value)) {
            settings.error(name, "not a secret as `pdp secret new` makes them");
        }
        return new Secret(value);
    }
}
