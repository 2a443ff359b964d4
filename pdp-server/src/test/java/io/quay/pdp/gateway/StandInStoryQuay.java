package io.quay.pdp.gateway;

import io.quay.pdp.standin.StandIn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The stand-in as the Quay of a story.
record StandInStoryQuay(StandIn quay) implements StoryQuay {
    private static final String CLIENT = "A1B2C3D4E5F6";

    static StandInStoryQuay start() throws IOException {
        StandIn quay =
                StandIn.start(
                        0, "-", "quay", List.of("quayadmin", StoryBed.AUDITOR), Clock.systemUTC());
        quay.push("acme/nightly:v0.1");
        quay.push("payroll/slips:v1");
        return new StandInStoryQuay(quay);
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
        return 0;
    }

    @Override
    public void sameAccounts(Path directory) {}

    @Override
    public void trust(String issuer) {
        quay.trust(issuer);
    }

    @Override
    public String unused(String name) {
        return name;
    }

    @Override
    public String application(String organization) {
        quay.push(organization + "/none:v1");
        quay.application(organization, CLIENT);
        return CLIENT;
    }

    @Override
    public List<String> tokensOf(String organization, String client) {
        return quay.tokensOf(client);
    }

    @Override
    public List<String> log(String organization) {
        return quay.log(organization);
    }

    @Override
    public List<Executed> executed() {
        return quay.seen().stream()
                .filter(seen -> !seen.target().equals("/api/v1/user/"))
                .map(seen ->
                        new Executed(
                                seen.method() + " " + seen.target(), seen.status(), seen.user()))
                .toList();
    }

    @Override
    public int requests() {
        return quay.seen().size();
    }

    @Override
    public Integer fetches() {
        return quay.fetches();
    }

    @Override
    public int people(String method, String path, @Nullable String body) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(quay.url() + path))
                                    .header("Authorization", "Bearer " + quay.administrator())
                                    .header("Content-Type", "application/json")
                                    .method(
                                            method,
                                            body == null
                                                    ? HttpRequest.BodyPublishers.noBody()
                                                    : HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        quay.close();
    }
}
