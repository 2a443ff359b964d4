package io.quay.pdp.config;

import static io.quay.pdp.config.ConfigKeys.key;

import java.net.URI;

/// The keys of the section `quay`.
final class QuayKeys {
    static final ConfigKey<URI> BASE_URL =
            key(
                    "quay.base_url",
                    ValueType.BASE_URL,
                    null,
                    "",
                    "where Quay is reached, by this server and by the gateway");

    private QuayKeys() {}
}
