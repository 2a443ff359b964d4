package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.quay.pdp.CapturedLog;
import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.jose.TestKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WorkloadTokenTest {
    private static final String DIRECT = "federation: {direct: true}";

    @TempDir private Path directory;
    private final AtomicInteger fetches = new AtomicInteger();
    private HttpServer elsewhere;
    private TestIssuer issuer;

    /// The issuer's address answers, and counts: nothing may be fetched for a key that is on file.
    @BeforeEach
    void makeIssuer() throws IOException {
        elsewhere =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        elsewhere.createContext(
                "/",
                exchange -> {
                    fetches.incrementAndGet();
                    exchange.sendResponseHeaders(404, -1);
                    exchange.close();
                });
        elsewhere.start();
        issuer = TestIssuer.create("http://127.0.0.1:" + elsewhere.getAddress().getPort());
        PolicySets.copyTrusting(issuer, directory);
    }

    @AfterEach
    void stopIssuer() {
        elsewhere.stop(0);
    }

    private String runner() {
        return issuer.sign(issuer.kubernetesClaims("ci", "runner", Instant.now()));
    }

    private static Answer ask(TestServer server, String token, String account) {
        String body =
                Json.with(Json.without(Asking.NATIVE, "/subject"), "/token", '"' + token + '"');
        return server.post(
                "/authorize",
                account.isEmpty() ? body : Json.with(body, "/account", '"' + account + '"'));
    }

    private static void assertDenied(Answer answer, String cause) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().path("decision").asBoolean(true)).isFalse();
        assertThat(answer.cause()).as(answer.body()).isEqualTo(cause);
    }

    @Test
    void allowsTheWorkloadThatMayAssumeTheAccount() {
        try (TestServer server = TestServer.start(directory, DIRECT, Map.of())) {
            Answer answer = ask(server, runner(), "svc-terraform");
            assertThat(answer.json().path("decision").asBoolean()).as(answer.body()).isTrue();
            assertThat(answer.context().at("/principal/id").asText()).isEqualTo("svc-terraform");
        }
        assertThat(fetches).hasValue(0);
    }

    @Test
    void refusesATokenWithoutTheAccountThatItIsFor() {
        try (TestServer server = TestServer.start(directory, DIRECT, Map.of())) {
            Answer answer = ask(server, runner(), "");
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().path("detail").asText()).contains("`account`");
        }
    }

    @Test
    void refusesATokenBesideASubject() {
        try (TestServer server = TestServer.start(directory, DIRECT, Map.of())) {
            Answer answer =
                    server.post(
                            "/authorize", Json.with(Asking.NATIVE, "/token", '"' + runner() + '"'));
            assertThat(answer.status()).isEqualTo(400);
        }
    }

    @Test
    void deniesAWorkloadThatMayNotAssumeTheAccount() {
        try (TestServer server = TestServer.start(directory, DIRECT, Map.of())) {
            assertDenied(ask(server, runner(), "svc-ci"), "no_permit");
            assertDenied(ask(server, runner(), "svc-off"), "no_permit");
            assertDenied(ask(server, runner(), "svc-nobody"), "account_unknown");
            assertDenied(ask(server, runner(), "\\u0000"), "account_unknown");
            assertDenied(ask(server, runner(), "SVC-TERRAFORM"), "account_unknown");
            String other = issuer.sign(issuer.kubernetesClaims("ci", "other", Instant.now()));
            assertDenied(ask(server, other, "svc-terraform"), "no_permit");
        }
    }

    @Test
    void deniesEveryTokenThatIsNotTheIssuersAndFetchesNothingForIt() throws Exception {
        List<String> refused = new ArrayList<>();
        Map<String, Object> claims = issuer.kubernetesClaims("ci", "runner", Instant.now());
        String good = issuer.sign(claims);
        refused.add("garbage");
        refused.add("a.b.c");
        refused.add("..");
        refused.add(good + "x");
        refused.add(good.substring(0, good.lastIndexOf('.') + 1));
        refused.add(
                issuer.sign(
                        issuer.kubernetesClaims("ci", "runner", Instant.now().minusSeconds(7200))));
        refused.add(
                issuer.sign(
                        issuer.kubernetesClaims("ci", "runner", Instant.now().plusSeconds(7200))));
        refused.add(issuer.with(TestKey.generate("key-1", "ES256")).sign(claims));
        refused.add(issuer.with(TestKey.generate("key-2", "ES256")).sign(claims));
        Map<String, Object> otherAudience = issuer.kubernetesClaims("ci", "runner", Instant.now());
        otherAudience.put("aud", List.of("https://kubernetes.default.svc"));
        refused.add(issuer.sign(otherAudience));
        Map<String, Object> otherIssuer = issuer.kubernetesClaims("ci", "runner", Instant.now());
        otherIssuer.put("iss", issuer.iss() + "/other");
        refused.add(issuer.sign(otherIssuer));
        refused.add(unsigned(good));
        refused.add(keyedWithThePublicKey(good));
        refused.add(
                issuer.sign(
                        Map.of(
                                "alg",
                                "ES256",
                                "kid",
                                "key-1",
                                "jku",
                                issuer.iss() + "/jwks",
                                "crit",
                                List.of("b64")),
                        claims));
        refused.add("x".repeat(20_000));
        try (TestServer server = TestServer.start(directory, DIRECT, Map.of())) {
            for (String token : refused) {
                Answer answer = ask(server, token, "svc-terraform");
                assertDenied(answer, "invalid_token");
                assertThat(answer.context().path("principal").isNull()).isTrue();
            }
        }
        assertThat(fetches).hasValue(0);
    }

    private static String unsigned(String token) {
        return encode("{\"alg\":\"none\"}") + "." + token.split("\\.", -1)[1] + ".";
    }

    /// The classic confusion: the public key's text as the secret of an HMAC.
    private String keyedWithThePublicKey(String token) throws Exception {
        String input =
                encode("{\"alg\":\"HS256\",\"kid\":\"key-1\"}") + "." + token.split("\\.", -1)[1];
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(issuer.jwks().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return input
                + "."
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void deniesTokensWhenTheyAreNotTakenDirectly() {
        try (TestServer server = TestServer.start(directory)) {
            assertDenied(ask(server, runner(), "svc-terraform"), "invalid_token");
            assertDenied(ask(server, runner(), ""), "invalid_token");
        }
    }

    @Test
    void deniesATokenThatIsLargerThanConfigured() {
        String yaml = "federation: {direct: true, limits: {max_token_size: 1024}}";
        Map<String, Object> claims = issuer.kubernetesClaims("ci", "runner", Instant.now());
        claims.put("padding", "x".repeat(1_500));
        try (TestServer server = TestServer.start(directory, DIRECT, Map.of())) {
            assertThat(
                            ask(server, issuer.sign(claims), "svc-terraform")
                                    .json()
                                    .path("decision")
                                    .asBoolean())
                    .isTrue();
        }
        try (TestServer server = TestServer.start(directory, yaml, Map.of())) {
            assertDenied(ask(server, issuer.sign(claims), "svc-terraform"), "invalid_token");
        }
    }

    /// S6: what is secret in tokens, paths, queries and bodies reaches no answer, no log and no
    /// file.
    @Test
    void keepsNoSecretOfATokenOrARequest() throws IOException {
        String canary = "canary7f3a";
        String token = runner();
        String expired =
                issuer.sign(
                        issuer.kubernetesClaims("ci", "runner", Instant.now().minusSeconds(7200)));
        List<String> secrets =
                new ArrayList<>(
                        List.of(canary, signature(token), signature(expired), payload(token)));
        StringBuilder seen = new StringBuilder();
        try (CapturedLog log = CapturedLog.begin();
                TestServer server = TestServer.start(directory, DIRECT, Map.of())) {
            secrets.add(server.token());
            seen.append(ask(server, token, "svc-terraform").body());
            seen.append(ask(server, expired, "svc-terraform").body());
            seen.append(ask(server, token, "svc-nobody").body());
            seen.append(ask(server, canary, "svc-terraform").body());
            seen.append(ask(server, "x." + canary + ".y", "svc-terraform").body());
            for (String request : requestsWith(canary)) {
                Answer answer =
                        server.post(
                                "/authorize",
                                "{\"request\": %s, \"subject\": {\"type\": \"Quay::ServiceAccount\", \"id\": \"svc-ci\"}}"
                                        .formatted(request));
                assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                seen.append(answer.body());
            }
            seen.append(server.post("/authorize", "{\"" + canary).body());
            seen.append(server.post("/authorize", "{\"token\": [\"" + canary + "\"]}").body());
            seen.append(log.text());
        }
        seen.append(dataFiles());
        for (String secret : secrets) {
            assertThat(seen.indexOf(secret)).as("found " + secret).isEqualTo(-1);
        }
        assertThat(seen).contains("changeUserDetails", "svc-terraform", "\"decision\":true");
    }

    private static List<String> requestsWith(String canary) {
        return List.of(
                        "{\"method\": \"PUT\", \"target\": \"/api/v1/user/\", \"body\": {\"password\": \"C\", \"email\": \"e@example.com\"}}",
                        "{\"method\": \"PUT\", \"target\": \"/api/v1/teaminvite/C\"}",
                        "{\"method\": \"DELETE\", \"target\": \"/api/v1/teaminvite/C\"}",
                        "{\"method\": \"POST\", \"target\": \"/api/v1/signin\", \"body\": {\"username\": \"u\", \"password\": \"C\"}}",
                        "{\"method\": \"POST\", \"target\": \"/api/v1/signin/verify\", \"body\": {\"password\": \"C\"}}",
                        "{\"method\": \"POST\", \"target\": \"/api/v1/user/\", \"body\": {\"username\": \"u\", \"password\": \"C\", \"email\": \"a@b\", \"invite_code\": \"C\"}}",
                        "{\"method\": \"POST\", \"target\": \"/api/v1/user/convert\", \"body\": {\"adminUser\": \"u\", \"adminPassword\": \"C\", \"plan\": \"p\"}}",
                        "{\"method\": \"POST\", \"target\": \"/api/v1/repository/acme/web/mirror\", \"body\": {\"external_registry_password\": \"C\", \"external_reference\": \"https://u:C@example.com/x\", \"robot_username\": \"acme+r\"}}",
                        "{\"method\": \"GET\", \"target\": \"/api/v1/repository/acme/web?token=C\"}",
                        "{\"method\": \"GET\", \"target\": \"/api/v1/C\"}",
                        "{\"method\": \"C\", \"target\": \"/api/v1/user/\"}",
                        "{\"method\": \"PUT\", \"target\": \"/api/v1/user/\", \"body\": {\"C\": \"C\"}}",
                        "{\"method\": \"PUT\", \"target\": \"/api/v1/user/\", \"body\": [\"C\"]}",
                        "{\"method\": \"PUT\", \"target\": \"/api/v1/superuser/users/someone\", \"body\": {\"password\": \"C\"}}")
                .stream()
                .map(request -> request.replace("C\"", canary + "\"").replace("C@", canary + "@"))
                .toList();
    }

    private static String signature(String token) {
        return token.substring(token.lastIndexOf('.') + 1);
    }

    private static String payload(String token) {
        return token.split("\\.", -1)[1];
    }

    /// The database, its log, and whatever else lies there; but the credential's own file.
    private String dataFiles() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(directory.resolve("data"))) {
            for (Path file : files.filter(path -> !path.endsWith("pep.json")).toList()) {
                all.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(all).contains("svc-terraform");
        return all.toString();
    }
}
