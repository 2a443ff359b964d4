package io.quay.pdp.federation;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.jose.JwksCache;
import io.quay.pdp.jose.JwtVerifier;
import io.quay.pdp.jose.KeyFetcher;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.jose.TestKey;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// From a signed workload token to an account, with real signatures and real policies.
class FederationTest {
    private static final String ISS = "https://kubernetes.default.svc.cluster.local";
    private static final Instant NOW = TestIssuer.NOW;
    private static final String SCOPE =
            "(principal is Workload::Kubernetes, action == Pdp::Action::\"assume\", resource == Quay::ServiceAccount::\"svc-ci\")";
    private static final String PERMIT =
            "@id(\"ci\") permit "
                    + SCOPE
                    + " when { principal.issuer == \"prod\" && principal.namespace == \"ci\" && principal.service_account == \"runner\" };\n";

    @TempDir private Path directory;
    private final TestIssuer issuer = TestIssuer.create(ISS);
    private TestRepository repository;

    @BeforeEach
    void write() {
        repository =
                TestRepository.quay(directory)
                        .with("keys.json", issuer.jwks())
                        .with(
                                "issuers.yaml",
                                """
                                issuers:
                                  - {name: prod, kind: kubernetes, issuer: "%s", audience: "%s", keys: {jwks_file: keys.json}}
                                """
                                        .formatted(ISS, TestIssuer.AUDIENCE))
                        .withAccounts("svc-ci", "svc-other")
                        .with("trust/ci.cedar", PERMIT);
    }

    private Subject assume(String token, String account) {
        Snapshot snapshot = repository.load();
        return new Federation(
                        () -> snapshot,
                        new JwtVerifier(new JwksCache(new KeyFetcher(), () -> 0L)),
                        FederatedAccounts.none(),
                        Clock.fixed(NOW, ZoneOffset.UTC))
                .assume(token, account, Federation.Way.DIRECT)
                .subject(account);
    }

    private void refused(Cause cause, String token, String account) {
        assertThat(assume(token, account))
                .isInstanceOfSatisfying(
                        Subject.Refused.class,
                        refused -> {
                            assertThat(refused.cause()).as(refused.message()).isEqualTo(cause);
                            assertThat(refused.claimed())
                                    .isEqualTo(EntityRef.serviceAccount(account));
                            assertThat(refused.workload() == null)
                                    .as("a workload that is not proved")
                                    .isEqualTo(cause == Cause.INVALID_TOKEN);
                        });
    }

    private void refused(Cause cause) {
        refused(cause, issuer.kubernetesToken("ci", "runner"), "svc-ci");
    }

    private String changed(String claim, Object value) {
        Map<String, Object> claims =
                new LinkedHashMap<>(issuer.kubernetesClaims("ci", "runner", NOW));
        claims.put(claim, value);
        return issuer.sign(claims);
    }

    @Test
    void workloadThatIsTrusted_isTheAccountItNames() {
        String token = issuer.kubernetesToken("ci", "runner");
        assertThat(assume(token, "svc-ci"))
                .isEqualTo(
                        new Subject.Proved(
                                EntityRef.serviceAccount("svc-ci"),
                                new Authentication(
                                        Authentication.Method.FEDERATED,
                                        "prod",
                                        new EntityRef(
                                                "Workload::Kubernetes",
                                                "prod/system:serviceaccount:ci:runner"),
                                        NOW,
                                        null,
                                        null,
                                        "sha256:" + ClientSecret.sha256Hex(token)),
                                null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "a.b.c", "e30.e30.e30", "eyJ…", "..", "null"})
    void whatIsNoToken_isRefused(String token) {
        refused(Cause.INVALID_TOKEN, token, "svc-ci");
    }

    @Test
    void tokenThatProvesNothing_isRefused() {
        List<String> tokens =
                List.of(
                        issuer.sign(
                                issuer.kubernetesClaims("ci", "runner", NOW.minusSeconds(7_200))),
                        changed("iss", "https://evil.example.com"),
                        changed("aud", List.of("https://quay.example.com")),
                        changed("aud", List.of(TestIssuer.AUDIENCE, "https://quay.example.com")),
                        changed("exp", NOW.minusSeconds(61).getEpochSecond()),
                        changed("nbf", NOW.plusSeconds(120).getEpochSecond()),
                        changed("exp", NOW.plusSeconds(1_000_000).getEpochSecond()),
                        changed("sub", "system:serviceaccount:ci:other"),
                        changed("kubernetes.io", Map.of()),
                        issuer.with(TestKey.generate("key-1", "ES256"))
                                .kubernetesToken("ci", "runner"),
                        issuer.with(TestKey.generate("key-2", "ES256"))
                                .kubernetesToken("ci", "runner"));
        tokens.forEach(token -> refused(Cause.INVALID_TOKEN, token, "svc-ci"));
    }

    @Test
    void algorithmThatNeedsNoPrivateKey_isRefused() {
        String token = issuer.kubernetesToken("ci", "runner");
        String claims = token.substring(token.indexOf('.') + 1, token.lastIndexOf('.'));
        for (String algorithm : List.of("none", "None", "HS256")) {
            Map<String, Object> header = issuer.header();
            header.put("alg", algorithm);
            String forged = issuer.sign(header, issuer.kubernetesClaims("ci", "runner", NOW));
            refused(Cause.INVALID_TOKEN, forged, "svc-ci");
            refused(
                    Cause.INVALID_TOKEN,
                    forged.substring(0, forged.indexOf('.') + 1) + claims + ".",
                    "svc-ci");
        }
    }

    @Test
    void workloadThatNoPolicyNames_isRefused() {
        refused(Cause.NO_PERMIT, issuer.kubernetesToken("ci", "default"), "svc-ci");
        refused(Cause.NO_PERMIT, issuer.kubernetesToken("dev", "runner"), "svc-ci");
        refused(Cause.NO_PERMIT, issuer.kubernetesToken("ci", "runner"), "svc-other");
    }

    @ParameterizedTest
    @ValueSource(strings = {"svc-gone", "", "SVC-CI", "svc-ci/../svc-other"})
    void accountThatIsUnknown_isRefused(String account) {
        refused(Cause.ACCOUNT_UNKNOWN, issuer.kubernetesToken("ci", "runner"), account);
    }

    @Test
    void forbidInTrust_isStronger() {
        repository.with(
                "trust/no.cedar",
                "@id(\"no\") forbid "
                        + SCOPE
                        + " when { principal has pod && principal.pod like \"runner-*\" };");
        refused(Cause.FORBIDDEN);
    }

    @Test
    void trustPolicyThatErrs_isRefused() {
        repository.with(
                "trust/bad.cedar",
                "@id(\"bad\") forbid "
                        + SCOPE
                        + " when { 9223372036854775807 + (if principal.namespace == \"ci\" then 1 else 0) == 3 };");
        refused(Cause.EVALUATION_ERROR);
    }

    @Test
    void permitThatRestsOnTheAddress_isRefused() {
        repository.with(
                "trust/ci.cedar",
                PERMIT.replace(
                        " };", " && context has source_ip && context.source_ip.isLoopback() };"));
        refused(Cause.ATTRIBUTE_UNAVAILABLE);
    }

    @Test
    void accessPolicies_areNoTrust() {
        repository
                .with("trust/ci.cedar", "")
                .withAccess(
                        "@waive(\"classified-operations: test; unconstrained-permit: test\") permit (principal, action, resource);");
        refused(Cause.NO_PERMIT);
    }
}
