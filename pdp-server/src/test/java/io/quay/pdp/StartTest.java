package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.cli.StartFailure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class StartTest {
    @TempDir private Path directory;

    /// A failed start must leave nothing behind that holds the data directory or the process.
    private void assertLeftNothing() {
        try (TestServer server = TestServer.start(directory)) {
            assertThat(server.get("/livez").status()).isEqualTo(200);
        }
        assertThat(lingering()).isEmpty();
    }

    private static Set<String> lingering() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.isDaemon() && thread.isAlive())
                .map(Thread::getName)
                .filter(name -> name.startsWith("decision-log") || name.contains("Jetty"))
                .collect(Collectors.toSet());
    }

    @Test
    void refusesBrokenPoliciesWithAllThatIsWrong() throws IOException {
        Path policies = PolicySets.copy("acme", directory);
        Files.writeString(policies.resolve("access/broken.cedar"), "permit (principal");
        Files.writeString(policies.resolve("accounts.yaml"), "service_accounts: [{name: 5x}]");
        assertThatThrownBy(() -> TestServer.start(directory))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("access/broken.cedar")
                .hasMessageContaining("accounts.yaml");
        assertThat(directory.resolve("data")).doesNotExist();
        Files.delete(policies.resolve("access/broken.cedar"));
        Files.delete(policies.resolve("accounts.yaml"));
        assertLeftNothing();
    }

    @Test
    void refusesASchemaDirectoryThatIsMissing() {
        assertThatThrownBy(() ->
                        TestServer.start(
                                directory,
                                "{}",
                                Map.of(
                                        "PDP_SCHEMA_DIRECTORY",
                                        directory.resolve("none").toString())))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("schema directory");
        assertLeftNothing();
    }

    @Test
    void refusesACatalogThatIsBroken() throws IOException {
        Path schema = Files.createDirectory(directory.resolve("schema"));
        Files.copy(
                PolicySets.SCHEMA.resolve("quay.cedarschema"), schema.resolve("quay.cedarschema"));
        for (String catalog : new String[] {"", "{", "{}", "{\"operations\": [1]}"}) {
            Files.writeString(schema.resolve("management-api.json"), catalog);
            assertThatThrownBy(() ->
                            TestServer.start(
                                    directory,
                                    "{}",
                                    Map.of("PDP_SCHEMA_DIRECTORY", schema.toString())))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("management-api.json");
        }
        assertLeftNothing();
    }

    @Test
    void refusesAPortInUseAndGivesAllElseBack() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            assertThatThrownBy(() ->
                            TestServer.start(directory, "{}", Map.of("PDP_SERVER_LISTEN", address)))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("cannot listen on " + address)
                    .hasMessageContaining("in use");
            assertThat(lingering()).isEmpty();
        }
        assertLeftNothing();
    }

    @Test
    void refusesAnAddressThatIsNotItsOwn() {
        for (String address : new String[] {"192.0.2.1:0", "no-such-host.invalid:0"}) {
            assertThatThrownBy(() ->
                            TestServer.start(directory, "{}", Map.of("PDP_SERVER_LISTEN", address)))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("cannot listen on " + address);
        }
        assertLeftNothing();
    }

    @Test
    void refusesADataDirectoryThatIsInUse() {
        try (TestServer first = TestServer.start(directory)) {
            assertThatThrownBy(() -> TestServer.start(directory))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("in use");
            assertThat(first.get("/readyz").status()).isEqualTo(200);
        }
        assertLeftNothing();
    }

    @Test
    void refusesAFileThatIsNoDatabase() throws IOException {
        Files.createDirectories(directory.resolve("data"));
        Files.writeString(directory.resolve("data/pdp.db"), "x".repeat(10_000));
        assertThatThrownBy(() -> TestServer.start(directory))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("pdp.db");
        assertThat(directory.resolve("data/pep.json")).doesNotExist();
        Files.delete(directory.resolve("data/pdp.db"));
        assertLeftNothing();
    }

    @Test
    void refusesACredentialFileThatHoldsNone() throws IOException {
        Files.createDirectories(directory.resolve("data"));
        Files.writeString(directory.resolve("data/pep.json"), "{}");
        assertThatThrownBy(() -> TestServer.start(directory))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("pep.json");
        Files.delete(directory.resolve("data/pep.json"));
        assertLeftNothing();
    }

    @Test
    void listensOnIpv6() throws IOException {
        try (TestServer server =
                        TestServer.start(directory, "{}", Map.of("PDP_SERVER_LISTEN", "[::1]:0"));
                Socket socket = new Socket(InetAddress.ofLiteral("::1"), server.server().port())) {
            socket.getOutputStream()
                    .write(
                            "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void endsTwiceWithoutHarm() {
        TestServer server = TestServer.start(directory);
        server.close();
        server.close();
        assertThat(lingering()).isEmpty();
    }
}
