package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.jose.TestIssuer;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A workload's own token through a proxy, with the account that the workload asks to be.
final class ProxiedWorkloadTest {
    @TempDir private Path directory;
    private TestIssuer issuer;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        issuer = TestIssuer.create("http://127.0.0.1:9");
        Path policies = PolicySets.copy("acme", directory);
        Files.writeString(policies.resolve("jwks.json"), issuer.jwks());
        Files.writeString(
                policies.resolve("issuers.yaml"),
                """
                issuers:
                  - name: cluster
                    kind: kubernetes
                    issuer: %s
                    audience: %s
                    keys: {jwks_file: jwks.json}
                """
                        .formatted(issuer.iss(), TestIssuer.AUDIENCE));
        Files.createDirectories(policies.resolve("trust"));
        Files.writeString(
                policies.resolve("trust/runner.cedar"),
                """
                @id("runner")
                permit (
                    principal is Workload::Kubernetes,
                    action == Pdp::Action::"assume",
                    resource == Quay::ServiceAccount::"svc-terraform"
                )
                when { principal.issuer == "cluster" && principal.namespace == "ci" && principal.service_account == "runner" };
                """);
        server =
                TestServer.start(
                        directory,
                        "federation: {direct: true}\nserver: {trusted_proxies: [127.0.0.1]}",
                        Map.of());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Answer ask(String serviceAccount, String... headers) {
        String token = issuer.sign(issuer.kubernetesClaims("ci", serviceAccount, Instant.now()));
        HttpRequest.Builder question =
                HttpRequest.newBuilder(server.uri("/authorize/nginx"))
                        .header("Authorization", "Bearer " + token)
                        .header("X-Original-Method", "GET")
                        .header("X-Original-URI", "/api/v1/repository/acme/web");
        for (int i = 0; i < headers.length; i += 2) {
            question.header(headers[i], headers[i + 1]);
        }
        return server.send(question);
    }

    @Test
    void decidesForTheAccountThatTheWorkloadMayAssume() {
        Answer answer = ask("runner", "X-PDP-Account", "svc-terraform");
        assertThat(answer.header("X-PDP-Principal")).isEqualTo("svc-terraform");
        assertThat(answer.status()).isEqualTo(200);
    }

    @Test
    void refusesAWorkloadThatDoesNotSayWhichAccountItAsksToBe() {
        Answer answer = ask("runner");
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).contains("invalid_token");
        assertThat(answer.header("X-PDP-Principal")).isEmpty();
    }

    @Test
    void refusesAWorkloadThatMayNotBeTheAccount() {
        Answer answer = ask("intruder", "X-PDP-Account", "svc-terraform");
        assertThat(answer.status()).isIn(401, 403);
        assertThat(answer.header("X-PDP-Principal")).isEmpty();
    }
}
