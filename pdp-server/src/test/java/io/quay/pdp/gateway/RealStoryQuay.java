package io.quay.pdp.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.TestServer;
import io.quay.pdp.standin.RealQuay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A real Quay as that of a story: what earlier stories left is taken away first. For one thread.
final class RealStoryQuay implements StoryQuay {
    private static final List<String> KEPT = List.of("acme", "payroll");
    private static final String HOME = "/api/v1/organization/";

    private static @Nullable Map<String, byte[]> accounts;
    private static int stories;

    private final RealQuay quay;
    private final String mode;
    private final int requestsBefore;
    private final Map<String, Integer> before = new HashMap<>();

    /// The last that was seen of each organization's log.
    private final Map<String, List<String>> logs = new TreeMap<>();

    private RealStoryQuay(RealQuay quay, String mode, int requestsBefore) {
        this.quay = quay;
        this.mode = mode;
        this.requestsBefore = requestsBefore;
    }

    /// @param mode how the report calls it
    static RealStoryQuay start(String mode) {
        RealQuay quay = RealQuay.forStories();
        stories++;
        KEPT.forEach(organization -> tidy(quay, organization));
        RealStoryQuay story = new RealStoryQuay(quay, mode, quay.requests().size());
        KEPT.forEach(name -> story.before.put(name, quay.log(name).size()));
        return story;
    }

    private static void tidy(RealQuay quay, String organization) {
        String home = HOME + organization;
        for (JsonNode team : quay.call("GET", home, null).path("teams")) {
            String name = team.path("name").asText();
            if (!name.equals("owners")) {
                quay.call("DELETE", home + "/team/" + name, null);
            }
        }
        for (JsonNode robot : quay.call("GET", home + "/robots?token=false", null).path("robots")) {
            String name = robot.path("name").asText();
            quay.call("DELETE", home + "/robots/" + name.substring(name.indexOf('+') + 1), null);
        }
        for (JsonNode repository :
                quay.call("GET", "/api/v1/repository?namespace=" + organization, null)
                        .path("repositories")) {
            String name = repository.path("name").asText();
            if (name.startsWith("app")) {
                quay.call("DELETE", "/api/v1/repository/" + organization + "/" + name, null);
            }
        }
    }

    @Override
    public String url() {
        return quay.url();
    }

    @Override
    public String administrator() {
        return quay.administrator();
    }

    @Override
    public int issuerPort() {
        return RealQuay.issuerPort();
    }

    /// A server's data as it was after its first start.
    @Override
    public void sameAccounts(Path directory) throws IOException {
        if (accounts == null) {
            TestServer.start(directory, "quay: {audience: quay}", Map.of()).close();
            accounts = files(directory.resolve("data"));
        } else {
            Path data = Files.createDirectory(directory.resolve("data"));
            for (Map.Entry<String, byte[]> file : accounts.entrySet()) {
                Files.write(data.resolve(file.getKey()), file.getValue());
            }
        }
    }

    private static Map<String, byte[]> files(Path directory) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        try (Stream<Path> list = Files.list(directory)) {
            for (Path path : list.filter(Files::isRegularFile).toList()) {
                files.put(path.getFileName().toString(), Files.readAllBytes(path));
            }
        }
        return files;
    }

    @Override
    public void trust(String issuer) {
        if (!issuer.equals(RealQuay.issuer())) {
            throw new AssertionError("this Quay was started for " + RealQuay.issuer());
        }
    }

    @Override
    public String unused(String name) {
        return name + stories;
    }

    @Override
    public String application(String organization) {
        quay.call(
                "POST",
                HOME,
                "{\"name\": \"%s\", \"email\": \"%s@example.com\"}"
                        .formatted(organization, organization));
        return quay.call("POST", HOME + organization + "/applications", "{\"name\": \"quay-pdp\"}")
                .path("client_id")
                .asText();
    }

    @Override
    public List<String> tokensOf(String organization, String client) {
        return quay.call("GET", HOME + organization + "/applications/" + client + "/tokens", null)
                .path("tokens")
                .valueStream()
                .map(token -> token.path("name").asText())
                .toList();
    }

    @Override
    public List<String> log(String organization) {
        List<String> all = quay.log(organization);
        List<String> log = all.subList(before.getOrDefault(organization, 0), all.size());
        logs.put(organization, log);
        return log;
    }

    private List<String> sinceBegin() {
        List<String> all = quay.requests();
        return all.subList(requestsBefore, all.size());
    }

    @Override
    public List<Executed> executed() {
        return sinceBegin().stream()
                .map(line -> line.split(" ", 4))
                .filter(parts -> parts[3].equals(StoryBed.AGENT))
                .map(parts ->
                        new Executed(parts[0] + " " + parts[1], Integer.parseInt(parts[2]), null))
                .toList();
    }

    @Override
    public int requests() {
        return sinceBegin().size();
    }

    @Override
    public @Nullable Integer fetches() {
        return null;
    }

    @Override
    public int people(String method, String path, @Nullable String body) {
        return quay.send(method, path, body).statusCode();
    }

    @Override
    public void close() {
        logs.forEach((organization, log) ->
                RealQuay.report(mode, organization.replaceFirst(stories + "$", ""), log));
    }
}
