import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.JOSEException;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Sets up accounts and plays the scenes of a script against a running server: for each, a workload gets a token of the
/// demo's issuer, and the server is asked about what that workload then sends to Quay. Ends with 1
/// when a decision is not the one that the script expects. Then the stories are played through the gateway, which
/// has Quay, or what stands in for it, act.
///
///     java -cp pdp-server/target/pdp-server.jar scripts/demo-parts/DemoPlayer.java \
///          SCRIPT PDP-URL DATA-DIRECTORY CLUSTER-URL CI-URL GATEWAY-URL QUAY-URL QUAY-TOKEN
final class DemoPlayer {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final URI pdp;
    private final URI cluster;
    private final URI ci;
    private final String pepToken;
    private final DemoAccounts accounts;
    private int surprises;

    private DemoPlayer(URI pdp, URI cluster, URI ci, String pepToken, DemoAccounts accounts) {
        this.accounts = accounts;
        this.pdp = pdp;
        this.cluster = cluster;
        this.ci = ci;
        this.pepToken = pepToken;
    }

    public static void main(String[] args) throws IOException, InterruptedException, JOSEException {
        if (args.length != 8) {
            System.err.println(
                    "usage: DemoPlayer SCRIPT PDP-URL DATA-DIRECTORY CLUSTER-URL CI-URL GATEWAY-URL QUAY-URL QUAY-TOKEN");
            System.exit(2);
        }
        Path data = Path.of(args[2]);
        String pepToken = JSON.readTree(Files.readString(data.resolve("pep.json"))).path("token").asText();
        URI pdp = URI.create(args[1]);
        DemoAccounts accounts = new DemoAccounts(pdp, data.resolve("bootstrap.json"));
        accounts.setUp();
        DemoPlayer player = new DemoPlayer(pdp, URI.create(args[3]), URI.create(args[4]), pepToken, accounts);
        for (JsonNode scene : JSON.readTree(Files.readString(Path.of(args[0]))).path("scenes")) {
            player.play(scene);
        }
        DemoGateway gateway =
                new DemoGateway(pdp, URI.create(args[5]), player::mint, new DemoGateway.Quay(URI.create(args[6]), args[7]));
        gateway.play(accounts);
        int surprises = player.surprises + accounts.surprises() + gateway.surprises();
        if (surprises > 0) {
            System.out.println(surprises + " answers were not as the script expects");
            System.exit(1);
        }
    }

    private void play(JsonNode scene) throws IOException, InterruptedException, JOSEException {
        System.out.println();
        System.out.println(scene.path("title").asText());
        boolean own = scene.path("private_key").asBoolean();
        String token = own ? accounts.auditorToken() : scene.has("token") ? mint(scene.path("token")) : "";
        for (JsonNode step : scene.path("steps")) {
            ObjectNode question = JSON.createObjectNode();
            ObjectNode request = question.putObject("request");
            request.put("method", step.path("method").asText());
            request.put("target", step.path("target").asText());
            request.put("source_ip", "10.2.3.4");
            if (step.has("body")) {
                request.set("body", step.path("body"));
            }
            question.put("token", step.has("token") ? mint(step.path("token")) : token);
            if (!own) {
                question.put("account", scene.path("account").asText());
            }
            show(step, post(pdp.resolve("/authorize"), question, Optional.of(pepToken)));
        }
    }

    private String mint(JsonNode wish) throws IOException, InterruptedException, JOSEException {
        URI issuer = wish.has("subject") ? ci : cluster;
        return post(issuer.resolve("/mint"), wish, Optional.empty()).path("token").asText();
    }

    private JsonNode post(URI uri, JsonNode body, Optional<String> bearer)
            throws IOException, InterruptedException, JOSEException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        bearer.ifPresent(token -> request.header("Authorization", "Bearer " + token));
        HttpResponse<String> answer =
                http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(uri + " answered " + answer.statusCode() + ": " + answer.body());
        }
        return JSON.readTree(answer.body());
    }

    private void show(JsonNode step, JsonNode answer) {
        boolean allowed = answer.path("decision").asBoolean();
        JsonNode context = answer.path("context");
        String line =
                step.path("method").asText()
                        + " "
                        + step.path("target").asText()
                        + (step.has("body") ? " " + step.path("body") : "");
        System.out.println((allowed ? "  allow  " : "  deny   ") + line);
        if (step.has("note")) {
            System.out.println("         (" + step.path("note").asText() + ")");
        }
        String why = allowed ? "by " : context.path("cause").asText() + ": " + context.path("message").asText();
        StringBuilder reasons = new StringBuilder();
        context.path("reasons")
                .forEach(
                        reason ->
                                reasons.append(reasons.isEmpty() ? "" : ", ")
                                        .append(reason.path("policy").asText())
                                        .append(" at ")
                                        .append(reason.path("file").asText())
                                        .append(':')
                                        .append(reason.path("line").asInt()));
        System.out.println("         " + why + (allowed || !reasons.isEmpty() ? (allowed ? "" : "; ") + reasons : ""));
        if (!step.path("expect").asText().equals(allowed ? "allow" : "deny")) {
            surprises++;
            System.out.println("         EXPECTED " + step.path("expect").asText());
        }
    }
}
