package io.quay.pdp.cli;

import io.quay.pdp.config.Config;
import io.quay.pdp.gateway.Executions;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// As whom Quay executes calls, as the configuration says.
public final class QuayMode {
    private QuayMode() {}

    public static Executions.Mode of(Config.Quay config) {
        Config.Application application = config.application();
        return switch (config.execute()) {
            case SSO_JWT ->
                    new Executions.Mode.Account(config.service(), superusers(config), team(config));
            case OAUTH_TOKEN -> new Executions.Mode.OneToken(application.organization());
            case APPLICATION_TOKEN ->
                    new Executions.Mode.Application(
                            Objects.requireNonNull(application.organization()),
                            Objects.requireNonNull(application.clientId()),
                            application.scopes());
        };
    }

    /// With other rights the names are reserved, and nobody is a superuser.
    private static Set<String> superusers(Config.Quay config) {
        return config.rights() == Config.Rights.SUPERUSER
                ? Set.copyOf(config.superusers())
                : Set.of();
    }

    private static Executions.@Nullable Team team(Config.Quay config) {
        return config.rights() == Config.Rights.ENROL
                ? new Executions.Team(
                        config.enrolTeam(), config.enrolRole().name().toLowerCase(Locale.ROOT))
                : null;
    }
}
