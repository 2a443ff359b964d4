package io.quay.pdp.standin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A real Quay that `scripts/real-quay` starts, the same for all tests of a run: each begins with
/// the state that it needs. Its login block `PDP_LOGIN_CONFIG` takes tokens of [#issuer] for the
/// audience `quay`. Properties: `pdp.real_quay.home`, a directory of `scripts/real-quay up`, and
/// `pdp.real_quay.issuer_port`. For one thread.
public final class RealQuay {
    /// Tests that need it, and that are run by `scripts/test --real-quay` alone.
    public static final String TAG = "real-quay";

    /// An unused name in `SUPER_USERS`.
    public static final String UNUSED_SUPERUSER = "svc-unused";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String AGENT = "quay-pdp-test";
    private static final Path SCRIPT =
            Path.of(System.getProperty("pdp.repository"), "scripts/real-quay");
    private static final Path HOME = Path.of(System.getProperty("pdp.real_quay.home", "none"));
    private static final int ISSUER_PORT = Integer.getInteger("pdp.real_quay.issuer_port", 0);

    /// How it runs now; null = it was not started by these tests.
    private static @Nullable List<String> running;

    private final HttpClient client = HttpClient.newHttpClient();
    private final String url;
    private final String administrator;

    private RealQuay(String url, String administrator) {
        this.url = url;
        this.administrator = administrator;
    }

    /// For the stories: with the images of `acme` and `payroll`, and renames as Quay ships them.
    public static RealQuay forStories() {
        return started(
                "--fresh",
                "--superusers",
                "svc-root,svc-quay-auditor," + UNUSED_SUPERUSER,
                "--image",
                "acme/nightly:v0.1",
                "--image",
                "payroll/slips:v1");
    }

    /// With options of `scripts/real-quay up`; restarted unless it runs with them already.
    public static synchronized RealQuay started(String... options) {
        List<String> wanted = List.of(options);
        if (!wanted.equals(running)) {
            running = null;
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    SCRIPT.toString(),
                                    "up",
                                    "--home",
                                    HOME.toString(),
                                    "--issuer",
                                    issuer()));
            command.addAll(wanted);
            run(command);
            running = wanted;
        }
        try {
            return new RealQuay(
                    Files.readString(HOME.resolve("url")).strip(),
                    JSON.readTree(Files.readString(HOME.resolve("first-user.json")))
                            .path("access_token")
                            .asText());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(List<String> command) {
        try {
            Path output = HOME.resolve("restart.log");
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            if (!process.waitFor(15, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new AssertionError(command + ": " + Files.readString(output));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// Where it looks for our keys.
    public static int issuerPort() {
        return ISSUER_PORT;
    }

    public static String issuer() {
        return "http://127.0.0.1:" + ISSUER_PORT + "/quay";
    }

    public String url() {
        return url;
    }

    /// An OAuth token of the superuser quayadmin, with all scopes.
    public String administrator() {
        return administrator;
    }

    /// What Quay answers to its superuser.
    public HttpResponse<String> send(String method, String path, @Nullable String body) {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create(url + path))
                            .header("Authorization", "Bearer " + administrator)
                            .header("Content-Type", "application/json")
                            .header("User-Agent", AGENT)
                            .method(
                                    method,
                                    body == null
                                            ? HttpRequest.BodyPublishers.noBody()
                                            : HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// The same, which must succeed.
    public JsonNode call(String method, String path, @Nullable String body) {
        HttpResponse<String> answer = send(method, path, body);
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError(
                    method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        }
        try {
            return JSON.readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw new AssertionError(answer.body(), e);
        }
    }

    /// What the action log of an organization says, oldest first: kind and performer.
    public List<String> log(String organization) {
        List<String> log = new ArrayList<>();
        String page = "";
        do {
            JsonNode answer =
                    call("GET", "/api/v1/organization/" + organization + "/logs" + page, null);
            for (JsonNode entry : answer.path("logs")) {
                log.add(
                        entry.path("kind").asText()
                                + " "
                                + entry.path("performer").path("name").asText());
            }
            page = answer.path("next_page").asText("");
            page = page.isEmpty() ? "" : "?next_page=" + page;
        } while (!page.isEmpty());
        Collections.reverse(log);
        return log;
    }

    /// Which requests of others than [#send] reached it, oldest first: `GET /api/v1/user/ 200` and
    /// the client's name.
    public List<String> requests() {
        List<String> requests = new ArrayList<>();
        try (Stream<String> lines = Files.lines(HOME.resolve("access.log"))) {
            lines.forEach(line -> {
                String[] quoted = line.split("\"", -1);
                String agent = quoted[5];
                if (!agent.equals(AGENT)) {
                    requests.add(
                            quoted[1].replace(" HTTP/1.1", "")
                                    + quoted[2].substring(0, 4)
                                    + " "
                                    + agent);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return requests;
    }

    /// Adds a line to what the run prints at its end.
    public static void report(String mode, String organization, List<String> log) {
        List<String> counted = new ArrayList<>();
        for (String entry : log.stream().distinct().toList()) {
            long count = log.stream().filter(entry::equals).count();
            counted.add(count == 1 ? entry : entry + " x" + count);
        }
        report("action-log", mode, organization, String.join(", ", counted));
    }

    /// What `pdp quay doctor` found, as a line of what the run prints at its end.
    public static void reportFindings(String quay, List<String> findings) {
        report("findings", quay, String.join(", ", findings));
    }

    private static void report(String table, String... cells) {
        try {
            Files.writeString(
                    HOME.resolve(table),
                    String.join("\t", cells) + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
