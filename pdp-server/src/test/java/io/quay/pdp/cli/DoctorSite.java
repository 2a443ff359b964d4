package io.quay.pdp.cli;

import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.standin.StandIn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A server whose keys a stand-in for Quay fetches, and runs of `pdp quay doctor` beside it. For
/// one thread.
final class DoctorSite implements AutoCloseable {
    /// The section `quay`, but for the address.
    static final String OWN = "quay:\n  audience: quay\n";

    private static final Path CATALOG = PolicySets.SCHEMA.resolve("management-api.json");

    /// What this machine, where all is on the loopback address, cannot have otherwise.
    private static final List<String> ALWAYS = List.of("issuer_http_loopback");

    private final Path directory;
    private final TestServer server;
    private final Catalog catalog = Catalog.read(CATALOG);
    private @Nullable StandIn quay;

    private DoctorSite(Path directory, TestServer server) {
        this.directory = directory;
        this.server = server;
    }

    static DoctorSite start(Path directory) {
        return new DoctorSite(
                directory, TestServer.start(directory, "quay: {audience: quay}", Map.of()));
    }

    /// On a port where a real Quay looks for it.
    static DoctorSite start(Path directory, int port) {
        return new DoctorSite(
                directory,
                TestServer.start(
                        directory,
                        "quay: {audience: quay}",
                        Map.of("PDP_SERVER_LISTEN", "127.0.0.1:" + port)));
    }

    StandIn quay() {
        return Objects.requireNonNull(quay, "no Quay was started");
    }

    String issuer() {
        return "http://127.0.0.1:" + server.server().port() + "/quay";
    }

    void startQuay() throws IOException {
        startQuay(issuer());
    }

    void startQuay(String issuer) throws IOException {
        startQuay(issuer, "quayadmin");
    }

    /// In the place of one that was started before.
    void startQuay(String issuer, String... superusers) throws IOException {
        begin(issuer, superusers);
        catalog.operations()
                .forEach(each -> quay().faults().operation(each.method(), each.template()));
    }

    /// Without one operation of the catalog.
    void startQuayWithout(String method, String template) throws IOException {
        begin(issuer(), "quayadmin");
        catalog.operations().stream()
                .filter(each -> !each.method().equals(method) || !each.template().equals(template))
                .forEach(each -> quay().faults().operation(each.method(), each.template()));
    }

    private void begin(String issuer, String... superusers) throws IOException {
        if (quay != null) {
            quay.close();
        }
        quay = StandIn.start(0, issuer, "quay", List.of(superusers), Clock.systemUTC());
    }

    /// With an ordinary account, and without what a Quay that shows nothing cannot tell.
    CommandRun doctor(String... more) {
        return run(
                OWN,
                DoctorCommandTest.both(
                        DoctorCommandTest.both(List.of(more), "--account", "svc-terraform"),
                        "--accept",
                        "superuser_list"));
    }

    /// The same, with sight of Quay's settings.
    CommandRun asSuperuser(String... more) throws IOException {
        return run(OWN, DoctorCommandTest.both(withSuperuser(), more));
    }

    List<String> withSuperuser() throws IOException {
        Path file = Files.writeString(directory.resolve("look.token"), quay().administrator());
        return List.of("--account", "svc-terraform", "--credential", file.toString());
    }

    /// With a privileged account.
    CommandRun asPrivileged(String... more) {
        return run(
                OWN + "  rights: superuser\n  superusers: [svc-ci]\n",
                DoctorCommandTest.both(
                        List.of(more), "--account", "svc-terraform", "--accept", "superuser_list"));
    }

    CommandRun enrolling(String token) throws IOException {
        Path file = Files.writeString(directory.resolve("enrol.token"), token);
        return run(
                OWN + "  rights: enrol\n  credential_file: " + file + "\n",
                List.of("--account", "svc-terraform", "--accept", "superuser_list"));
    }

    /// With a token that all accounts share.
    CommandRun shared() throws IOException {
        Path file = Files.writeString(directory.resolve("one.token"), quay().administrator());
        return run(
                "quay:\n  execute: oauth_token\n  application: {organization: tokens}\n"
                        + "  credential_file: "
                        + file
                        + "\n",
                List.of("--accept", "superuser_list"));
    }

    /// An OAuth token that is good, and no superuser's.
    String ordinaryToken() {
        String token = "plain";
        try {
            call("POST", "/api/v1/organization/", "{\"name\": \"tokens\"}");
            String client =
                    TestServer.JSON
                            .readTree(
                                    call(
                                            "POST",
                                            "/api/v1/organization/tokens/applications",
                                            "{\"name\": \"one\"}"))
                            .path("client_id")
                            .asText();
            token =
                    TestServer.JSON
                            .readTree(
                                    call(
                                            "POST",
                                            "/api/v1/organization/tokens/applications/"
                                                    + client
                                                    + "/tokens",
                                            "{\"name\": \"one\", \"scope\": \"user:read\"}"))
                            .path("token")
                            .asText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return token;
    }

    private String call(String method, String path, String body) throws IOException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(quay().url() + path))
                                    .header("Authorization", "Bearer " + quay().administrator())
                                    .method(method, HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// In JSON.
    CommandRun run(String section, List<String> arguments) {
        return run(quay().url(), section, DoctorCommandTest.both(arguments, "--format", "json"));
    }

    /// As text.
    CommandRun text(String... arguments) {
        return run(quay().url(), OWN, List.of(arguments));
    }

    CommandRun at(String url, String... arguments) {
        return run(url, OWN, List.of(arguments));
    }

    CommandRun run(String url, String section, List<String> arguments) {
        String yaml =
                """
                server: {issuer: "http://127.0.0.1:%d"}
                storage: {url: "sqlite:%s/data/pdp.db"}
                policies: {directory: "%s/policies"}
                schema: {directory: "%s"}
                %s  base_url: %s
                """
                        .formatted(
                                server.server().port(),
                                directory,
                                directory,
                                PolicySets.SCHEMA,
                                section,
                                url);
        List<String> all = new ArrayList<>(List.of("quay", "doctor", "--config"));
        try {
            all.add(Files.writeString(directory.resolve("doctor.yaml"), yaml).toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ALWAYS.forEach(id -> all.addAll(List.of("--accept", id)));
        all.addAll(arguments);
        return CommandRun.of(all.toArray(String[]::new));
    }

    static String page() throws IOException {
        return Files.readString(PolicySets.REPOSITORY.resolve("docs/quay-execution.md"));
    }

    @Override
    public void close() {
        server.close();
    }
}
