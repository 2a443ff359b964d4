package io.quay.pdp.config;

import java.time.Duration;

/// Reads the section `quay` and holds its keys against one another. For one thread.
final class QuayReader {
    private static final Duration LEAST = Duration.ofSeconds(30);
    private static final Duration MOST = Duration.ofMinutes(5);

    private final Settings settings;

    QuayReader(Settings settings) {
        this.settings = settings;
    }

    Config.Quay read() {
        Config.Quay quay =
                new Config.Quay(
                        settings.find(QuayKeys.BASE_URL),
                        settings.find(QuayKeys.CA_FILE),
                        settings.find(QuayKeys.ISSUER),
                        settings.find(QuayKeys.AUDIENCE),
                        settings.get(QuayKeys.SERVICE),
                        settings.get(QuayKeys.EXECUTE),
                        settings.get(QuayKeys.RIGHTS),
                        settings.get(QuayKeys.TOKEN_LIFETIME),
                        settings.find(QuayKeys.CREDENTIAL_FILE),
                        settings.get(QuayKeys.RENEW),
                        settings.get(QuayKeys.ENROL_TEAM),
                        settings.get(QuayKeys.ENROL_ROLE),
                        settings.get(QuayKeys.SUPERUSERS),
                        new Config.Application(
                                settings.find(QuayKeys.APPLICATION_ORGANIZATION),
                                settings.find(QuayKeys.APPLICATION_CLIENT),
                                settings.get(QuayKeys.APPLICATION_SCOPES)),
                        settings.get(QuayKeys.EXTENDED_NAMES),
                        settings.find(QuayKeys.VERSION));
        check(quay);
        return quay;
    }

    private void check(Config.Quay quay) {
        Duration lifetime = quay.tokenLifetime();
        if (lifetime.compareTo(LEAST) < 0 || lifetime.compareTo(MOST) > 0) {
            wrong(QuayKeys.TOKEN_LIFETIME, "must be PT30S to PT5M");
        }
        if (quay.execute() != Config.Execute.SSO_JWT && quay.rights() != Config.Rights.OWN) {
            wrong(QuayKeys.RIGHTS, "is for `quay.execute: sso_jwt` alone");
        }
        if (quay.rights() == Config.Rights.ENROL) {
            credential(quay, "`quay.rights: enrol`");
        }
        if (quay.baseUrl() != null) {
            executed(quay);
        }
    }

    private void executed(Config.Quay quay) {
        Config.Application application = quay.application();
        switch (quay.execute()) {
            case SSO_JWT -> {
                if (quay.audience() == null) {
                    wrong(QuayKeys.AUDIENCE, "is needed for `quay.execute: sso_jwt`");
                }
            }
            case OAUTH_TOKEN -> {
                credential(quay, "`quay.execute: oauth_token`");
                if (!quay.renew() && application.organization() == null) {
                    wrong(
                            QuayKeys.APPLICATION_ORGANIZATION,
                            "is needed for `quay.execute: oauth_token`: the organization of the"
                                    + " token's application must be out of reach");
                }
            }
            case APPLICATION_TOKEN -> {
                credential(quay, "`quay.execute: application_token`");
                if (application.organization() == null || application.clientId() == null) {
                    wrong(
                            QuayKeys.APPLICATION_ORGANIZATION,
                            "and `quay.application.client_id` are needed for `quay.execute:"
                                    + " application_token`");
                }
            }
        }
    }

    private void credential(Config.Quay quay, String by) {
        if (quay.credentialFile() == null) {
            wrong(QuayKeys.CREDENTIAL_FILE, "is needed for " + by);
        }
    }

    private void wrong(ConfigKey<?> key, String message) {
        settings.error(settings.where(key, "quay"), key.path() + " " + message);
    }
}
