package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.Replay;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IssuersFileTest {
    private static final String PROD =
            """
            issuers:
              - name: prod
                kind: kubernetes
                issuer: https://kubernetes.default.svc
                audience: https://pdp.example.com
                keys: {jwks_file: keys/prod.json}
            """;

    @TempDir private Path directory;

    private TestRepository repository(String yaml) {
        return TestRepository.quay(directory)
                .with("keys/prod.json", "{\"keys\": []}")
                .with("issuers.yaml", yaml);
    }

    @Test
    void everythingThatIsDeclaredIsRead() {
        String more =
                """
                    algorithms: [ES256]
                    max_lifetime: PT2H
                    max_age: PT1H
                    leeway: PT5S
                  - name: other.1
                    kind: oidc
                    issuer: http://127.0.0.1:9/realm
                    audience: pdp
                    keys: {jwks_uri: "http://127.0.0.1:9/keys", ca_file: keys/prod.json, bearer_file: keys/prod.json}
                    allow_private_addresses: true
                    replay: {max_uses: 3}
                  - name: third
                    kind: oidc
                    issuer: https://example.com
                    audience: pdp
                    keys: {discovery: true}
                """;
        List<Issuer> issuers = repository(PROD + more).load().issuers();
        assertThat(issuers)
                .containsExactly(
                        new Issuer(
                                "prod",
                                IssuerKind.KUBERNETES,
                                "https://kubernetes.default.svc",
                                "https://pdp.example.com",
                                new Issuer.KeySource.JwksFile(directory.resolve("keys/prod.json")),
                                Set.of("ES256"),
                                Duration.ofHours(2),
                                Duration.ofHours(1),
                                Duration.ofSeconds(5),
                                Replay.OFF,
                                false),
                        new Issuer(
                                "other.1",
                                IssuerKind.OIDC,
                                "http://127.0.0.1:9/realm",
                                "pdp",
                                new Issuer.KeySource.JwksUri(
                                        URI.create("http://127.0.0.1:9/keys"),
                                        new Issuer.Access(
                                                directory.resolve("keys/prod.json"),
                                                directory.resolve("keys/prod.json"))),
                                IssuerKind.ALGORITHMS,
                                Duration.ofHours(1),
                                Duration.ofHours(1),
                                Duration.ofSeconds(60),
                                new Replay.Uses(3),
                                true),
                        new Issuer(
                                "third",
                                IssuerKind.OIDC,
                                "https://example.com",
                                "pdp",
                                new Issuer.KeySource.Discovery(Issuer.Access.PLAIN),
                                IssuerKind.ALGORITHMS,
                                Duration.ofHours(1),
                                Duration.ofHours(1),
                                Duration.ofSeconds(60),
                                Replay.OFF,
                                false));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    name: prod                   | name: a/b        | an issuer's name must match
                    name: prod                   | nam: prod        | `nam` is not known here
                    kind: kubernetes             | kind: k8s        | `k8s` is no kind of issuer
                    issuer: https://kubernetes.default.svc | issuer: kubernetes | must be an http(s) URL
                    issuer: https://kubernetes.default.svc | issuer: "https://a?b" | must be an http(s) URL
                    issuer: https://kubernetes.default.svc | issuer: "https://a#b" | must be an http(s) URL
                    issuer: https://kubernetes.default.svc | issuer: "file:///etc" | must be an http(s) URL
                    audience: https://pdp.example.com | audience: https://kubernetes.default.svc | the audience is the issuer itself
                    audience: https://pdp.example.com | audience: [a, b]  | `audience` must be a text
                    audience: https://pdp.example.com | description: x    | `audience` is missing
                    keys/prod.json               | keys/gone.json   | file `keys/gone.json` cannot be read
                    jwks_file: keys/prod.json    | ''               | exactly one of
                    jwks_file: keys/prod.json    | discovery: true, jwks_uri: "https://a/b" | exactly one of
                    jwks_file: keys/prod.json    | discovery: false | exactly one of
                    jwks_file: keys/prod.json    | jwks_uri: keys   | `jwks_uri` must be an http(s) URL
                    jwks_file: keys/prod.json    | jwks_uri: "ftp://a/b" | `jwks_uri` must be an http(s) URL
                    jwks_file: keys/prod.json    | jwks: keys/prod.json | `jwks` is not known here
                    keys: {jwks_file: keys/prod.json} | keys: keys/prod.json | `keys` must be a mapping
                    keys: {jwks_file: keys/prod.json} | algorithms: [RS256] | `keys` is missing
                    keys: {jwks_file: keys/prod.json} | {keys: x         | issuers.yaml:
                    """)
    void declarationThatIsWrong_isRefused(String right, String wrong, String problem) {
        assertThat(PROD).contains(right);
        assertThat(repository(PROD.replace(right, wrong == null ? "" : wrong)).problems())
                .extracting(Problem::toString)
                .anyMatch(found -> found.startsWith("issuers.yaml") && found.contains(problem));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    algorithms: [HS256]   | `HS256` cannot be accepted
                    algorithms: [none]    | `none` cannot be accepted
                    algorithms: ES256     | `algorithms` must be a list
                    algorithms: []        | `algorithms` is an empty list
                    leeway: PT6M          | `leeway` must be between
                    leeway: PT-1S         | `leeway` must be between
                    leeway: 60            | `leeway` must be a duration
                    max_lifetime: PT0S    | `max_lifetime` must be longer than nothing
                    max_lifetime: PT24H1S | `max_lifetime` must not be longer than PT24H
                    max_age: PT-5M        | `max_age` must be longer than nothing
                    max_age: 5m           | `max_age` must be a duration
                    """)
    void limitThatIsWrong_isRefusedWithItsLine(String line, String problem) {
        assertThat(repository(PROD + "    " + line + "\n").problems())
                .singleElement()
                .asString()
                .startsWith("issuers.yaml:7:5: ")
                .contains(problem);
    }

    /// The first would judge the tokens of both, and a plain kind knows nothing of forks.
    @Test
    void oneIssuerUnderTwoKinds_isRefused() {
        String other =
                PROD.substring(PROD.indexOf("  -"))
                        .replace("name: prod", "name: plain")
                        .replace("kind: kubernetes", "kind: gitlab")
                        .replace(
                                "audience: https://pdp.example.com",
                                "audience: https://a.example.com");
        assertThat(repository(PROD + other).problems())
                .singleElement()
                .asString()
                .startsWith(
                        "issuers.yaml:7:5: issuer `prod` has the same `issuer` under the kind kubernetes");
    }

    @Test
    void nameThatStandsTwice_isRefused() {
        assertThat(repository(PROD + PROD.substring(PROD.indexOf("  -"))).problems())
                .singleElement()
                .asString()
                .startsWith("issuers.yaml:7:5: issuer `prod` is declared twice");
    }

    @Test
    void aClusterCanBeAskedAboutItsTokens() {
        String review =
                """
                    token_review: {uri: "https://api.example.com:6443", ca_file: keys/prod.json}
                """;
        Issuer issuer = repository(PROD + review).load().issuers().getFirst();
        assertThat(issuer.review())
                .isEqualTo(
                        new Issuer.Review(
                                URI.create("https://api.example.com:6443"),
                                new Issuer.Access(directory.resolve("keys/prod.json"), null)));
    }

    @Test
    void aReviewWithoutTlsOrOfAnotherKind_isRefused() {
        assertThat(
                        repository(PROD + "    token_review: {uri: \"http://api.example.com\"}\n")
                                .problems())
                .isNotEmpty();
        assertThat(
                        repository(
                                        """
                                        issuers:
                                          - name: ci
                                            kind: oidc
                                            issuer: https://ci.example.com
                                            audience: pdp
                                            keys: {discovery: true}
                                            token_review: {uri: "https://api.example.com"}
                                        """)
                                .problems())
                .hasSize(1);
    }
}
