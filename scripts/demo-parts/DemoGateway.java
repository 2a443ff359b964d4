import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JOSEException;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/// Plays the three stories through the gateway against the stand-in for Quay, and shows what that
/// wrote into its action log.
final class DemoGateway {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int REPOSITORIES = 50;
    private static final int PARALLEL = 10;
    private static final Object CLUSTER = Map.of("namespace", "ci", "service_account", "terraform", "audience", "https://pdp.example.com");

    /// @param token an OAuth token of a superuser of the stand-in
    record Quay(URI url, String token) {}

    /// Mint tokens for workloads.
    interface Issuers {
        String mint(JsonNode workload) throws IOException, InterruptedException, JOSEException;
    }

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI pdp;
    private final URI gateway;
    private final Issuers issuers;
    private final Quay quay;
    private int surprises;

    DemoGateway(URI pdp, URI gateway, Issuers issuers, Quay quay) {
        this.pdp = pdp;
        this.gateway = gateway;
        this.issuers = issuers;
        this.quay = quay;
    }

    /// How many answers were not the expected ones.
    int surprises() {
        return surprises;
    }

    void play(DemoAccounts accounts) throws IOException, InterruptedException, JOSEException {
        title("4. Terraform through the gateway: an organization with fifty repositories, ten calls at a time, made and destroyed");
        terraform(exchanged("svc-terraform", CLUSTER));
        title("5. The auditor's hourly script through the gateway, as a superuser of Quay");
        auditor(accounts.auditorToken());
        title("6. The pipeline through the gateway, with a token for five minutes");
        pipeline();
        log();
    }

    private static void title(String text) {
        System.out.println();
        System.out.println(text);
    }

    // The lines that Terraform's provider for Quay was seen to send.
    private void terraform(String token) throws IOException, InterruptedException {
        String organization = "/api/v1/organization/terra";
        String permission = "/api/v1/repository/terra%2Fapp0/permissions/team/devs";
        call(token, "POST", "/api/v1/organization/", "{\"name\": \"terra\", \"email\": \"terra@example.com\"}", 201);
        call(token, "GET", organization, null, 200);
        each(token, "POST", "/api/v1/repository", "{\"namespace\": \"terra\", \"repository\": \"app%d\", \"visibility\": \"private\", \"description\": \"\"}", 201);
        each(token, "GET", "/api/v1/repository/terra%%2Fapp%d", null, 200);
        call(token, "PUT", organization + "/team/devs", "{\"role\": \"member\"}", 200);
        call(token, "PUT", organization + "/robots/bot", "{\"description\": \"\"}", 201);
        call(token, "GET", organization + "/robots/bot", null, 200);
        call(token, "PUT", organization + "/team/devs/members/terra+bot", "{}", 200);
        call(token, "GET", organization + "/team/devs/members", null, 200);
        call(token, "PUT", permission, "{\"role\": \"write\"}", 200);
        call(token, "GET", permission, null, 200);
        each(token, "PUT", "/api/v1/repository/terra%%2Fapp%d", "{\"description\": \"changed\"}", 200);
        call(token, "DELETE", permission, null, 204);
        each(token, "DELETE", "/api/v1/repository/terra%%2Fapp%d", null, 204);
        call(token, "DELETE", organization + "/robots/bot", null, 204);
        call(token, "DELETE", organization + "/team/devs", null, 204);
        call(token, "DELETE", organization, null, 204);
        call(token, "POST", "/api/v1/repository", "{\"namespace\": \"payroll\", \"repository\": \"web\", \"visibility\": \"private\"}", 403);
        call(token, "GET", "/api/v1/organization/acme/robots", null, 403);
        call(token, "DELETE", "/api/v1/repository/acme%2Fnightly%2Ftag%2Fv0.1", null, 400);
    }

    private void auditor(String token) throws IOException, InterruptedException {
        for (JsonNode organization : call(token, "GET", "/api/v1/superuser/organizations/", null, 200).path("organizations")) {
            String name = organization.path("name").asText();
            for (JsonNode repository : call(token, "GET", "/api/v1/repository?namespace=" + name, null, 200).path("repositories")) {
                String path = "/api/v1/repository/" + name + "/" + repository.path("name").asText();
                call(token, "GET", path + "/permissions/user/", null, 200);
                call(token, "GET", path + "/tag/", null, 200);
            }
        }
        call(token, "DELETE", "/api/v1/repository/acme/nightly/tag/v0.1", null, 204);
        call(token, "DELETE", "/api/v1/repository/acme/web/tag/v1", null, 403);
        call(token, "GET", "/api/v1/organization/payroll/robots", null, 403);
    }

    private void pipeline() throws IOException, InterruptedException, JOSEException {
        String token = exchanged("svc-ci", workload("refs/heads/main"));
        call(token, "POST", "/api/v1/organization/", "{\"name\": \"proj-1234\", \"email\": \"proj-1234@example.com\"}", 201);
        call(token, "POST", "/api/v1/organization/", "{\"name\": \"payroll2\", \"email\": \"x@example.com\"}", 403);
        HttpResponse<String> refused = exchange("svc-ci", workload("refs/heads/feature"));
        show(refused.statusCode(), "POST /oauth2/token for another branch", refused, 400);
    }

    private static Object workload(String ref) {
        return Map.of(
                "subject", "repo:acme/app:ref:" + ref,
                "claims", Map.of("repository_id", "123456789", "ref", ref),
                "audience", "https://pdp.example.com/ci",
                "expires_in", 300);
    }

    private void log() throws IOException, InterruptedException {
        title("Quay's action log, as a superuser of Quay reads it");
        for (String organization : List.of("terra", "acme", "payroll", "proj-1234")) {
            JsonNode logs = send(quay.url().resolve("/api/v1/organization/" + organization + "/logs"), quay.token(), "GET", null);
            Map<String, Integer> counts = new LinkedHashMap<>();
            for (JsonNode entry : logs.path("logs")) {
                counts.merge(entry.path("kind").asText() + " by " + entry.path("performer").path("name").asText(), 1, Integer::sum);
            }
            System.out.println("  " + organization + (counts.isEmpty() ? ": nothing" : ""));
            counts.forEach((line, count) -> System.out.println("    " + count + " x " + line));
        }
    }

    private String exchanged(String account, Object workload) throws IOException, InterruptedException, JOSEException {
        HttpResponse<String> answer = exchange(account, workload);
        show(answer.statusCode(), "POST /oauth2/token", answer, 200);
        return JSON.readTree(answer.body()).path("access_token").asText();
    }

    /// An access token for the token of a workload (RFC 8693).
    private HttpResponse<String> exchange(String account, Object workload) throws IOException, InterruptedException, JOSEException {
        String token = issuers.mint(JSON.valueToTree(workload));
        String form =
                "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token_type=urn:ietf:params:oauth:token-type:jwt&client_id="
                        + account
                        + "&subject_token="
                        + URLEncoder.encode(token, StandardCharsets.UTF_8);
        return http.send(
                HttpRequest.newBuilder(pdp.resolve("/oauth2/token"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /// The same call for each of the fifty, ten at a time, shown as one line.
    private void each(String token, String method, String target, String body, int expected) throws IOException, InterruptedException {
        int fine = 0;
        try (ExecutorService ten = Executors.newFixedThreadPool(PARALLEL)) {
            List<Future<Integer>> all =
                    IntStream.range(0, REPOSITORIES)
                            .mapToObj(number -> ten.submit(() -> raw(gateway.resolve(target.formatted(number)), token, method, body == null ? null : body.formatted(number)).statusCode()))
                            .toList();
            for (Future<Integer> one : all) {
                fine += one.get() == expected ? 1 : 0;
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
        System.out.println("  " + expected + "    " + method + " " + target.replace("%%", "%").replace("%d", "N") + (body == null ? "" : " " + body.replace("%d", "N")) + "   (" + fine + " times)");
        if (fine != REPOSITORIES) {
            surprises++;
            System.out.println("         EXPECTED " + REPOSITORIES + " times");
        }
    }

    private JsonNode call(String token, String method, String target, String body, int expected) throws IOException, InterruptedException {
        HttpResponse<String> answer = raw(gateway.resolve(target), token, method, body);
        show(answer.statusCode(), method + " " + target + (body == null ? "" : " " + body), answer, expected);
        return answer.body().startsWith("{") ? JSON.readTree(answer.body()) : JSON.createObjectNode();
    }

    private void show(int status, String line, HttpResponse<String> answer, int expected) throws IOException {
        System.out.println("  " + status + "    " + line);
        if (status >= 400) {
            JsonNode refusal = JSON.readTree(answer.body());
            String why = refusal.has("error_message") ? refusal.path("error_message").asText() : refusal.path("error").asText();
            System.out.println("         " + why);
        }
        if (status != expected) {
            surprises++;
            System.out.println("         EXPECTED " + expected);
        }
    }

    private JsonNode send(URI uri, String token, String method, String body) throws IOException, InterruptedException {
        return JSON.readTree(raw(uri, token, method, body).body());
    }

    private HttpResponse<String> raw(URI uri, String token, String method, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri)
                        .header("Authorization", "Bearer " + token)
                        .header("User-Agent", "OpenAPI-Generator/1.0.0/go")
                        .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
