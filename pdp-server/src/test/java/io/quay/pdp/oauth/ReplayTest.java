package io.quay.pdp.oauth;

import static io.quay.pdp.oauth.OAuthServer.json;
import static io.quay.pdp.oauth.WorkloadServer.ACCOUNT;
import static io.quay.pdp.oauth.WorkloadServer.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.oauth.WorkloadServer.Shown;
import io.quay.pdp.token.OAuthError;
import io.quay.pdp.token.OAuthException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A workload token whose uses are counted is used so often and no more: in every grant together,
/// by however many at once, to its last moment, and after a restart.
class ReplayTest {
    private static final int AT_ONCE = 50;

    /// The order of P-256's group (SEC 2 §2.4.2).
    private static final BigInteger ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

    @TempDir private Path directory;

    private static int succeeding(Callable<Boolean> attempt) throws Exception {
        List<Future<Boolean>> attempts = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < AT_ONCE; i++) {
                attempts.add(threads.submit(attempt));
            }
        }
        int succeeded = 0;
        for (Future<Boolean> each : attempts) {
            succeeded += each.get() ? 1 : 0;
        }
        return succeeded;
    }

    private static boolean issues(WorkloadServer server, Shown shown, String token) {
        return server.show(shown, ACCOUNT, token).statusCode() == 200;
    }

    private static boolean issues(TokenDesk desk, String token) {
        try {
            desk.service.token(TokenDesk.bearer(token));
            return true;
        } catch (OAuthException _) {
            return false;
        }
    }

    @Test
    void ofFiftyExchangesOfAOneTimeTokenAtOnce_exactlyOneSucceeds() throws Exception {
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            for (Shown shown : Shown.values()) {
                String token = job(server.ci());
                assertThat(succeeding(() -> issues(server, shown, token))).isEqualTo(1);
            }
        }
    }

    @Test
    void ofFiftyExchangesOfATokenWithTwoUses_exactlyTwoSucceed() throws Exception {
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            String token = job(server.twice());
            assertThat(succeeding(() -> issues(server, Shown.SUBJECT_JWT, token))).isEqualTo(2);
        }
    }

    @Test
    void aTokenWhoseUsesAreNotCounted_isExchangedAsOftenAsItLives() {
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            String token = server.runner();
            for (Shown shown : Shown.values()) {
                assertThat(issues(server, shown, token)).isTrue();
                assertThat(issues(server, shown, token)).isTrue();
            }
        }
    }

    @Test
    void aUseInOneGrant_isRefusedInEveryOtherAndAfterARestart() {
        WorkloadServer server = WorkloadServer.start(directory);
        String once = job(server.ci());
        String twice = job(server.twice());
        try (server) {
            assertThat(issues(server, Shown.BEARER_ASSERTION, once)).isTrue();
            assertThat(issues(server, Shown.BEARER_ASSERTION, twice)).isTrue();
            for (Shown shown : Shown.values()) {
                var answer = server.show(shown, ACCOUNT, once);
                assertThat(answer.statusCode()).isEqualTo(shown.status);
                assertThat(json(answer).path("error").asText()).isEqualTo(shown.error);
            }
        }
        try (WorkloadServer again = server.restarted()) {
            assertThat(issues(again, Shown.SUBJECT_JWT, once)).isFalse();
            assertThat(issues(again, Shown.SUBJECT_JWT, twice)).isTrue();
            assertThat(issues(again, Shown.SUBJECT_JWT, twice)).isFalse();
        }
    }

    /// Whoever has seen an ECDSA signature can write the other one of the same text.
    @Test
    void theSameTokenWithTheOtherSignature_isRefused() {
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            Map<String, Object> claims = server.ci().oidcClaims("job", Instant.now());
            for (String token : List.of(job(server.ci()), server.ci().sign(claims))) {
                assertThat(issues(server, Shown.SUBJECT_JWT, token)).isTrue();
                assertThat(issues(server, Shown.SUBJECT_JWT, otherSignature(token))).isFalse();
            }
            String unused = job(server.ci());
            assertThat(issues(server, Shown.SUBJECT_JWT, otherSignature(unused)))
                    .as("the other signature holds")
                    .isTrue();
        }
    }

    private static String otherSignature(String token) {
        int dot = token.lastIndexOf('.');
        byte[] signature = Base64.getUrlDecoder().decode(token.substring(dot + 1));
        byte[] s =
                ORDER.subtract(new BigInteger(1, Arrays.copyOfRange(signature, 32, 64)))
                        .toByteArray();
        byte[] other = Arrays.copyOf(signature, 64);
        Arrays.fill(other, 32, 64, (byte) 0);
        int length = Math.min(32, s.length);
        System.arraycopy(s, s.length - length, other, 64 - length, length);
        return token.substring(0, dot + 1)
                + Base64.getUrlEncoder().withoutPadding().encodeToString(other);
    }

    /// A second token with the `jti` of the first is the first (RFC 7519 §4.1.7).
    @Test
    void anotherTokenWithTheSameId_isRefused() {
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            Map<String, Object> claims = server.ci().oidcClaims("job", Instant.now());
            claims.put("jti", "the-same");
            assertThat(issues(server, Shown.SUBJECT_JWT, server.ci().sign(claims))).isTrue();
            claims.put("environment", "another");
            assertThat(issues(server, Shown.SUBJECT_JWT, server.ci().sign(claims))).isFalse();
            Map<String, Object> elsewhere = server.twice().oidcClaims("job", Instant.now());
            elsewhere.put("jti", "the-same");
            assertThat(issues(server, Shown.SUBJECT_JWT, server.twice().sign(elsewhere)))
                    .as("another issuer's token")
                    .isTrue();
        }
    }

    @Test
    void aRequestThatIsRefusedForSomethingElse_usesNothingUp() {
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            String token = job(server.ci());
            assertThat(issues(server, Shown.SUBJECT_JWT, token + "x")).isFalse();
            assertThat(server.show(Shown.SUBJECT_JWT, "svc-ci", token).statusCode()).isEqualTo(400);
            assertThat(
                            server.show(Shown.SUBJECT_JWT, ACCOUNT, token, "scope", "everything")
                                    .statusCode())
                    .isEqualTo(400);
            assertThat(issues(server, Shown.SUBJECT_JWT, token)).isTrue();
        }
    }

    private TokenDesk oneTimeDesk(String more) throws Exception {
        TokenDesk desk = new TokenDesk(directory.resolve("desk"));
        desk.office.repository.with("issuers.yaml", TokenDesk.issuers(", replay: one_time" + more));
        desk.office.reload();
        return desk;
    }

    @Test
    void aUsedToken_isRefusedToTheLastMomentOfItsLeeway() throws Exception {
        TokenDesk desk = oneTimeDesk("");
        String early = desk.job(TokenDesk.JOB);
        assertThat(issues(desk, early)).isTrue();
        desk.office.clock.advance(Duration.ofMinutes(6).minusMillis(1));
        desk.spent.forget();
        assertThat(issues(desk, early)).as("used long ago").isFalse();
        assertThat(lastReason(desk)).contains("used before");
        desk.office.clock.advance(Duration.ofMillis(1));
        assertThat(issues(desk, early)).isFalse();
        assertThat(lastReason(desk)).contains("exp");
    }

    @Test
    void inTheLastMomentOfItsLeeway_exactlyOneOfFiftySucceeds() throws Exception {
        TokenDesk desk = oneTimeDesk("");
        String token = desk.job(TokenDesk.JOB);
        desk.office.clock.advance(Duration.ofMinutes(6).minusMillis(1));
        assertThat(succeeding(() -> issues(desk, token))).isEqualTo(1);
        desk.spent.forget();
        assertThat(succeeding(() -> issues(desk, token))).isZero();
    }

    /// A use is remembered for the most leeway that an issuer can have, not for the one that it
    /// had.
    @Test
    void aUsedTokenWhoseIssuerIsGivenMoreLeeway_isRefused() throws Exception {
        TokenDesk desk = oneTimeDesk(", leeway: PT0S");
        String token = desk.job(TokenDesk.JOB);
        assertThat(issues(desk, token)).isTrue();
        desk.office.clock.advance(Duration.ofSeconds(400));
        desk.spent.forget();
        desk.office.repository.with(
                "issuers.yaml", TokenDesk.issuers(", replay: one_time, leeway: PT5M"));
        desk.office.reload();
        assertThat(issues(desk, token)).isFalse();
        assertThat(lastReason(desk)).contains("used before");
    }

    /// Whether the event is in the file nobody knows then: a second use would be one too many.
    @Test
    void aUseThatCouldNotBeRecorded_staysTaken() throws Exception {
        TokenDesk desk = oneTimeDesk("");
        String token = desk.job(TokenDesk.JOB);
        desk.log.unavailable(true);
        assertThatThrownBy(() -> desk.service.token(TokenDesk.bearer(token)))
                .isInstanceOfSatisfying(
                        OAuthException.class,
                        e -> assertThat(e.error()).isEqualTo(OAuthError.TEMPORARILY_UNAVAILABLE));
        desk.log.unavailable(false);
        assertThat(issues(desk, token)).isFalse();
    }

    private static String lastReason(TokenDesk desk) {
        return String.valueOf(desk.lastEvent().details().get("reason"));
    }
}
