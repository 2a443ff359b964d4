import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// A server of ours, an issuer, and one client that exchanges a sound token again and again while another
/// sends, at a fixed pace, nothing, tokens that an unpublished key signed under the published `kid`, or
/// tokens of the same size each with a `kid` of its own. The three take turns, so that what else the
/// machine does falls on all of them.
final class UnknownKids {
    private static final String AUDIENCE = "https://pdp.example.com";
    private static final int TOKENS = 10_000;
    private static final int SECONDS = 4;
    private static final int PACE = 250; // a second, or as many as the server answers
    private static final int WARM_UP = 3_000;

    enum Company {
        NOBODY,
        FORGED,
        RANDOM_KID
    }

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicInteger loads = new AtomicInteger();
    private final AtomicInteger sent = new AtomicInteger();
    private final Map<Company, List<Long>> nanos = new EnumMap<>(Company.class);
    private final ECKey key;
    private final ECKey unpublished;
    private String issuer = "";
    private URI endpoint = URI.create("http://127.0.0.1");

    private UnknownKids() throws JOSEException {
        key = new ECKeyGenerator(Curve.P_256).keyID("published").generate();
        unpublished = new ECKeyGenerator(Curve.P_256).keyID("published").generate();
    }

    public static void main(String[] args) throws Exception {
        new UnknownKids().run(Path.of(args[0]), Path.of(args[1]));
    }

    private void run(Path root, Path work) throws Exception {
        HttpServer keys = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] set = new JWKSet(key).toString(true).getBytes(StandardCharsets.UTF_8);
        keys.createContext("/keys", exchange -> {
            loads.incrementAndGet();
            try (exchange) {
                exchange.sendResponseHeaders(200, set.length);
                exchange.getResponseBody().write(set);
            }
        });
        keys.start();
        issuer = "http://127.0.0.1:" + keys.getAddress().getPort();
        Process server = start(root, work);
        try {
            String sound = token(key, "published");
            for (int i = 0; i < WARM_UP; i++) {
                exchange(sound, 200);
            }
            for (int i = 0; i < WARM_UP; i++) {
                exchange(disturbance(i % 2 == 0 ? Company.FORGED : Company.RANDOM_KID), 400);
            }
            Instant begin = Instant.now();
            sent.set(0);
            loads.set(0);
            while (sent.get() < TOKENS) {
                for (Company company : Company.values()) {
                    measure(company, sound);
                }
            }
            print(Duration.between(begin, Instant.now()).toSeconds());
        } finally {
            server.destroy();
            server.waitFor(20, TimeUnit.SECONDS);
            keys.stop(0);
        }
    }

    private Process start(Path root, Path work) throws IOException, InterruptedException {
        Path policies = work.resolve("policies");
        try (Stream<Path> files = Files.walk(root.resolve("policies"))) {
            for (Path file : files.toList()) {
                Files.copy(file, policies.resolve(root.resolve("policies").relativize(file)));
            }
        }
        Files.writeString(
                policies.resolve("issuers.yaml"),
                "  - {name: bench, kind: oidc, issuer: '%s', audience: '%s', keys: {jwks_uri: '%s/keys'}, allow_private_addresses: true}%n"
                        .formatted(issuer, AUDIENCE, issuer),
                StandardOpenOption.APPEND);
        Files.writeString(
                policies.resolve("trust/bench.cedar"),
                """
                @id("bench")
                permit (principal is Workload::Oidc, action == Pdp::Action::"assume", resource == Quay::ServiceAccount::"svc-ci")
                when { principal.issuer == "bench" && principal.subject == "bench" };
                """);
        Process server =
                new ProcessBuilder(
                                root.resolve("scripts/pdp").toString(), "serve", "--listen", "127.0.0.1:0",
                                "--data", work.resolve("data").toString(), "--policies", policies.toString(),
                                "--schema", root.resolve("schema").toString())
                        .redirectError(work.resolve("pdp.err").toFile())
                        .start();
        String line = server.inputReader().readLine();
        if (line == null) {
            throw new IllegalStateException(Files.readString(work.resolve("pdp.err")));
        }
        endpoint = URI.create(line.substring("listening on ".length()) + "/oauth2/token");
        return server;
    }

    private void measure(Company company, String sound) throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        Thread other = Thread.ofPlatform().start(() -> disturb(company, over));
        List<Long> times = nanos.computeIfAbsent(company, _ -> new ArrayList<>());
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (System.nanoTime() < end) {
            long begin = System.nanoTime();
            exchange(sound, 200);
            times.add(System.nanoTime() - begin);
            // paced as well: a client that asks as fast as it can measures only itself
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(4));
        }
        over.set(true);
        other.join();
    }

    private void disturb(Company company, AtomicBoolean over) {
        if (company == Company.NOBODY) {
            return;
        }
        long next = System.nanoTime();
        while (!over.get()) {
            exchange(disturbance(company), 400);
            if (company == Company.RANDOM_KID) {
                sent.incrementAndGet();
            }
            next += TimeUnit.SECONDS.toNanos(1) / PACE;
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private String disturbance(Company company) {
        return token(unpublished, company == Company.RANDOM_KID ? UUID.randomUUID().toString() : "published");
    }

    private String token(ECKey signer, String kid) {
        long now = Instant.now().getEpochSecond();
        try {
            JWSObject token =
                    new JWSObject(
                            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(kid).build(),
                            new Payload(Map.of(
                                    "iss", issuer, "sub", "bench", "aud", AUDIENCE,
                                    "iat", now, "exp", now + 3_000, "jti", UUID.randomUUID().toString())));
            token.sign(new ECDSASigner(signer));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private void exchange(String token, int expected) {
        String form =
                "grant_type=" + encoded("urn:ietf:params:oauth:grant-type:token-exchange")
                        + "&subject_token_type=" + encoded("urn:ietf:params:oauth:token-type:jwt")
                        + "&client_id=svc-ci&subject_token=" + token;
        HttpRequest request =
                HttpRequest.newBuilder(endpoint)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build();
        try {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != expected) {
                throw new IllegalStateException(answer.statusCode() + ": " + answer.body());
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private void print(long seconds) {
        System.out.println("| beside the sound exchanges | exchanges | p50 | p90 | p50 against forged signatures |");
        System.out.println("|---|---|---|---|---|");
        double forged = percentile(Company.FORGED, 50);
        for (Company company : Company.values()) {
            System.out.printf(
                    "| %s | %,d | %.2f ms | %.2f ms | %.2f |%n",
                    switch (company) {
                        case NOBODY -> "nothing";
                        case FORGED -> PACE + " tokens a second, known `kid`, forged";
                        case RANDOM_KID -> PACE + " tokens a second, random `kid`";
                    },
                    nanos.getOrDefault(company, List.of()).size(),
                    percentile(company, 50),
                    percentile(company, 90),
                    percentile(company, 50) / forged);
        }
        System.out.printf(
                "%n%,d tokens with a random `kid`; keys loaded %d times in %d s.%n", sent.get(), loads.get(), seconds);
    }

    private double percentile(Company company, int percent) {
        List<Long> sorted = nanos.getOrDefault(company, List.of()).stream().sorted().toList();
        return sorted.get(sorted.size() * percent / 100) / 1e6;
    }
}
