package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer;
import io.quay.pdp.TestServer.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random damage to valid requests: whatever comes out of it is answered as the contract says.
final class MutatedRequestsTest {
    private static final int TRIES = 2_500;
    private static final List<String> FRAGMENTS =
            List.of(
                    "null",
                    "true",
                    "{}",
                    "[]",
                    "\"\"",
                    "-1",
                    "1e999",
                    "\\u0000",
                    "\\ud800",
                    "\"",
                    "{",
                    "}",
                    "[",
                    "]",
                    ":",
                    ",",
                    "\\",
                    "::",
                    "../",
                    "%2f",
                    "/",
                    "\u0000",
                    "\u2028",
                    "{\"__entity\":{\"type\":\"Quay::ServiceAccount\",\"id\":\"svc-terraform\"}}",
                    "{\"__extn\":{\"fn\":\"ip\",\"arg\":\"x\"}}",
                    "99999999999999999999",
                    "Quay::");

    @TempDir private static Path directory;
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void assertSound(Answer answer, String sent) {
        assertThat(answer.status()).as(sent + "\n" + answer.body()).isIn(200, 400, 413);
        assertThat(answer.body()).doesNotContain("Exception", "\tat ");
        if (answer.status() == 200) {
            assertThat(answer.json().path("decision").isBoolean()).isTrue();
            assertThat(answer.cause()).as(sent).isNotEqualTo("evaluation_error");
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 0})
    void neverFailsWhateverIsDoneToARequestThatIsAllowed(long fixed) {
        Random random = seeded(fixed);
        int decided = 0;
        for (int i = 0; i < TRIES; i++) {
            boolean authzen = random.nextBoolean();
            byte[] body = damaged(authzen ? Asking.AUTHZEN : Asking.NATIVE, random);
            Answer answer =
                    server.post(
                            authzen && random.nextBoolean()
                                    ? "/access/v1/evaluation"
                                    : "/authorize",
                            body);
            assertSound(answer, new String(body, StandardCharsets.UTF_8));
            decided += answer.status() == 200 ? 1 : 0;
        }
        assertThat(decided).as("reached a decision").isBetween(TRIES / 20, TRIES - TRIES / 20);
    }

    /// Nothing in the policies lets this account do anything, so nothing but another name can.
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {2, 0})
    void neverAllowsWhatNoPolicyPermits(long fixed) {
        Random random = seeded(fixed);
        for (int i = 0; i < TRIES; i++) {
            String valid = random.nextBoolean() ? Asking.AUTHZEN : Asking.NATIVE;
            byte[] body = damaged(valid.replace("svc-terraform", "svc-off"), random);
            Answer answer = server.post("/authorize", body);
            String sent = new String(body, StandardCharsets.UTF_8);
            if (!sent.contains("svc-terraform")) {
                assertThat(answer.body()).as(sent).doesNotContain("\"decision\":true");
            }
        }
    }

    private static Random seeded(long fixed) {
        long seed = fixed == 0 ? System.nanoTime() : fixed;
        System.out.println("seed " + seed);
        return new Random(seed);
    }

    private static byte[] damaged(String valid, Random random) {
        StringBuilder text = new StringBuilder(valid);
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times; i++) {
            int at = random.nextInt(text.length());
            int end = Math.min(text.length(), at + 1 + random.nextInt(8));
            String fragment = FRAGMENTS.get(random.nextInt(FRAGMENTS.size()));
            switch (random.nextInt(6)) {
                case 0 -> text.delete(at, end);
                case 1 -> text.insert(at, fragment);
                case 2 -> text.replace(at, end, fragment);
                case 3 -> text.insert(at, text.substring(at, end));
                case 4 -> text.setCharAt(at, (char) random.nextInt(256));
                default -> replaceValue(text, fragment, random);
            }
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(10) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    /// Keeps the text well-formed more often than blind damage does.
    private static void replaceValue(StringBuilder text, String fragment, Random random) {
        int colon = text.indexOf(": ", random.nextInt(text.length()));
        if (colon < 0) {
            return;
        }
        int end = colon + 2;
        while (end < text.length() && ",}".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        text.replace(colon + 2, end, fragment);
    }
}
