package io.quay.pdp.config;

import io.quay.pdp.config.Config.Durability;
import io.quay.pdp.config.Config.Face;
import io.quay.pdp.config.Config.OnFailure;
import io.quay.pdp.config.Config.Response;
import io.quay.pdp.config.Config.UnboundIds;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The table of all keys: the loader knows no other, and the documentation is made from it.
final class ConfigKeys {
    static final ConfigKey<HostPort> LISTEN =
            key(
                    "server.listen",
                    ValueType.ADDRESS,
                    "127.0.0.1:8180",
                    "",
                    "address and port of the HTTP server; port 0 lets the system choose one");
    static final ConfigKey<URI> ISSUER =
            key(
                    "server.issuer",
                    ValueType.BASE_URL,
                    null,
                    "",
                    "public base URL under which clients reach the server; without it `http://` and"
                            + " the listen address");
    static final ConfigKey<List<AddressRange>> TRUSTED_PROXIES =
            key(
                    "server.trusted_proxies",
                    ValueType.RANGES,
                    "",
                    "",
                    "proxies that may use the forward-auth faces without a token, because they come from these addresses");
    static final ConfigKey<Integer> MAX_BODY =
            key(
                    "server.limits.max_body",
                    ValueType.whole(1_024, 67_108_864),
                    "1048576",
                    "bytes",
                    "largest request body that is read");
    static final ConfigKey<Integer> MAX_JSON_DEPTH =
            key(
                    "server.limits.max_json_depth",
                    ValueType.whole(4, 32),
                    "32",
                    "levels",
                    "deepest nesting of JSON that is read");
    static final ConfigKey<Path> STORAGE_URL =
            key(
                    "storage.url",
                    ValueType.STORAGE,
                    "sqlite:data/pdp.db",
                    "",
                    "the database file; its directory is the data directory, made if missing and"
                            + " used by one server at a time");
    static final ConfigKey<Path> POLICIES =
            key(
                    "policies.directory",
                    ValueType.PATH,
                    "policies",
                    "",
                    "where the Cedar policies and their tests are");
    static final ConfigKey<Path> SCHEMA =
            key(
                    "schema.directory",
                    ValueType.PATH,
                    "schema",
                    "",
                    "where the Cedar schema and the catalog of operations are");
    static final ConfigKey<UnboundIds> UNBOUND_IDS =
            key(
                    "decisions.unbound_ids",
                    ValueType.choice(UnboundIds.class),
                    "refuse",
                    "",
                    "operations that look an id up without the object in their path: refuse them, or"
                            + " trust the path as Quay does");
    static final ConfigKey<Integer> MAX_EVALUATIONS =
            key(
                    "decisions.max_evaluations",
                    ValueType.whole(1, 10_000),
                    "100",
                    "requests",
                    "how many requests one AuthZEN batch may hold");
    static final ConfigKey<Integer> MAX_SEARCHED =
            key(
                    "decisions.max_searched",
                    ValueType.whole(1, 100_000),
                    "1000",
                    "names",
                    "how many names are decided for one page of an AuthZEN search, in 5 seconds at"
                            + " most");
    static final ConfigKey<String> PEP_NAME =
            key("peps[].name", ValueType.NAME, null, "", "name of the caller, unique; required");
    static final ConfigKey<Path> PEP_TOKEN_FILE =
            key(
                    "peps[].token_file",
                    ValueType.PATH,
                    null,
                    "",
                    "file with its token, as `pdp secret new` makes them; this or `token_sha256`");
    static final ConfigKey<String> PEP_TOKEN_SHA256 =
            key(
                    "peps[].token_sha256",
                    ValueType.SHA256,
                    null,
                    "",
                    "SHA-256 of its token; this or `token_file`");
    static final ConfigKey<List<Face>> PEP_FACES =
            key(
                    "peps[].faces",
                    ValueType.choicesOf(Face.class),
                    null,
                    "",
                    "the ways in which it may ask; required");
    static final ConfigKey<Boolean> PEP_MAY_NAME_SUBJECT =
            key(
                    "peps[].may_name_subject",
                    ValueType.BOOL,
                    "false",
                    "",
                    "whether it may name a subject instead of showing the subject's token");
    static final ConfigKey<Boolean> PEP_MAY_SEARCH =
            key(
                    "peps[].may_search",
                    ValueType.BOOL,
                    "false",
                    "",
                    "whether it may use the search endpoints of AuthZEN, and so learn the names of all"
                            + " accounts and objects that policies know");
    static final ConfigKey<Response> PEP_RESPONSE =
            key(
                    "peps[].response",
                    ValueType.choice(Response.class),
                    "full",
                    "",
                    "whether answers give reasons, or only the members that AuthZEN requires");
    static final ConfigKey<OnFailure> ON_FAILURE =
            key(
                    "audit.on_failure",
                    ValueType.ON_FAILURE,
                    "deny",
                    "",
                    "what is answered when a decision cannot be recorded");
    static final ConfigKey<Durability> DURABILITY =
            key(
                    "audit.durability",
                    ValueType.choice(Durability.class),
                    "sync",
                    "",
                    "answer after the record is on disk, or before: then a crash loses the last"
                            + " records; an allowed change is always on disk first");
    static final ConfigKey<Duration> RETENTION =
            key(
                    "audit.retention",
                    ValueType.DURATION,
                    "P90D",
                    "",
                    "how long decisions and events are kept");
    static final ConfigKey<Integer> DENIALS_PER_MINUTE =
            key(
                    "audit.denials_per_minute",
                    ValueType.whole(0, 1_000_000),
                    "600",
                    "records",
                    "how many denials that prove nobody or repeat another are recorded one by one"
                            + " in a minute, at most 10 equal ones; further ones are counted."
                            + " Refused tokens and administration have as many of their own");
    static final ConfigKey<Integer> DISK_RESERVE =
            key(
                    "audit.disk_reserve",
                    ValueType.whole(0, Integer.MAX_VALUE),
                    "67108864",
                    "bytes",
                    "with less free space where the data is, only changes are allowed: reads are"
                            + " denied with `audit_unavailable`, denials are only counted");
    static final ConfigKey<Duration> CREDENTIAL_LIFETIME =
            key(
                    "credentials.lifetime",
                    ValueType.DURATION,
                    "P90D",
                    "",
                    "how long a credential lives for which nothing else is asked");
    static final ConfigKey<Duration> CREDENTIAL_MAX_LIFETIME =
            key(
                    "credentials.max_lifetime",
                    ValueType.DURATION,
                    "P365D",
                    "",
                    "the longest life that can be asked for; never-ending ones need a policy that"
                            + " permits `createUnexpiringCredential`");
    static final ConfigKey<Duration> BOOTSTRAP_LIFETIME =
            key(
                    "credentials.bootstrap_lifetime",
                    ValueType.DURATION,
                    "PT24H",
                    "",
                    "how long the first administrator's credential lives");
    static final ConfigKey<Duration> TOKEN_LIFETIME =
            key(
                    "tokens.lifetime",
                    ValueType.DURATION,
                    "PT5M",
                    "",
                    "how long access tokens live; PT1H at most");
    static final ConfigKey<Config.SigningAlgorithm> SIGNING_ALGORITHM =
            key(
                    "tokens.signing_algorithm",
                    ValueType.choice(Config.SigningAlgorithm.class),
                    "es256",
                    "",
                    "what access tokens are signed with; keys of both kinds are published");
    static final ConfigKey<List<String>> AUDIENCES =
            key(
                    "tokens.audiences",
                    ValueType.URLS,
                    "",
                    "",
                    "audiences that clients may ask tokens for, besides `server.issuer`");
    static final ConfigKey<Duration> PUBLISH_AHEAD =
            key(
                    "tokens.publish_ahead",
                    ValueType.DURATION,
                    "PT15M",
                    "",
                    "how long a signing key is published before it signs: longer than verifiers"
                            + " keep their copy of the key set");
    static final ConfigKey<Duration> ROTATION_INTERVAL =
            key(
                    "tokens.rotation_interval",
                    ValueType.DURATION,
                    "P30D",
                    "",
                    "how long a signing key signs");
    static final ConfigKey<Path> ENCRYPTION_KEY_FILE =
            key(
                    "tokens.encryption_key_file",
                    ValueType.PATH,
                    null,
                    "",
                    "file with the key that private keys are encrypted under, 32 bytes in base64;"
                            + " without it and `tokens.encryption_key` one is made beside the data");
    static final ConfigKey<Secret> ENCRYPTION_KEY =
            key(
                    "tokens.encryption_key",
                    ValueType.SECRET,
                    null,
                    "",
                    "the key itself, for the environment: `PDP_TOKENS_ENCRYPTION_KEY`");

    private static final List<ConfigKey<?>> OWN =
            List.of(
                    LISTEN,
                    ISSUER,
                    TRUSTED_PROXIES,
                    MAX_BODY,
                    MAX_JSON_DEPTH,
                    STORAGE_URL,
                    POLICIES,
                    SCHEMA,
                    UNBOUND_IDS,
                    MAX_EVALUATIONS,
                    MAX_SEARCHED,
                    PEP_NAME,
                    PEP_TOKEN_FILE,
                    PEP_TOKEN_SHA256,
                    PEP_FACES,
                    PEP_MAY_NAME_SUBJECT,
                    PEP_MAY_SEARCH,
                    PEP_RESPONSE,
                    ON_FAILURE,
                    DURABILITY,
                    RETENTION,
                    DENIALS_PER_MINUTE,
                    DISK_RESERVE,
                    CREDENTIAL_LIFETIME,
                    CREDENTIAL_MAX_LIFETIME,
                    BOOTSTRAP_LIFETIME,
                    TOKEN_LIFETIME,
                    SIGNING_ALGORITHM,
                    AUDIENCES,
                    PUBLISH_AHEAD,
                    ROTATION_INTERVAL,
                    ENCRYPTION_KEY_FILE,
                    ENCRYPTION_KEY,
                    FederationKeys.DIRECT,
                    FederationKeys.PROXY,
                    FederationKeys.CA_FILE,
                    FederationKeys.MAX_TOKEN_SIZE);

    /// In the order of the documentation.
    static final List<ConfigKey<?>> ALL =
            Stream.of(OWN, QuayKeys.ALL, GatewayKeys.ALL)
                    .<ConfigKey<?>>flatMap(List::stream)
                    .toList();

    private ConfigKeys() {}

    static <T> ConfigKey<T> key(
            String path,
            ValueType<T> type,
            @Nullable String defaultText,
            String unit,
            String meaning) {
        return new ConfigKey<>(path, type, defaultText, unit, meaning);
    }
}
