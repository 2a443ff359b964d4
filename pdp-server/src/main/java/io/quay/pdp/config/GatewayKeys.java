package io.quay.pdp.config;

import static io.quay.pdp.config.ConfigKeys.key;

import java.time.Duration;
import java.util.List;

/// The keys of the section `gateway`.
final class GatewayKeys {
    static final ConfigKey<HostPort> LISTEN =
            key(
                    "gateway.listen",
                    ValueType.ADDRESS,
                    null,
                    "",
                    "address and port of the gateway before Quay's `/api/v1`; without it there is none");
    static final ConfigKey<Config.Otherwise> FOREIGN_CREDENTIALS =
            key(
                    "gateway.foreign_credentials",
                    ValueType.choice(Config.Otherwise.class),
                    "refuse",
                    "",
                    "calls to `/api/v1` with a session cookie, an opaque token or a token of one of"
                            + " `gateway.foreign_issuers`: pass them as they are, for Quay alone to judge");
    static final ConfigKey<List<String>> FOREIGN_ISSUERS =
            key(
                    "gateway.foreign_issuers",
                    ValueType.URLS,
                    "",
                    "",
                    "`iss` of the tokens that are passed; never ours, nor one of `issuers.yaml`");
    static final ConfigKey<Config.Otherwise> OTHER_PATHS =
            key(
                    "gateway.other_paths",
                    ValueType.choice(Config.Otherwise.class),
                    "refuse",
                    "",
                    "requests for anything but `/api/v1`: pass them as they are");
    static final ConfigKey<Duration> MAX_AGE =
            key(
                    "gateway.attributes.max_age",
                    ValueType.DURATION,
                    "PT10S",
                    "",
                    "how old Quay's word on a repository's visibility, kind and state may be that a"
                            + " decision uses, PT5M at most; asked with `quay.credential_file`, without"
                            + " which it is not asked");
    static final ConfigKey<Integer> PER_MINUTE =
            key(
                    "gateway.attributes.per_minute",
                    ValueType.whole(0, 1_000_000),
                    "300",
                    "questions",
                    "to Quay about repositories that one account may cause in a minute; beyond,"
                            + " `attribute_unavailable`");
    static final ConfigKey<Integer> MAX_BODY =
            key(
                    "gateway.limits.max_body",
                    ValueType.whole(1_024, 1_048_576),
                    "1048576",
                    "bytes",
                    "largest body of a decided call; it is read whole before the decision");
    static final ConfigKey<Integer> MAX_HEADERS =
            key(
                    "gateway.limits.max_headers",
                    ValueType.whole(4_096, 131_072),
                    "32768",
                    "bytes",
                    "largest request line and headers together, and so the largest token");
    static final ConfigKey<Integer> MAX_CONNECTIONS =
            key(
                    "gateway.limits.max_connections",
                    ValueType.whole(1, 1_000_000),
                    "20000",
                    "connections",
                    "of clients, idle ones included; more wait unaccepted");
    static final ConfigKey<Integer> MAX_CALLS =
            key(
                    "gateway.limits.max_calls",
                    ValueType.whole(1, 100_000),
                    "256",
                    "calls",
                    "decided at the same time, and as many passed; more are answered with 503");
    static final ConfigKey<Integer> MAX_ACCOUNT_CALLS =
            key(
                    "gateway.limits.max_account_calls",
                    ValueType.whole(1, 100_000),
                    "48",
                    "calls",
                    "of one account at the same time; more are answered with 503. Less than"
                            + " `gateway.limits.max_upstream_connections`, or one account can hold"
                            + " up the others");
    static final ConfigKey<Integer> MAX_UPSTREAM =
            key(
                    "gateway.limits.max_upstream_connections",
                    ValueType.whole(1, 10_000),
                    "64",
                    "connections",
                    "to Quay for decided calls, and as many for passed ones; calls wait for one,"
                            + " `gateway.limits.answer_timeout` at most");
    static final ConfigKey<Duration> IDLE =
            key(
                    "gateway.limits.idle_timeout",
                    ValueType.DURATION,
                    "PT60S",
                    "",
                    "after which a silent client's connection is closed");
    static final ConfigKey<Duration> HEADER_TIMEOUT =
            key(
                    "gateway.limits.header_timeout",
                    ValueType.DURATION,
                    "PT10S",
                    "",
                    "in which a request's line and headers have to arrive, from their first byte on;"
                            + " else its connection is closed");
    static final ConfigKey<Duration> BODY_TIMEOUT =
            key(
                    "gateway.limits.body_timeout",
                    ValueType.DURATION,
                    "PT30S",
                    "",
                    "in which a decided call's body has to arrive");
    static final ConfigKey<Duration> CONNECT_TIMEOUT =
            key(
                    "gateway.limits.connect_timeout",
                    ValueType.DURATION,
                    "PT5S",
                    "",
                    "for a connection to Quay");
    static final ConfigKey<Duration> ANSWER_TIMEOUT =
            key(
                    "gateway.limits.answer_timeout",
                    ValueType.DURATION,
                    "PT60S",
                    "",
                    "in which Quay has to begin its answer, or end one of up to 16 KiB; and the longest pause within a larger one");
    static final ConfigKey<Duration> KEPT_ALIVE =
            key(
                    "gateway.limits.upstream_idle",
                    ValueType.DURATION,
                    "PT2S",
                    "",
                    "how long an unused connection to Quay is kept: less than Quay's own limit");

    /// In the order of the documentation.
    static final List<ConfigKey<?>> ALL =
            List.of(
                    LISTEN,
                    FOREIGN_CREDENTIALS,
                    FOREIGN_ISSUERS,
                    OTHER_PATHS,
                    MAX_AGE,
                    PER_MINUTE,
                    MAX_BODY,
                    MAX_HEADERS,
                    MAX_CONNECTIONS,
                    MAX_CALLS,
                    MAX_ACCOUNT_CALLS,
                    MAX_UPSTREAM,
                    IDLE,
                    HEADER_TIMEOUT,
                    BODY_TIMEOUT,
                    CONNECT_TIMEOUT,
                    ANSWER_TIMEOUT,
                    KEPT_ALIVE);

    private GatewayKeys() {}
}
