package io.quay.pdp.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.config.ConfigLoader.Invalid;
import io.quay.pdp.config.ConfigLoader.Loaded;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigLoaderTest {
    private static final String HASH = "ab".repeat(32);

    @TempDir private Path temporary;

    @Test
    void withNothingGivenTheDefaultsApply() {
        Config config = loaded(ConfigLoader.load(null, Map.of("PATH", "/bin"), Overrides.none()));

        assertThat(config.server().listen()).hasToString("127.0.0.1:8180");
        assertThat(config.server().issuerOn(8180)).hasToString("http://127.0.0.1:8180");
        assertThat(config.server().limits()).isEqualTo(new Config.RequestLimits(1_048_576, 32));
        assertThat(config.server().trustedProxies()).isEmpty();
        assertThat(config.storage().file()).isEqualTo(Path.of("data/pdp.db"));
        assertThat(config.storage().directory()).isEqualTo(Path.of("data"));
        assertThat(config.policies().directory()).isEqualTo(Path.of("policies"));
        assertThat(config.schema().directory()).isEqualTo(Path.of("schema"));
        assertThat(config.decisions().unboundIds()).isEqualTo(Config.UnboundIds.REFUSE);
        assertThat(config.peps()).isEmpty();
        assertThat(config.audit())
                .isEqualTo(
                        new Config.Audit(
                                Config.OnFailure.DENY,
                                Config.Durability.SYNC,
                                Duration.ofDays(90),
                                600,
                                64 * 1024 * 1024));
        assertThat(config.federation()).isEqualTo(new Config.Federation(false, 16_384, null, null));
        assertThat(config.presets()).isEqualTo(new Config.Presets(null, null));
    }

    @Test
    void aFileSetsEveryKey() throws IOException {
        Config config =
                load(
                        """
                        server:
                          listen: "[::1]:9000"
                          issuer: https://pdp.example.com/base
                          trusted_proxies: [10.0.0.0/8, "::1"]
                          limits: {max_body: 2048, max_json_depth: 16}
                        storage: {url: "sqlite:/var/lib/pdp/x.db"}
                        policies: {directory: rules}
                        schema: {directory: ../schema}
                        decisions: {unbound_ids: trust_path}
                        peps:
                          - name: gateway
                            token_sha256: %s
                            faces: [authorize, authzen]
                            may_name_subject: true
                            may_search: true
                            response: bare
                        audit: {on_failure: deny, durability: batch, retention: PT36H}
                        federation: {direct: true, limits: {max_token_size: 4096}}
                        quay: {base_url: "http://quay:8080", audience: quay}
                        gateway:
                          listen: "[::1]:9001"
                          foreign_credentials: pass
                          foreign_issuers: ["https://sso.example.com"]
                          other_paths: pass
                          limits: {max_body: 2048, answer_timeout: PT5S}
                        """
                                .formatted(HASH.toUpperCase(java.util.Locale.ROOT)));

        assertThat(config.server().listen()).isEqualTo(new HostPort("::1", 9000));
        assertThat(config.server().issuerOn(1))
                .isEqualTo(URI.create("https://pdp.example.com/base"));
        assertThat(config.server().trustedProxies()).hasSize(2);
        assertThat(config.server().limits()).isEqualTo(new Config.RequestLimits(2048, 16));
        assertThat(config.storage().directory()).isEqualTo(Path.of("/var/lib/pdp"));
        assertThat(config.policies().directory()).isEqualTo(temporary.resolve("rules"));
        assertThat(config.schema().directory()).isEqualTo(temporary.resolveSibling("schema"));
        assertThat(config.decisions().unboundIds()).isEqualTo(Config.UnboundIds.TRUST_PATH);
        assertThat(config.peps())
                .containsExactly(
                        new Config.Pep(
                                "gateway",
                                HASH,
                                Set.of(Config.Face.AUTHORIZE, Config.Face.AUTHZEN),
                                true,
                                true,
                                Config.Response.BARE));
        assertThat(config.audit().durability()).isEqualTo(Config.Durability.BATCH);
        assertThat(config.audit().retention()).isEqualTo(Duration.ofHours(36));
        assertThat(config.federation()).isEqualTo(new Config.Federation(true, 4096, null, null));
        assertThat(config.quay().baseUrl()).hasToString("http://quay:8080");
        assertThat(config.gateway().listen()).isEqualTo(new HostPort("::1", 9001));
        assertThat(config.gateway().foreignCredentials()).isEqualTo(Config.Otherwise.PASS);
        assertThat(config.gateway().foreignIssuers()).containsExactly("https://sso.example.com");
        assertThat(config.gateway().otherPaths()).isEqualTo(Config.Otherwise.PASS);
        assertThat(config.gateway().limits().maxBody()).isEqualTo(2048);
        assertThat(config.gateway().limits().answer()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void flagsWinOverTheEnvironmentAndThatOverTheFile() throws IOException {
        Path file =
                file(
                        "server: {listen: 'file:1', issuer: 'http://file'}\npolicies: {directory: file}");
        Map<String, String> environment =
                Map.of(
                        "PDP_SERVER_LISTEN", "env:2",
                        "PDP_SERVER_ISSUER", "http://env",
                        "PDP_SERVER_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2",
                        "PDP_SERVER_LIMITS_MAX_BODY", "4096",
                        "PDP_DECISIONS_UNBOUND_IDS", "trust_path",
                        "PDP_FEDERATION_DIRECT", "true");
        Overrides flags = new Overrides("flag:3", "/d", null, "s", null);
        Config config = loaded(ConfigLoader.load(file, environment, flags));

        assertThat(config.server().listen()).hasToString("flag:3");
        assertThat(config.server().issuer()).hasToString("http://env");
        assertThat(config.server().trustedProxies()).hasSize(2);
        assertThat(config.server().limits().maxBody()).isEqualTo(4096);
        assertThat(config.policies().directory()).isEqualTo(temporary.resolve("file"));
        assertThat(config.schema().directory()).isEqualTo(Path.of("s"));
        assertThat(config.storage().file()).isEqualTo(Path.of("/d/pdp.db"));
        assertThat(config.decisions().unboundIds()).isEqualTo(Config.UnboundIds.TRUST_PATH);
        assertThat(config.federation().direct()).isTrue();
    }

    @Test
    void aGatewayWithoutQuaysAddressIsAnError() throws IOException {
        Path file = file("gateway: {listen: 127.0.0.1:0}");
        assertThat(errors(ConfigLoader.load(file, Map.of(), Overrides.none())))
                .containsExactly("gateway.listen: needs `quay.base_url`: where Quay is reached");
    }

    @Test
    void allErrorsAreReportedTogetherWithTheirPlaces() throws IOException {
        Path file =
                file(
                        """
                        server:
                          lisen: x:1
                          limits: {max_body: lots}
                        tenants: {listen: x:1}
                        audit:
                          on_failure: allow
                        polices: {directory: x}
                        """);
        Map<String, String> environment =
                Map.of("PDP_SERVER_LISTENS", "x:1", "PDP_PEPS", "x", "PDP_AUDIT_RETENTION", "90");

        assertThat(errors(ConfigLoader.load(file, environment, flags("--listen"))))
                .containsExactlyInAnyOrder(
                        file + ":2:3: unknown key `server.lisen`; did you mean `listen`?",
                        file
                                + ":3:22: server.limits.max_body: not a whole number from 1024 to"
                                + " 67108864: `lots`",
                        file + ":4:1: unknown key `tenants`",
                        file
                                + ":6:15: audit.on_failure: `allow` is not supported: whoever can fill"
                                + " the disk could then act without a trace",
                        file + ":7:1: unknown key `polices`; did you mean `policies`?",
                        "PDP_SERVER_LISTENS: unknown variable; did you mean `PDP_SERVER_LISTEN`?",
                        "PDP_PEPS: `peps` can be given in the file only",
                        "PDP_AUDIT_RETENTION: audit.retention: not a positive ISO 8601 duration such"
                                + " as `PT5M`: `90`",
                        "--listen: server.listen: not a `host:port`: `--listen`");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    duplicate key   | 'a: 1\na: 2'                       | 2:1: duplicate key `a`, first at
                    nested twice    | 'server: {listen: a:1, listen: b:2}' | 1:23: duplicate key `listen`
                    alias           | 'server: &x {}\nstorage: *x'       | anchors and aliases
                    second document | '{}\n---\n{}'                      | a second document
                    not YAML        | 'server: [1'                       | 1:11: not valid YAML: while parsing a flow sequence
                    no mapping      | 'server'                           | must be a mapping of sections
                    scalar section  | 'policies: x'                      | must be a mapping with the keys `directory`
                    missing value   | 'server: {listen: }'               | server.listen: no value
                    list for one    | 'server: {listen: [a:1]}'          | must be one value
                    one for list    | 'server: {trusted_proxies: 10.0.0.1}'   | must be a list
                    mapping in list | 'server: {trusted_proxies: [{a: 1}]}' | must be a list
                    peps no list    | 'peps: {name: x}'                  | `peps` must be a list
                    pep no mapping  | 'peps: [x]'                        | a caller must be a mapping
                    pep unknown key | 'peps: [{nam: x}]'                 | unknown key `peps[].nam`; did you mean `name`?
                    """)
    void aFileThatHidesOrMixesSettingsIsRefused(String name, String yaml, String message)
            throws IOException {
        assertThat(errors(load(file(yaml.replace("\\n", "\n")))))
                .as(name)
                .anyMatch(e -> e.contains(message));
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({
        "PDP_SERVER_LISTEN, 8180",
        "PDP_SERVER_LISTEN, a:65536",
        "PDP_SERVER_LISTEN, ::1:80",
        "PDP_SERVER_LISTEN, ''",
        "PDP_SERVER_ISSUER, ftp://x",
        "PDP_SERVER_ISSUER, http://x/",
        "PDP_SERVER_ISSUER, http://u@x",
        "PDP_SERVER_ISSUER, http://x?q",
        "PDP_SERVER_ISSUER, http:x",
        "PDP_SERVER_LIMITS_MAX_JSON_DEPTH, 33",
        "PDP_SERVER_LIMITS_MAX_BODY, -1",
        "PDP_SERVER_LIMITS_MAX_BODY, 99999999999999",
        "PDP_SERVER_TRUSTED_PROXIES, localhost",
        "PDP_STORAGE_URL, postgresql://x",
        "PDP_STORAGE_URL, sqlite:",
        "PDP_STORAGE_URL, sqlite:data/",
        "PDP_AUDIT_DURABILITY, none",
        "PDP_AUDIT_RETENTION, PT0S",
        "PDP_AUDIT_RETENTION, -PT1H",
        "PDP_DECISIONS_UNBOUND_IDS, REFUSE",
        "PDP_FEDERATION_DIRECT, yes",
    })
    void badValuesAreRefusedByTheNameOfTheVariable(String variable, String value) {
        assertThat(errors(ConfigLoader.load(null, Map.of(variable, value), Overrides.none())))
                .singleElement()
                .asString()
                .startsWith(variable + ": ");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"PDP_BOOTSTRAP_SECRET", "PDP_PEP_TOKEN"})
    void presetsMustBeOursAndAreNeverShown(String variable) {
        String secret = ClientSecret.generate(new SecureRandom());
        Config config = loaded(ConfigLoader.load(null, Map.of(variable, secret), Overrides.none()));

        assertThat(config.toString()).contains("***").doesNotContain(secret);
        assertThat(errors(ConfigLoader.load(null, Map.of(variable, "guess"), Overrides.none())))
                .containsExactly(variable + ": not a secret as `pdp secret new` makes them");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    base_url: "https://q.example.com"                                   | quay.audience is needed
                    audience: quay, token_lifetime: PT29S                               | must be PT30S to PT5M
                    audience: quay, token_lifetime: PT6M                                | must be PT30S to PT5M
                    audience: quay, rights: superuser, superusers: [root]               | not a service account's name
                    audience: quay, rights: enrol                                       | quay.credential_file is needed
                    execute: oauth_token, rights: enrol                                 | is for `quay.execute: sso_jwt` alone
                    base_url: "https://q.example.com", execute: oauth_token             | quay.credential_file is needed
                    base_url: "https://q.example.com", execute: oauth_token, credential_file: f | must be out of reach
                    base_url: "https://q.example.com", execute: application_token, credential_file: f | quay.application.client_id
                    audience: quay, enrol_team: {name: My-Team}                         | not a team name
                    """)
    void settingsOfQuayThatContradictEachOtherAreRefused(String quay, String message)
            throws IOException {
        assertThat(errors(load(file("quay: {" + quay + "}"))))
                .anyMatch(error -> error.contains(message));
    }

    /// S15: whoever is of such a name in Quay is its superuser, whatever rights are configured
    /// here.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "audience: quay",
                "audience: quay, rights: superuser",
                "audience: quay, rights: enrol, credential_file: f",
                "execute: oauth_token, credential_file: f"
            })
    void namesOfSuperusersAreReservedWhateverTheRights(String quay) throws IOException {
        assertThat(load(file("quay: {" + quay + ", superusers: [svc-root]}")))
                .isInstanceOfSatisfying(
                        ConfigLoader.Loaded.class,
                        loaded ->
                                assertThat(loaded.config().quay().superusers())
                                        .containsExactly("svc-root"));
    }

    @Test
    void aMissingFileIsAnError() {
        Path file = temporary.resolve("none.yaml");
        assertThat(errors(load(file))).containsExactly(file + ": cannot be read as UTF-8 text");
    }

    private static Overrides flags(String listen) {
        return new Overrides(listen, null, null, null, null);
    }

    private Config load(String yaml) throws IOException {
        return loaded(load(file(yaml)));
    }

    private static ConfigLoader.Outcome load(Path file) {
        return ConfigLoader.load(file, Map.of(), Overrides.none());
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(temporary.resolve("pdp.yaml"), yaml);
    }

    private static Config loaded(ConfigLoader.Outcome outcome) {
        assertThat(outcome).isInstanceOf(Loaded.class);
        return ((Loaded) outcome).config();
    }

    private static List<String> errors(ConfigLoader.Outcome outcome) {
        assertThat(outcome).isInstanceOf(Invalid.class);
        return ((Invalid) outcome).errors();
    }
}
