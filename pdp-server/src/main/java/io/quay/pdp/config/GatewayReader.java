package io.quay.pdp.config;

import java.time.Duration;

/// The section `gateway` as a record.
final class GatewayReader {
    private static final Duration OLDEST = Duration.ofMinutes(5);

    private GatewayReader() {}

    static Config.Gateway read(Settings settings) {
        HostPort listen = settings.find(GatewayKeys.LISTEN);
        if (listen != null && settings.find(QuayKeys.BASE_URL) == null) {
            settings.error("gateway.listen", "needs `quay.base_url`: where Quay is reached");
        }
        return new Config.Gateway(
                listen,
                settings.get(GatewayKeys.FOREIGN_CREDENTIALS),
                settings.get(GatewayKeys.FOREIGN_ISSUERS),
                settings.get(GatewayKeys.OTHER_PATHS),
                attributes(settings),
                new Config.GatewayLimits(
                        settings.get(GatewayKeys.MAX_BODY),
                        settings.get(GatewayKeys.MAX_HEADERS),
                        settings.get(GatewayKeys.MAX_CONNECTIONS),
                        settings.get(GatewayKeys.MAX_CALLS),
                        settings.get(GatewayKeys.MAX_ACCOUNT_CALLS),
                        settings.get(GatewayKeys.MAX_UPSTREAM),
                        settings.get(GatewayKeys.IDLE),
                        settings.get(GatewayKeys.HEADER_TIMEOUT),
                        settings.get(GatewayKeys.BODY_TIMEOUT),
                        settings.get(GatewayKeys.CONNECT_TIMEOUT),
                        settings.get(GatewayKeys.ANSWER_TIMEOUT),
                        settings.get(GatewayKeys.KEPT_ALIVE)));
    }

    private static Config.Attributes attributes(Settings settings) {
        Duration maxAge = settings.get(GatewayKeys.MAX_AGE);
        if (maxAge.compareTo(OLDEST) > 0) {
            settings.error(GatewayKeys.MAX_AGE.path(), "must be PT5M at most");
        }
        return new Config.Attributes(maxAge, settings.get(GatewayKeys.PER_MINUTE));
    }
}
