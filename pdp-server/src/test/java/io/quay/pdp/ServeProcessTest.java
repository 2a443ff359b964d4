package io.quay.pdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.cli.RunningServer;
import io.quay.pdp.store.StoredDecisions;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(180)
final class ServeProcessTest {
    private static final String ALLOWED =
            """
            {"request": {"method": "GET", "target": "/api/v1/repository/acme/web"},
             "subject": {"type": "Quay::ServiceAccount", "id": "svc-terraform"}}
            """;

    @TempDir private Path directory;

    @BeforeEach
    void copyPolicies() {
        PolicySets.copy("acme", directory);
    }

    private record Port(int port) implements RunningServer {
        @Override
        public void close() {}
    }

    private TestServer client(int port) throws IOException {
        String token =
                TestServer.JSON
                        .readTree(Files.readString(directory.resolve("data/pep.json")))
                        .path("token")
                        .asText();
        return new TestServer(directory, new Port(port), token);
    }

    @ParameterizedTest(name = "after {0} answers")
    @ValueSource(ints = {1, 1_000})
    void killedMidLoadItHasLostNoDecisionThatItAnswered(int answers) throws Exception {
        Set<String> answered = ConcurrentHashMap.newKeySet();
        try (ServeProcess serve = serve("127.0.0.1:0");
                TestServer client = client(serve.port())) {
            AtomicBoolean killed = new AtomicBoolean();
            try (ExecutorService clients = Executors.newFixedThreadPool(32)) {
                for (int i = 0; i < 32; i++) {
                    clients.execute(() -> askUntilKilled(client, answered, killed));
                }
                while (answered.size() < answers) {
                    Thread.onSpinWait();
                }
                serve.process().destroyForcibly();
                killed.set(true);
            }
            assertThat(serve.exitCode()).as("killed, not ended").isEqualTo(128 + 9);
        }
        Set<String> kept =
                StoredDecisions.read(directory.resolve("data/pdp.db")).stream()
                        .map(DecisionRecord::id)
                        .collect(Collectors.toSet());
        assertThat(answered).hasSizeGreaterThanOrEqualTo(answers);
        assertThat(kept).containsAll(answered);
    }

    private static void askUntilKilled(
            TestServer client, Set<String> answered, AtomicBoolean killed) {
        while (!killed.get()) {
            try {
                answered.add(client.post("/authorize", ALLOWED).context().path("id").asText());
            } catch (UncheckedIOException e) {
                return;
            }
        }
    }

    private ServeProcess serve(String listen) throws IOException {
        return ServeProcess.start(directory, ServeProcess.serve(directory, listen));
    }

    @Test
    void askedToStopItAnswersWhatItHasBegunAndExitsWithZero() throws Exception {
        try (ServeProcess serve = serve("127.0.0.1:0");
                TestServer client = client(serve.port())) {
            try (Socket begun =
                    new Socket(InetAddress.getLoopbackAddress(), client.server().port())) {
                begun.setSoTimeout(30_000);
                OutputStream out = begun.getOutputStream();
                out.write(
                        """
                        POST /authorize HTTP/1.1\r
                        Host: pdp\r
                        Authorization: Bearer %s\r
                        Content-Type: application/json\r
                        Content-Length: %d\r
                        \r
                        """
                                .formatted(client.token(), ALLOWED.length())
                                .getBytes(StandardCharsets.US_ASCII));
                out.write(ALLOWED.getBytes(StandardCharsets.US_ASCII), 0, 10);
                out.flush();
                client.get("/livez"); // what came before has been taken up
                serve.terminate();
                waitUntilRefused(client.server().port());
                out.write(ALLOWED.getBytes(StandardCharsets.US_ASCII), 10, ALLOWED.length() - 10);
                out.flush();
                assertThat(
                                new String(
                                        begun.getInputStream().readAllBytes(),
                                        StandardCharsets.UTF_8))
                        .startsWith("HTTP/1.1 200")
                        .contains("{\"decision\":true");
            }
            assertThat(serve.exitCode()).isZero();
            assertThat(serve.output().readLine()).as("standard output after the line").isNull();
            assertThat(serve.errorText()).doesNotContain("\"level\":\"ERROR\"");
            assertThat(serve.errorText().lines()).allMatch(line -> line.startsWith("{"));
        }
        assertThat(StoredDecisions.read(directory.resolve("data/pdp.db"))).hasSize(1);
    }

    private static void waitUntilRefused(int port) {
        boolean open = true;
        while (open) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                Thread.onSpinWait();
            } catch (IOException _) {
                open = false;
            }
        }
    }

    @Test
    void askedToStopUnderLoadItBreaksNoAnswer() throws Exception {
        Set<String> answered = ConcurrentHashMap.newKeySet();
        AtomicInteger otherStatus = new AtomicInteger();
        try (ServeProcess serve = serve("127.0.0.1:0");
                TestServer client = client(serve.port())) {
            try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
                for (int i = 0; i < 8; i++) {
                    clients.execute(() -> {
                        try {
                            while (true) {
                                var answer = client.post("/authorize", ALLOWED);
                                if (answer.status() == 200) {
                                    answered.add(answer.context().path("id").asText());
                                } else if (answer.status() != 503) {
                                    otherStatus.incrementAndGet();
                                }
                            }
                        } catch (UncheckedIOException e) {
                            // refused, as it should be
                        }
                    });
                }
                while (answered.size() < 100) {
                    Thread.onSpinWait();
                }
                serve.terminate();
                assertThat(serve.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(serve.exitCode()).isZero();
        }
        assertThat(otherStatus).hasValue(0);
        assertThat(
                        StoredDecisions.read(directory.resolve("data/pdp.db")).stream()
                                .map(DecisionRecord::id)
                                .toList())
                .containsAll(answered);
    }

    private void assertRefused(List<String> arguments, int exitCode, String... errors)
            throws Exception {
        try (ServeProcess serve = ServeProcess.start(directory, arguments)) {
            assertThat(serve.exitCode()).as(serve.errorText()).isEqualTo(exitCode);
            assertThat(serve.output().readLine()).isNull();
            assertThat(serve.errorText()).contains(errors).doesNotContain("\tat ");
            assertThat(serve.errorText().lines().filter(line -> line.startsWith("error: ")).count())
                    .isGreaterThanOrEqualTo(errors.length);
        }
    }

    @Test
    void exitsWithThreeAndAllErrorsOfBrokenPolicies() throws Exception {
        Files.writeString(directory.resolve("policies/access/broken.cedar"), "permit (principal");
        Files.writeString(directory.resolve("policies/entities.json"), "{");
        assertRefused(
                ServeProcess.serve(directory, "127.0.0.1:0"),
                3,
                "error: access/broken.cedar:1",
                "error: entities.json");
    }

    @Test
    void exitsWithFiveWhenThePortIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            assertRefused(
                    ServeProcess.serve(directory, address),
                    5,
                    "error: cannot listen on " + address);
        }
    }

    @Test
    void exitsWithFiveWhenAnotherProcessHasTheDataDirectory() throws Exception {
        try (TestServer _ = TestServer.start(directory)) {
            assertRefused(ServeProcess.serve(directory, "127.0.0.1:0"), 5, "is in use by process");
        }
    }

    @Test
    void exitsWithTwoForABadConfiguration() throws Exception {
        Path config = Files.writeString(directory.resolve("bad.yaml"), "servre: {}\nx: 1\n");
        assertRefused(
                List.of("serve", "--config", config.toString(), "--listen", "nowhere"),
                2,
                "servre",
                "--listen");
    }
}
