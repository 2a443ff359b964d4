package io.quay.pdp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.PolicySets;
import io.quay.pdp.jose.TestIssuer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `pdp token inspect`.
final class TokenCommandTest {
    private static final String UID = "a087d5a0-e1dd-43ec-93ac-f13d89cd13af";

    @TempDir private Path directory;
    private final TestIssuer issuer = TestIssuer.create("https://cluster.example.com");
    private Path policies;

    @BeforeEach
    void writePolicies() throws IOException {
        policies = Files.createDirectories(directory.resolve("policies"));
        Files.writeString(
                Files.createDirectories(policies.resolve("keys")).resolve("cluster.json"),
                issuer.jwks());
        Files.writeString(
                policies.resolve("issuers.yaml"),
                """
                issuers:
                  - name: cluster
                    kind: kubernetes
                    issuer: https://cluster.example.com
                    audience: https://pdp.example.com
                    keys: {jwks_file: keys/cluster.json}
                """);
        Files.writeString(
                policies.resolve("accounts.yaml"),
                "service_accounts: [{name: svc-terraform}, {name: svc-other}, {name: svc-none}]");
        Files.writeString(
                Files.createDirectories(policies.resolve("trust")).resolve("trust.cedar"),
                trust("terraform", "svc-terraform", "ci")
                        + trust("other", "svc-other", "prod")
                        + trust("api", "svc-of-api", "ci"));
    }

    private static String trust(String id, String account, String namespace) {
        return """
        @id("%s")
        permit (principal is Workload::Kubernetes, action == Pdp::Action::"assume", resource == Quay::ServiceAccount::"%s")
        when { principal.issuer == "cluster" && principal.namespace == "%s" && principal.uid == "%s" };
        """
                .formatted(id, account, namespace, UID);
    }

    private CommandRun inspect(String token, String... more) throws IOException {
        Path file = Files.writeString(directory.resolve("token.jwt"), token + "\n");
        String[] arguments = new String[7 + more.length];
        String[] usual = {
            "token",
            "inspect",
            "--policies",
            policies.toString(),
            "--schema",
            PolicySets.SCHEMA.toString(),
            file.toString()
        };
        System.arraycopy(usual, 0, arguments, 0, 7);
        System.arraycopy(more, 0, arguments, 7, more.length);
        return CommandRun.of(arguments);
    }

    private String token() {
        return issuer.sign(issuer.kubernetesClaims("ci", "terraform", Instant.now()));
    }

    @Test
    void saysWhichWorkloadItIs_whichAccountsItMayBe_andWhatTheOthersLacked() throws IOException {
        CommandRun run = inspect(token());
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains(
                        "issuer cluster (kubernetes)",
                        "principal.namespace == ",
                        "may be svc-terraform",
                        "by permit terraform at trust/trust.cedar:1",
                        "may not be svc-other",
                        "near: permit other at trust/trust.cedar:",
                        "does not hold: when { principal.namespace == \"prod\" }",
                        "may not be svc-none")
                .doesNotContain("svc-of-api", "eyJ");
        assertThat(run.out().indexOf("may be svc-terraform"))
                .isLessThan(run.out().indexOf("may not be svc-none"));
    }

    @Test
    void speaksOfAnAccountOfTheApiWhenItIsNamed() throws IOException {
        CommandRun run = inspect(token(), "--account", "svc-of-api", "--format", "json");
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonNode accounts = run.json().path("accounts");
        assertThat(accounts).hasSize(1);
        assertThat(accounts.get(0).path("allowed").asBoolean()).isTrue();
        assertThat(inspect(token(), "--account", "svc-other").exitCode()).isEqualTo(1);
        assertThat(inspect(token(), "--account", "nobody").exitCode()).isEqualTo(2);
    }

    @Test
    void saysWhyATokenIsNotAccepted_andNothingOfIt() throws IOException {
        Map<String, Object> claims = issuer.kubernetesClaims("ci", "terraform", Instant.now());
        claims.put("aud", "https://canary.example.com");
        CommandRun run = inspect(issuer.sign(claims));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).startsWith("not accepted: ").contains("aud").doesNotContain("canary");
        assertThat(inspect("nonsense").out()).startsWith("not accepted: ");
    }
}
