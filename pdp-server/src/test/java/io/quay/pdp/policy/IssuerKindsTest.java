package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Replay;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `issuers.yaml` may say of each kind of issuer.
class IssuerKindsTest {
    private static final String PROD =
            """
            issuers:
              - name: prod
                kind: kubernetes
                issuer: https://kubernetes.default.svc
                audience: https://pdp.example.com
                keys: {jwks_file: keys/prod.json}
            """;

    private static final String FILE = ", keys: {jwks_file: keys/prod.json}";
    private static final String GITHUB = "issuer: \"https://token.actions.githubusercontent.com\"";

    @TempDir private Path directory;

    private TestRepository repository(String yaml) {
        return TestRepository.quay(directory)
                .with("keys/prod.json", "{\"keys\": []}")
                .with("issuers.yaml", yaml);
    }

    private static String issuer(String kind, String rest) {
        return "issuers:\n  - {name: x, kind: " + kind + ", audience: pdp, " + rest + "}\n";
    }

    private Issuer read(String kind, String rest) {
        return repository(issuer(kind, rest)).load().issuers().getFirst();
    }

    private void refused(String kind, String rest, String... words) {
        assertThat(repository(issuer(kind, rest)).problems())
                .singleElement()
                .asString()
                .startsWith("issuers.yaml:2")
                .contains(words);
    }

    @Test
    void kindsHaveTheirOwnDefaults() {
        Issuer github = read("github_actions", GITHUB + FILE);
        assertThat(github.maxLifetime()).isEqualTo(Duration.ofMinutes(15));
        assertThat(github.replay()).isEqualTo(Replay.ONE_TIME);
        assertThat(github.algorithms()).containsExactly("RS256");
        Issuer mesh =
                read("spiffe", "trust_domain: example.org, keys: {bundle_file: keys/prod.json}");
        assertThat(mesh.issuer()).isEqualTo("spiffe://example.org");
        assertThat(mesh.maxLifetime()).isEqualTo(Duration.ofHours(1));
        assertThat(mesh.replay()).isEqualTo(Replay.OFF);
        assertThat(mesh.algorithms()).doesNotContain("EdDSA").contains("ES256");
        assertThat(mesh.keys())
                .isEqualTo(new Issuer.KeySource.BundleFile(directory.resolve("keys/prod.json")));
        assertThat(read("gitlab", "issuer: \"https://gitlab.com\"" + FILE).maxLifetime())
                .isEqualTo(Duration.ofHours(24));
    }

    @Test
    void bundleEndpointOfBothProfiles_isRead() {
        assertThat(
                        read(
                                        "spiffe",
                                        "trust_domain: example.org, keys: {bundle_uri: \"https://spire.example.org/b\", ca_file: keys/prod.json}")
                                .keys())
                .isEqualTo(
                        new Issuer.KeySource.BundleUri(
                                URI.create("https://spire.example.org/b"),
                                new Issuer.Profile.HttpsWeb(),
                                new Issuer.Access(directory.resolve("keys/prod.json"), null)));
        assertThat(
                        read(
                                        "spiffe",
                                        "trust_domain: example.org, keys: {bundle_uri: \"https://10.0.0.1/b\", profile: https_spiffe, endpoint_spiffe_id: \"spiffe://example.org/spire/server\", bootstrap: keys/prod.json}, allow_private_addresses: true")
                                .keys())
                .isEqualTo(
                        new Issuer.KeySource.BundleUri(
                                URI.create("https://10.0.0.1/b"),
                                new Issuer.Profile.HttpsSpiffe(
                                        "spiffe://example.org/spire/server",
                                        directory.resolve("keys/prod.json")),
                                Issuer.Access.PLAIN));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    gitlab | issuer: "gitlab.com" | must be an http(s) URL | write https://gitlab.com
                    gitlab | issuer: "https://gitlab.com/" | ends in a slash | write https://gitlab.com
                    github_actions | issuer: "https://token.actions.githubusercontent.com/" | none that GitHub Actions has | none ends in a slash
                    github_actions | issuer: "https://github.com" | none that GitHub Actions has | https://token.actions.githubusercontent.com
                    github_actions | issuer: "https://github.example.com" | none that GitHub Actions has | /_services/token
                    oidc | issuer: "https://token.actions.githubusercontent.com" | has a kind of its own | write kind: github_actions
                    oidc | issuer: "https://github.example.com/_services/token" | has a kind of its own | write kind: github_actions
                    oidc | issuer: "https://kubernetes.default.svc.cluster.local" | has a kind of its own | write kind: kubernetes
                    oidc | issuer: "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC" | has a kind of its own | write kind: kubernetes
                    oidc | issuer: "https://container.googleapis.com/v1/projects/p/locations/l/clusters/c" | has a kind of its own | write kind: kubernetes
                    oidc | issuer: "https://eastus.oic.prod-aks.azure.com/t/c/" | has a kind of its own | write kind: kubernetes
                    oidc | issuer: "https://gitlab.com" | has a kind of its own | write kind: gitlab
                    oidc | issuer: "https://gitlab.com/" | compared byte for byte | write https://gitlab.com
                    oidc | issuer: "https://GitLab.com" | compared byte for byte | write https://gitlab.com
                    oidc | issuer: "https://gitlab.com:443" | compared byte for byte | write https://gitlab.com
                    oidc | issuer: "http://gitlab.com." | compared byte for byte | write https://gitlab.com
                    gitlab | issuer: "https://gitlab.com:443" | compared byte for byte | write https://gitlab.com
                    gitlab | issuer: "https://GITLAB.com" | compared byte for byte | write https://gitlab.com
                    kubernetes | issuer: "https://token.actions.githubusercontent.com/" | compared byte for byte | write https://token.actions.githubusercontent.com
                    oidc | issuer: "https://api.pulumi.com/oidc/" | compared byte for byte | write https://api.pulumi.com/oidc
                    oidc | issuer: "https://accounts.google.com/" | compared byte for byte | write https://accounts.google.com
                    oidc | issuer: "https://STS.windows.net/tenant/" | compared byte for byte | write https://sts.windows.net/tenant/
                    oidc | issuer: "https://user:pw@id.example.com" | must be an http(s) URL | URL
                    oidc | issuer: "https://id.example.com", trust_domain: example.org | is for kind: spiffe | spiffe
                    """)
    void addressThatTokensOfTheKindNeverHave_isRefused(
            String kind, String rest, String problem, String hint) {
        refused(kind, rest + FILE, problem, hint);
    }

    @ParameterizedTest
    @CsvSource({
        "https://sts.windows.net/tenant/",
        "https://login.microsoftonline.com/tenant/v2.0",
        "https://id.example.com/",
        "https://id.example.com:8443",
    })
    void slashesAndPortsThatTokensHave_areRead(String address) {
        assertThat(read("oidc", "issuer: \"" + address + "\"" + FILE).issuer()).isEqualTo(address);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    oidc | https://10.1.2.3 | {discovery: true} | the issuer is at an address that is not public
                    oidc | https://[fd00::1]/realm | {discovery: true} | the issuer is at an address that is not public
                    oidc | https://id.example.com | {jwks_uri: "https://127.0.0.1:8443/keys"} | `jwks_uri` is at an address that is not public
                    oidc | https://id.example.com | {jwks_uri: "https://localhost/keys"} | `jwks_uri` is at an address that is not public
                    kubernetes | https://id.example.com | {jwks_uri: "https://192.168.0.1:6443/openid/v1/jwks"} | not public
                    spiffe | | {bundle_uri: "https://172.16.0.1/"} | `bundle_uri` is at an address that is not public
                    """)
    void keysAtAnAddressThatIsNotPublic_areRefusedUnlessThatIsMeant(
            String kind, String address, String keys, String problem) {
        String rest = at(address) + ", keys: " + keys;
        refused(kind, rest, problem, "allow_private_addresses: true");
        assertThat(read(kind, rest + ", allow_private_addresses: true").privateNetwork()).isTrue();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    oidc | https://169.254.169.254 | {discovery: true} | the issuer is at an address that is never asked
                    oidc | https://id.example.com | {jwks_uri: "https://169.254.169.254/keys"} | `jwks_uri` is at an address that is never asked
                    oidc | https://id.example.com | {jwks_uri: "https://[::ffff:169.254.169.254]/keys"} | never asked
                    oidc | https://id.example.com | {jwks_uri: "https://[fe80::1]/keys"} | never asked
                    spiffe | | {bundle_uri: "https://[fe80::1]/"} | `bundle_uri` is at an address that is never asked
                    """)
    void keysAtALinkLocalAddress_areAlwaysRefused(
            String kind, String address, String keys, String problem) {
        String rest = at(address) + ", keys: " + keys;
        refused(kind, rest, problem);
        refused(kind, rest + ", allow_private_addresses: true", problem);
    }

    private static String at(@Nullable String address) {
        return address == null ? "trust_domain: example.org" : "issuer: \"" + address + "\"";
    }

    /// Nobody connects to an issuer whose keys are at hand.
    @Test
    void privateAddressThatIsNeverConnectedTo_isRead() {
        assertThat(read("kubernetes", "issuer: \"https://10.96.0.1\"" + FILE).issuer())
                .isEqualTo("https://10.96.0.1");
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    jwks_file | -----BEGIN CERTIFICATE----- | it is no JSON (line 1)
                    jwks_file | {"keys": [} | it is no JSON (line 1)
                    jwks_file | {"keys": []} {} | it is no JSON
                    jwks_file | {"keys": [], "keys": []} | it is no JSON
                    jwks_file | [] | it has no array "keys"
                    jwks_file | {"kty": "EC"} | it has no array "keys"
                    jwks_file | {"keys": {}} | it has no array "keys"
                    jwks_file | {"keys": ["a"]} | number 1 of "keys" is no JWK
                    jwks_file | {"keys": [{"kty": "EC"}, {"kid": "a"}]} | number 2 of "keys" is no JWK
                    bundle_file | {"spiffe_sequence": 1} | it has no array "keys"
                    bundle_file | {"keys": [], "spiffe_sequence": "1"} | spiffe_sequence is no whole number
                    bundle_file | {"keys": [], "spiffe_sequence": 1.5} | spiffe_sequence is no whole number
                    bootstrap | {} | it has no array "keys"
                    """)
    void fileThatIsNoKeySet_isRefused(String key, String content, String problem) {
        assertThat(withKeys(key, content).problems())
                .singleElement()
                .asString()
                .startsWith("issuers.yaml:2:")
                .contains("file `keys/x.json` is no key set: ", problem);
    }

    @Test
    void fileThatIsNoText_isRefused() throws IOException {
        TestRepository files = withKeys("jwks_file", "");
        Files.write(directory.resolve("keys/x.json"), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThat(files.problems()).singleElement().asString().contains("it is not UTF-8");
    }

    @Test
    void fileWithTooManyKeysOrTooLong_isRefused() {
        String many = "{\"kty\": \"EC\"},".repeat(100) + "{\"kty\": \"EC\"}";
        assertThat(withKeys("jwks_file", "{\"keys\": [" + many + "]}").problems())
                .singleElement()
                .asString()
                .contains("more than 100 keys");
        assertThat(withKeys("jwks_file", "{\"keys\": []}" + " ".repeat(256 * 1024)).problems())
                .singleElement()
                .asString()
                .contains("longer than 256 KiB");
    }

    private TestRepository withKeys(String key, String content) {
        String rest =
                switch (key) {
                    case "jwks_file" ->
                            "issuer: \"https://id.example.com\", keys: {jwks_file: keys/x.json}";
                    case "bundle_file" ->
                            "trust_domain: example.org, keys: {bundle_file: keys/x.json}";
                    default ->
                            "trust_domain: example.org, keys: {bundle_uri: \"https://spire.example.org\", profile: https_spiffe, endpoint_spiffe_id: \"spiffe://example.org/s\", bootstrap: keys/x.json}";
                };
        return repository(issuer(key.equals("jwks_file") ? "oidc" : "spiffe", rest))
                .with("keys/x.json", content);
    }

    @ParameterizedTest
    @CsvSource({
        "https://token.actions.githubusercontent.com/acme",
        "https://token.actions.acme.ghe.com",
        "https://github.example.com/_services/token",
    })
    void addressesOfEnterprisesAndServers_areRead(String address) {
        assertThat(read("github_actions", "issuer: \"" + address + "\"" + FILE).issuer())
                .isEqualTo(address);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    trust_domain: "spiffe://example.org", | leave spiffe:// out
                    trust_domain: Example.org, | lower-case
                    trust_domain: "example.org:443", | lower-case
                    issuer: "spiffe://example.org", trust_domain: example.org, | known by its trust domain
                    """)
    void trustDomainThatIsNoName_isRefused(String rest, String problem) {
        refused("spiffe", rest + " keys: {bundle_file: keys/prod.json}", problem);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    spiffe | {jwks_file: keys/prod.json} | kind spiffe cannot have `jwks_file`
                    spiffe | {discovery: true} | kind spiffe cannot have `discovery`
                    spiffe | {bundle_uri: "http://spire.example.org/b"} | without TLS
                    spiffe | {bundle_uri: "https://a/b", profile: https} | `https` is no profile
                    spiffe | {bundle_uri: "https://a/b", bootstrap: keys/prod.json} | `bootstrap` is for profile https_spiffe
                    spiffe | {bundle_uri: "https://a/b", bearer_file: keys/prod.json} | cannot have `bearer_file`
                    spiffe | {bundle_uri: "https://a/b", profile: https_spiffe, bootstrap: keys/prod.json} | `endpoint_spiffe_id` is missing
                    spiffe | {bundle_uri: "https://a/b", profile: https_spiffe, endpoint_spiffe_id: "spiffe://example.com/s", bootstrap: keys/prod.json} | of the trust domain itself
                    spiffe | {bundle_uri: "https://a/b", profile: https_spiffe, endpoint_spiffe_id: "spiffe://example.org/s"} | `bootstrap` is missing
                    spiffe | {bundle_uri: "https://a/b", profile: https_spiffe, endpoint_spiffe_id: "spiffe://example.org/s", bootstrap: gone} | file `gone` cannot be read
                    spiffe | {bundle_uri: "https://a/b", ca_file: keys/prod.json, profile: https_spiffe, endpoint_spiffe_id: "spiffe://example.org/s", bootstrap: keys/prod.json} | verified with the bundle alone
                    github_actions | {bundle_file: keys/prod.json} | kind github_actions cannot have `bundle_file`
                    github_actions | {discovery: true, bearer_file: keys/prod.json} | cannot have `bearer_file`
                    oidc | {jwks_uri: "http://id.example.com/keys"} | without TLS
                    oidc | {jwks_uri: "https://user:pw@id.example.com/keys"} | must be an http(s) URL
                    kubernetes | {discovery: true, bearer_file: gone} | file `gone` cannot be read
                    """)
    void sourceOfKeysThatTheKindCannotHave_isRefused(String kind, String keys, String problem) {
        String address =
                switch (kind) {
                    case "spiffe" -> "trust_domain: example.org";
                    case "github_actions" -> GITHUB;
                    default -> "issuer: \"https://id.example.com\"";
                };
        refused(kind, address + ", keys: " + keys, problem);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "github_actions, https://github.com/acme",
        "github_actions, https://github.com",
        "kubernetes, https://kubernetes.default.svc",
        "oidc, sts.amazonaws.com",
        "oidc, sigstore",
        "oidc, ' '",
    })
    void audienceThatOthersTokensHave_isRefused(String kind, String audience) {
        String address =
                kind.equals("github_actions") ? GITHUB : "issuer: \"https://id.example.com\"";
        assertThat(
                        repository(
                                        issuer(kind, address + FILE)
                                                .replace(
                                                        "audience: pdp",
                                                        "audience: \"" + audience + "\""))
                                .problems())
                .singleElement()
                .asString()
                .contains("audience");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    replay: twice         | `replay` must be one_time, off or
                    replay: {max_uses: 0} | `max_uses` must be an integer from 1
                    replay: {max_uses: "2"} | `max_uses` must be an integer from 1
                    replay: {max: 2}      | `max_uses` is missing
                    allow_private_addresses: 1 | must be true or false
                    """)
    void replayThatIsWrong_isRefused(String line, String problem) {
        assertThat(repository(PROD + "    " + line + "\n").problems())
                .extracting(Problem::toString)
                .anyMatch(found -> found.startsWith("issuers.yaml:7") && found.contains(problem));
    }

    @Test
    void replayOfEveryMode_isRead() {
        for (var mode :
                Map.of(
                                "off",
                                Replay.OFF,
                                "one_time",
                                Replay.ONE_TIME,
                                "{max_uses: 7}",
                                new Replay.Uses(7))
                        .entrySet()) {
            assertThat(
                            read("github_actions", GITHUB + FILE + ", replay: " + mode.getKey())
                                    .replay())
                    .isEqualTo(mode.getValue());
        }
    }

    @Test
    void problem_saysFileLineAndColumn() {
        assertThat(
                        repository(
                                        issuer(
                                                "spiffe",
                                                "trust_domain: example.org, keys: {jwks_file: keys/prod.json}"))
                                .problems())
                .singleElement()
                .asString()
                .startsWith("issuers.yaml:2:78: an issuer of kind spiffe cannot have `jwks_file`")
                .endsWith("{bundle_file: …} or {bundle_uri: …}");
    }

    @Test
    void issuersWithTheSameTokens_areRefused_butClustersAreNot() {
        String other = PROD.substring(PROD.indexOf("  -")).replace("name: prod", "name: twin");
        assertThat(repository(PROD + other).problems()).isEmpty();
        String oidc =
                (PROD + other)
                        .replace("kind: kubernetes", "kind: oidc")
                        .replace("https://kubernetes.default.svc", "https://id.example.com");
        assertThat(repository(oidc).problems())
                .singleElement()
                .asString()
                .contains("issuer `prod` has the same tokens");
        assertThat(repository(oidc.replaceFirst("pdp.example.com", "pdp2.example.com")).problems())
                .isEmpty();
        String mesh =
                issuer("spiffe", "trust_domain: example.org, keys: {bundle_file: keys/prod.json}");
        assertThat(
                        repository(
                                        mesh
                                                + mesh.substring(mesh.indexOf("  -"))
                                                        .replace("name: x", "name: y")
                                                        .replace(
                                                                "audience: pdp", "audience: other"))
                                .problems())
                .singleElement()
                .asString()
                .contains("a trust domain has one bundle");
    }
}
