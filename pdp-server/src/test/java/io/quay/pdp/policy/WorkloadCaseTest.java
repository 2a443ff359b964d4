package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.DecisionPoint;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Trust rules tested by claims alone: what the server would refuse is refused here, too. The clock
/// of policy tests is 2026-01-01T12:00:00Z, which is 1767268800.
class WorkloadCaseTest {
    @TempDir private Path directory;

    private String cause(String issuer, String claims) {
        TestRepository repository =
                TestRepository.quay(directory)
                        .with("keys.json", "{\"keys\": []}")
                        .with(
                                "issuers.yaml",
                                """
                                issuers:
                                  - {name: own, kind: oidc, issuer: "https://id.example.com", audience: "https://pdp.example.com", keys: {jwks_file: keys.json}}
                                  - {name: mesh, kind: spiffe, trust_domain: example.org, audience: "https://pdp.example.com", keys: {bundle_file: keys.json}}
                                """)
                        .withAccounts("svc-a")
                        .with(
                                "trust/t.cedar",
                                """
                                @id("own") permit (principal is Workload::Oidc, action == Pdp::Action::"assume", resource == Quay::ServiceAccount::"svc-a")
                                when { principal.issuer == "own" && principal.subject == "app" };
                                @id("mesh") permit (principal is Workload::Spiffe, action == Pdp::Action::"assume", resource == Quay::ServiceAccount::"svc-a")
                                when { principal.issuer == "mesh" && principal.path == "/app" };
                                """)
                        .with(
                                "tests/t.yaml",
                                """
                                tests:
                                  - name: a case
                                    workload: {issuer: %s, claims: {%s}}
                                    cases: [{assume: svc-a, expect: allow}]
                                """
                                        .formatted(issuer, claims));
        PolicyTest.Report report =
                new PolicyTests(
                                repository.load(),
                                repository.catalog(),
                                DecisionPoint.UnboundIds.REFUSE)
                        .run(directory);
        assertThat(report.problems()).isEmpty();
        String failure = report.cases().getFirst().failure();
        return failure == null ? "allow" : failure;
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    own  | sub: app
                    own  | sub: app, iss: "https://id.example.com", aud: ["https://pdp.example.com"]
                    own  | sub: app, iat: 1767268700, exp: 1767269000, nbf: 1767268000
                    mesh | sub: "spiffe://example.org/app"
                    mesh | sub: "spiffe://example.org/app", iss: "https://spire.example.org"
                    """)
    void claimsOfASoundToken_areAllowed(String issuer, String claims) {
        assertThat(cause(issuer, claims)).isEqualTo("allow");
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    own  | sub: app, iss: "https://id.example.com/" | name another issuer
                    own  | sub: app, aud: other | claim aud
                    own  | sub: app, aud: ["https://pdp.example.com", other] | claim aud
                    own  | sub: app, iat: 1767268800, exp: 1767279600 | exp - iat is above
                    own  | sub: app, iat: 1767265000, exp: 1767268740 | exp has passed
                    own  | sub: app, iat: 1767268861, exp: 1767268900 | iat is in the future
                    own  | sub: app, nbf: 1767268861 | nbf is in the future
                    own  | sub: app, iat: "1767268800" | iat is no integer
                    own  | sub: 7 | sub is no string
                    own  | aud: "https://pdp.example.com" | sub is missing
                    mesh | sub: "spiffe://example.com/app" | name another issuer
                    mesh | sub: "spiffe://example.org/app", exp: 1767279600 | exp
                    """)
    void claimsThatTheServerRefuses_areRefusedHere(String issuer, String claims, String why) {
        assertThat(cause(issuer, claims)).contains("invalid_token", why);
    }
}
