package io.quay.pdp.config;

import static io.quay.pdp.config.ConfigKeys.key;

import java.nio.file.Path;

/// The keys of the section `federation`.
final class FederationKeys {
    static final ConfigKey<Boolean> DIRECT =
            key(
                    "federation.direct",
                    ValueType.BOOL,
                    "false",
                    "",
                    "whether workload tokens are taken at `/authorize` without an exchange");
    static final ConfigKey<HostPort> PROXY =
            key(
                    "federation.proxy",
                    ValueType.ADDRESS,
                    null,
                    "",
                    "HTTP proxy through which issuers at public addresses are reached (`CONNECT`);"
                            + " it resolves their names and has to keep them from private addresses;"
                            + " issuers with `allow_private_addresses` are reached without it");
    static final ConfigKey<Path> CA_FILE =
            key(
                    "federation.ca_file",
                    ValueType.PATH,
                    null,
                    "",
                    "PEM certificates of the CAs that are trusted for issuers without a `ca_file`"
                            + " of their own; without it the system's");
    static final ConfigKey<Integer> MAX_TOKEN_SIZE =
            key(
                    "federation.limits.max_token_size",
                    ValueType.whole(1_024, 65_536),
                    "16384",
                    "bytes",
                    "largest token that is looked at");

    private FederationKeys() {}
}
