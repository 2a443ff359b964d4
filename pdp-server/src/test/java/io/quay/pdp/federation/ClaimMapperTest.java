package io.quay.pdp.federation;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.ClaimMapper.Cause;
import io.quay.pdp.federation.ClaimMapper.Outcome;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimMapperTest {
    private static final String ISS = "https://issuer.example.com";

    private final Map<String, Object> account =
            new HashMap<>(Map.of("name", "terraform", "uid", "u-1"));
    private final Map<String, Object> kubernetes =
            new HashMap<>(Map.of("namespace", "ci", "serviceaccount", account));
    private final Map<String, Object> claims =
            new HashMap<>(
                    Map.of(
                            "iss",
                            ISS,
                            "sub",
                            "system:serviceaccount:ci:terraform",
                            "aud",
                            List.of("https://pdp.example.com"),
                            "jti",
                            "j-1",
                            "exp",
                            2L,
                            "iat",
                            1L,
                            "kubernetes.io",
                            kubernetes));

    private Outcome map(IssuerKind kind) {
        Issuer issuer =
                new Issuer(
                        "prod",
                        kind,
                        ISS,
                        "https://pdp.example.com",
                        new Issuer.KeySource.JwksFile(Path.of("keys.json")),
                        IssuerKind.ALGORITHMS,
                        Duration.ofHours(1),
                        Duration.ofHours(1),
                        Duration.ofSeconds(60),
                        Replay.OFF,
                        true);
        return ClaimMapper.map(
                new Verified(issuer, claims, Instant.EPOCH, Instant.EPOCH.plusSeconds(1), "00"));
    }

    private Workload mapped(IssuerKind kind) {
        Outcome outcome = map(kind);
        assertThat(outcome).isInstanceOf(Outcome.Mapped.class);
        return ((Outcome.Mapped) outcome).workload();
    }

    private void refused(IssuerKind kind, Cause cause) {
        assertThat(map(kind))
                .isInstanceOfSatisfying(
                        Outcome.Refused.class,
                        r -> assertThat(r.cause()).as(r.detail()).isEqualTo(cause));
    }

    private void refusedKubernetes(Cause cause) {
        refused(IssuerKind.KUBERNETES, cause);
    }

    @Test
    void kubernetesTokenHasExactlyTheKnownAttributes() {
        kubernetes.put("pod", Map.of("name", "runner-0", "uid", "p-1", "extra", "x"));
        kubernetes.put("node", Map.of("name", "node-1.example.com", "uid", "n-1"));
        kubernetes.put("unknown", "x");
        claims.put("groups", List.of("system:masters"));
        claims.put("namespace", "kube-system");
        Workload workload = mapped(IssuerKind.KUBERNETES);
        assertThat(workload.entity().type()).isEqualTo("Workload::Kubernetes");
        assertThat(workload.entity().id()).isEqualTo("prod/system:serviceaccount:ci:terraform");
        assertThat(workload.tags()).isEmpty();
        assertThat(workload.attributes())
                .isEqualTo(
                        Map.of(
                                "issuer", Value.of("prod"),
                                "namespace", Value.of("ci"),
                                "service_account", Value.of("terraform"),
                                "uid", Value.of("u-1"),
                                "pod", Value.of("runner-0"),
                                "pod_uid", Value.of("p-1"),
                                "node", Value.of("node-1.example.com")));
    }

    @Test
    void unboundTokenHasNoPodAndNoNode() {
        assertThat(mapped(IssuerKind.KUBERNETES).attributes())
                .containsOnlyKeys("issuer", "namespace", "service_account", "uid");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "system:serviceaccount:ci:other",
                "system:serviceaccount:other:terraform",
                "system:serviceaccount:ci:terraform:x",
                "system:serviceaccount:ci:terraform ",
                "System:serviceaccount:ci:terraform",
                "system:serviceaccount:ci",
                "system:node:node-1",
                "terraform"
            })
    void subjectThatDisagreesIsRefused(String subject) {
        claims.put("sub", subject);
        refusedKubernetes(Cause.CONTRADICTING_CLAIMS);
    }

    @Test
    void colonInANameIsRefused() {
        kubernetes.put("namespace", "ci:x");
        claims.put("sub", "system:serviceaccount:ci:x:terraform");
        refusedKubernetes(Cause.MALFORMED_CLAIM);
    }

    @Test
    void legacyTokensAreRefused() {
        claims.remove("kubernetes.io");
        claims.put("kubernetes.io/serviceaccount/namespace", "ci");
        claims.put("kubernetes.io/serviceaccount/service-account.uid", "u-1");
        refusedKubernetes(Cause.MISSING_CLAIM);
    }

    @Test
    void accountWithoutUidIsRefused() {
        account.remove("uid");
        refusedKubernetes(Cause.MISSING_CLAIM);
        account.put("uid", "");
        refusedKubernetes(Cause.MALFORMED_CLAIM);
        account.put("uid", 7L);
        refusedKubernetes(Cause.MALFORMED_CLAIM);
    }

    @Test
    void missingPartsAreRefused() {
        kubernetes.remove("serviceaccount");
        refusedKubernetes(Cause.MISSING_CLAIM);
        kubernetes.put("serviceaccount", "terraform");
        refusedKubernetes(Cause.MALFORMED_CLAIM);
        kubernetes.put("serviceaccount", account);
        kubernetes.remove("namespace");
        refusedKubernetes(Cause.MISSING_CLAIM);
    }

    @Test
    void podOfTheWrongShapeIsRefused() {
        kubernetes.put("pod", "runner-0");
        refusedKubernetes(Cause.MALFORMED_CLAIM);
        kubernetes.put("pod", Map.of("name", "runner-0"));
        refusedKubernetes(Cause.MISSING_CLAIM);
    }

    @Test
    void tokenMountedForTheApiServerIsRefused() {
        kubernetes.put("warnafter", 1795409011L);
        refusedKubernetes(Cause.API_SERVER_TOKEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ISS,
                "https://kubernetes.default.svc.cluster.local",
                "https://kubernetes.default.svc"
            })
    void audienceOfTheApiServerIsRefused(String audience) {
        claims.put("aud", audience);
        refusedKubernetes(Cause.API_SERVER_TOKEN);
        claims.put("aud", List.of(audience));
        refusedKubernetes(Cause.API_SERVER_TOKEN);
    }

    @Test
    void oidcStringClaimsBecomeTagsAndNothingElse() {
        claims.put("environment", "production");
        claims.put("run_id", 7L);
        claims.put("admin", true);
        claims.put("roles", List.of("admin"));
        claims.put("issuer", "other");
        Workload workload = mapped(IssuerKind.OIDC);
        assertThat(workload.entity().type()).isEqualTo("Workload::Oidc");
        assertThat(workload.entity().id()).isEqualTo("prod/system:serviceaccount:ci:terraform");
        assertThat(workload.attributes())
                .isEqualTo(
                        Map.of(
                                "issuer", Value.of("prod"),
                                "subject", Value.of("system:serviceaccount:ci:terraform")));
        assertThat(workload.tags())
                .isEqualTo(Map.of("environment", "production", "issuer", "other"));
    }

    @Test
    void registeredClaimsAreNoTags() {
        claims.put("aud", "https://pdp.example.com");
        assertThat(mapped(IssuerKind.OIDC).tags()).isEmpty();
    }

    @Test
    void sixtyFiveTagsAreRefused() {
        for (int i = 0; i < 64; i++) {
            claims.put("claim-" + i, "x");
        }
        assertThat(mapped(IssuerKind.OIDC).tags()).hasSize(64);
        claims.put("one-more", "x");
        refused(IssuerKind.OIDC, Cause.TOO_MANY_CLAIMS);
    }

    @Test
    void tagAbove2KiBIsRefused() {
        claims.put("long", "ü".repeat(1024));
        assertThat(mapped(IssuerKind.OIDC).tags()).containsKey("long");
        claims.put("long", "ü".repeat(1024) + "x");
        refused(IssuerKind.OIDC, Cause.TOO_MANY_CLAIMS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u0000b", "a\nb", "\u007f"})
    void subjectWithControlCharactersIsRefused(String subject) {
        claims.put("sub", subject);
        refused(IssuerKind.OIDC, Cause.MALFORMED_CLAIM);
    }

    @Test
    void missingSubjectIsRefused() {
        claims.remove("sub");
        refused(IssuerKind.OIDC, Cause.MISSING_CLAIM);
        refused(IssuerKind.KUBERNETES, Cause.MISSING_CLAIM);
    }
}
