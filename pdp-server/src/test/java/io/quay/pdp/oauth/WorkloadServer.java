package io.quay.pdp.oauth;

import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.jose.TestIssuer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// A running server that trusts workloads, with their issuers at hand:
/// - `cluster` (Kubernetes): its `ci/runner` may be `svc-terraform` and the disabled `svc-off`
/// - `ci`, whose tokens are used once, and `twice`, whose tokens are used twice: the subject `job`
///   of each may be `svc-terraform`
/// - `down`, whose keys cannot be had
record WorkloadServer(OAuthServer oauth, TestIssuer cluster, TestIssuer ci, TestIssuer twice)
        implements AutoCloseable {
    static final String ACCOUNT = "svc-terraform";
    private static final String PREFIX = "urn:ietf:params:oauth:";
    static final String JWT = PREFIX + "token-type:jwt";
    static final String ID_TOKEN = PREFIX + "token-type:id_token";
    static final String ACCESS_TOKEN = PREFIX + "token-type:access_token";
    static final String EXCHANGE = PREFIX + "grant-type:token-exchange";
    static final String BEARER = PREFIX + "grant-type:jwt-bearer";
    static final String ASSERTION = PREFIX + "client-assertion-type:jwt-bearer";
    static final String SVID = PREFIX + "client-assertion-type:jwt-spiffe";

    /// The ways to show a workload token, with the error that each has for one that is refused.
    enum Shown {
        SUBJECT_JWT(
                400, "invalid_request", EXCHANGE + " subject_token_type " + JWT, "subject_token"),
        SUBJECT_ID_TOKEN(
                400,
                "invalid_request",
                EXCHANGE + " subject_token_type " + ID_TOKEN,
                "subject_token"),
        BEARER_ASSERTION(400, "invalid_grant", BEARER, "assertion"),
        CLIENT_ASSERTION(
                401,
                "invalid_client",
                "client_credentials client_assertion_type " + ASSERTION,
                "client_assertion");

        final int status;
        final String error;
        private final String request;
        private final String parameter;

        /// @param request the grant type and further parameters with their values
        Shown(int status, String error, String request, String parameter) {
            this.status = status;
            this.error = error;
            this.request = request;
            this.parameter = parameter;
        }

        /// The parameter that holds the token.
        String parameter() {
            return parameter;
        }

        String[] form(String account, String token, String... more) {
            List<String> pairs = new ArrayList<>(List.of("grant_type"));
            pairs.addAll(List.of(request.split(" ", -1)));
            pairs.addAll(List.of(parameter, token));
            if (!account.isEmpty()) {
                pairs.addAll(List.of("client_id", account));
            }
            pairs.addAll(Arrays.asList(more));
            return pairs.toArray(String[]::new);
        }
    }

    static WorkloadServer start(Path directory) {
        return start(directory, "{}");
    }

    static WorkloadServer start(Path directory, String yaml) {
        TestIssuer cluster = TestIssuer.create("https://cluster.example.com");
        TestIssuer ci = TestIssuer.create("https://ci.example.com");
        TestIssuer twice = TestIssuer.create("https://twice.example.com");
        write(PolicySets.copy("acme", directory), cluster, ci, twice);
        return new WorkloadServer(
                new OAuthServer(TestServer.start(directory, yaml, Map.of())), cluster, ci, twice);
    }

    /// The same issuers at a server that starts again on the same data.
    WorkloadServer restarted() {
        oauth.close();
        return new WorkloadServer(
                OAuthServer.start(oauth.server().directory()), cluster, ci, twice);
    }

    private static void write(Path policies, TestIssuer cluster, TestIssuer ci, TestIssuer twice) {
        try {
            Files.writeString(policies.resolve("cluster.json"), cluster.jwks());
            Files.writeString(policies.resolve("ci.json"), ci.jwks());
            Files.writeString(policies.resolve("twice.json"), twice.jwks());
            Files.writeString(
                    policies.resolve("issuers.yaml"),
                    """
                    issuers:
                      - {name: cluster, kind: kubernetes, issuer: "https://cluster.example.com", audience: "%1$s", keys: {jwks_file: cluster.json}}
                      - {name: ci, kind: oidc, issuer: "https://ci.example.com", audience: "%1$s", replay: one_time, keys: {jwks_file: ci.json}}
                      - {name: twice, kind: oidc, issuer: "https://twice.example.com", audience: "%1$s", replay: {max_uses: 2}, keys: {jwks_file: twice.json}}
                      - {name: down, kind: oidc, issuer: "https://down.example.com", audience: "%1$s", allow_private_addresses: true, keys: {jwks_uri: "https://127.0.0.1:1/jwks"}}
                    """
                            .formatted(TestIssuer.AUDIENCE));
            Files.createDirectories(policies.resolve("trust"));
            Files.writeString(
                    policies.resolve("trust/test.cedar"),
                    """
                    @id("runner") permit (principal is Workload::Kubernetes, action == Pdp::Action::"assume", resource == Quay::ServiceAccount::"svc-terraform")
                      when { principal.issuer == "cluster" && principal.namespace == "ci" && principal.service_account == "runner" && principal.uid == "a087d5a0-e1dd-43ec-93ac-f13d89cd13af" };
                    @id("off") permit (principal is Workload::Kubernetes, action == Pdp::Action::"assume", resource == Quay::ServiceAccount::"svc-off")
                      when { principal.issuer == "cluster" && principal.namespace == "ci" && principal.service_account == "runner" && principal.uid == "a087d5a0-e1dd-43ec-93ac-f13d89cd13af" };
                    @id("job") permit (principal is Workload::Oidc, action == Pdp::Action::"assume", resource == Quay::ServiceAccount::"svc-terraform")
                      when { principal.issuer == "ci" && principal.subject == "job" };
                    @id("job-twice") permit (principal is Workload::Oidc, action == Pdp::Action::"assume", resource == Quay::ServiceAccount::"svc-terraform")
                      when { principal.issuer == "twice" && principal.subject == "job" };
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Map<String, Object> runnerClaims() {
        return cluster.kubernetesClaims("ci", "runner", Instant.now());
    }

    String runner() {
        return cluster.sign(runnerClaims());
    }

    /// With a `jti` of its own.
    static String job(TestIssuer issuer) {
        Map<String, Object> claims = issuer.oidcClaims("job", Instant.now());
        claims.put("jti", UUID.randomUUID().toString());
        return issuer.sign(claims);
    }

    HttpResponse<String> show(Shown shown, String account, String token, String... more) {
        return oauth.token(null, shown.form(account, token, more));
    }

    @Override
    public void close() {
        oauth.close();
    }
}
