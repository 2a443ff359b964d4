package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.jose.TestIssuer;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `POST /v1/explain` with a workload token.
class ExplainTokenTest extends ApiRules {
    private final TestIssuer issuer = TestIssuer.create("https://cluster.example.com");

    @BeforeEach
    void trust() {
        api.repository.with("keys/cluster.json", issuer.jwks());
        api.repository.with(
                "issuers.yaml",
                """
                issuers:
                  - name: cluster
                    kind: kubernetes
                    issuer: https://cluster.example.com
                    audience: https://pdp.example.com
                    keys: {jwks_file: keys/cluster.json}
                """);
        api.repository.with(
                "trust/trust.cedar",
                """
                @id("terraform")
                permit (principal is Workload::Kubernetes, action == Pdp::Action::"assume", resource == Quay::ServiceAccount::"%s")
                when { principal.issuer == "cluster" && principal.uid == "a087d5a0-e1dd-43ec-93ac-f13d89cd13af" };
                """
                        .formatted(name));
        api.reload();
    }

    private Answer explain(String caller, String more) {
        String token = issuer.sign(issuer.kubernetesClaims("ci", "terraform", Instant.now()));
        return api.post(caller, "/v1/explain", "{\"token\": \"" + token + "\"" + more + "}");
    }

    @Test
    void aToken_isToldWhichAccountsItMayBe() {
        Answer answer = explain(BOSS, "");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().path("workload").path("type").asText())
                .isEqualTo("Workload::Kubernetes");
        JsonNode first = answer.json().path("accounts").get(0);
        assertThat(first.path("name").asText()).isEqualTo(name);
        assertThat(first.path("allowed").asBoolean()).isTrue();
        assertThat(answer.json().path("accounts").size()).isGreaterThan(3);
        assertThat(explain(BOSS, ", \"account\": \"svc-in-git\"").json().path("accounts"))
                .hasSize(1);
        assertThat(answer.body()).doesNotContain("eyJ");
    }

    @Test
    void aTokenThatProvesNothing_isToldWhy() {
        Answer answer = api.post(BOSS, "/v1/explain", "{\"token\": \"nonsense\"}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("accepted").asBoolean(true)).isFalse();
    }

    @Test
    void explainingATokenToADelegatedAdministrator_isRefused() {
        refused(explain(ApiServer.ACME, ""), 403, "forbidden");
    }

    @Test
    void aTokenBesideAPrincipal_isRefused() {
        refused(explain(BOSS, ", \"principal\": \"svc-boss\""), 422, "invalid-content");
    }
}
