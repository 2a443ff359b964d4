package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.BAD_SIGNATURE;
import static io.quay.pdp.federation.TokenVerifier.Reason.KEYS_UNAVAILABLE;
import static io.quay.pdp.federation.TokenVerifier.Reason.NO_MATCHING_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.KeySource.JwksUri;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.TokenVerifier.Verification;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys over time: rotation, floods, outages.
class JwksCacheTest {
    private final KeyServer server = KeyServer.start();
    private final TestIssuer issuer = TestIssuer.create(VerifierFixture.ISS);
    private final TestIssuer rotated = issuer.with(TestKey.generate("key-2", "ES256"));
    private final AtomicReference<String> published = new AtomicReference<>(issuer.jwks());
    private final Issuer registered =
            issuer.registered(
                    "cluster",
                    IssuerKind.KUBERNETES,
                    new JwksUri(server.uri("/jwks"), Issuer.Access.PLAIN));
    private final VerifierFixture verifier = new VerifierFixture();

    JwksCacheTest() {
        server.answer("/jwks", published::get);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static String token(TestIssuer issuer) {
        return issuer.kubernetesToken("ci", "terraform");
    }

    @Test
    void freshKeysAreNotFetchedAgain() {
        verifier.accepted(token(issuer), registered);
        verifier.pass(KeySlot.SOFT_AGE.minusNanos(1));
        verifier.accepted(token(issuer), registered);
        assertThat(server.requests()).isEqualTo(1);
        verifier.pass(Duration.ofNanos(1));
        verifier.accepted(token(issuer), registered);
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void twoHundredParallelVerificationsFetchOnce()
            throws InterruptedException, ExecutionException {
        verifyTwoHundredTimes(token(issuer));
        assertThat(server.requests()).isEqualTo(1);
    }

    @Test
    void twoHundredParallelVerificationsAfterARotationFetchOnceMore()
            throws InterruptedException, ExecutionException {
        verifier.accepted(token(issuer), registered);
        published.set(rotated.jwks());
        verifier.pass(KeySlot.COOLDOWN);
        verifyTwoHundredTimes(token(rotated));
        assertThat(server.requests()).isEqualTo(2);
    }

    private void verifyTwoHundredTimes(String token)
            throws InterruptedException, ExecutionException {
        List<Future<Verification>> all = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                all.add(threads.submit(() -> verifier.verify(token, registered)));
            }
            for (Future<Verification> one : all) {
                assertThat(one.get()).isInstanceOf(Verified.class);
            }
        }
    }

    @Test
    void floodOfUnknownKidsFetchesOncePerCooldown() {
        verifier.accepted(token(issuer), registered);
        for (int cooldown = 1; cooldown <= 3; cooldown++) {
            verifier.pass(KeySlot.COOLDOWN);
            for (int i = 0; i < 300; i++) {
                TestIssuer stranger = issuer.with(rotated.key().named("kid-" + cooldown + "-" + i));
                verifier.refused(NO_MATCHING_KEY, token(stranger), registered);
            }
            verifier.accepted(token(issuer), registered);
            assertThat(server.requests()).isEqualTo(1 + cooldown);
        }
    }

    @Test
    void forgedSignatureOfAKnownKeyFetchesNothing() {
        verifier.accepted(token(issuer), registered);
        verifier.pass(KeySlot.COOLDOWN);
        TestIssuer forger = issuer.with(rotated.key().named(issuer.key().kid()));
        verifier.refused(BAD_SIGNATURE, token(forger), registered);
        assertThat(server.requests()).isEqualTo(1);
    }

    @Test
    void rotatedKeyIsPickedUpAndTheOldOneRefused() {
        verifier.accepted(token(issuer), registered);
        published.set(rotated.jwks());
        verifier.pass(KeySlot.COOLDOWN);
        verifier.accepted(token(rotated), registered);
        verifier.refused(NO_MATCHING_KEY, token(issuer), registered);
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void outageWithinTheHardAgeIsSurvivedAndNotAfterIt() {
        verifier.accepted(token(issuer), registered);
        server.fail("/jwks");
        verifier.pass(KeySlot.HARD_AGE.minusNanos(1));
        verifier.accepted(token(issuer), registered);
        verifier.pass(Duration.ofNanos(1));
        verifier.refused(KEYS_UNAVAILABLE, token(issuer), registered);
    }

    @Test
    void outageDoesNotMakeEveryVerificationFetch() {
        verifier.accepted(token(issuer), registered);
        server.fail("/jwks");
        verifier.pass(KeySlot.SOFT_AGE);
        for (int i = 0; i < 50; i++) {
            verifier.accepted(token(issuer), registered);
        }
        assertThat(server.requests()).isEqualTo(2);
        verifier.pass(KeySlot.COOLDOWN);
        verifier.accepted(token(issuer), registered);
        assertThat(server.requests()).isEqualTo(3);
    }

    @Test
    void issuerThatWasNeverReachedIsUnavailableUntilItAnswers() {
        server.fail("/jwks");
        verifier.refused(KEYS_UNAVAILABLE, token(issuer), registered);
        verifier.refused(KEYS_UNAVAILABLE, token(issuer), registered);
        assertThat(server.requests()).isEqualTo(1);
        server.recover("/jwks", published::get);
        verifier.pass(KeySlot.RETRY);
        verifier.accepted(token(issuer), registered);
    }

    @Test
    void unreadableAnswerDoesNotReplaceGoodKeys() {
        verifier.accepted(token(issuer), registered);
        published.set("<html>maintenance</html>");
        verifier.pass(KeySlot.SOFT_AGE);
        verifier.accepted(token(issuer), registered);
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void issuersWithOneUrlDoNotShareKeys() {
        verifier.accepted(token(issuer), registered);
        server.answer("/other", TestIssuer.create(VerifierFixture.ISS)::jwks);
        Issuer other =
                issuer.registered(
                        "cluster",
                        IssuerKind.KUBERNETES,
                        new JwksUri(server.uri("/other"), Issuer.Access.PLAIN));
        verifier.refused(BAD_SIGNATURE, token(issuer), other);
    }

    @Test
    void changedFileIsReadAgainAndABrokenOneIsNot(@TempDir Path directory) throws IOException {
        Issuer onDisk = VerifierFixture.withFile(directory, issuer, issuer.jwks());
        verifier.accepted(token(issuer), onDisk);
        VerifierFixture.write(
                directory, TestIssuer.jwks(rotated.key(), TestKey.generate("k", "EdDSA")));
        verifier.accepted(token(rotated), onDisk);
        verifier.refused(NO_MATCHING_KEY, token(issuer), onDisk);
        VerifierFixture.write(directory, "{");
        verifier.accepted(token(rotated), onDisk);
        Files.delete(directory.resolve("keys.json"));
        verifier.accepted(token(rotated), onDisk);
        VerifierFixture.write(directory, issuer.jwks());
        verifier.accepted(token(issuer), onDisk);
    }

    @Test
    void missingFileIsUnavailableUntilItAppears(@TempDir Path directory) throws IOException {
        Issuer onDisk = VerifierFixture.withFile(directory, issuer, issuer.jwks());
        Files.delete(directory.resolve("keys.json"));
        verifier.refused(KEYS_UNAVAILABLE, token(issuer), onDisk);
        VerifierFixture.write(directory, issuer.jwks());
        verifier.accepted(token(issuer), onDisk);
    }

    @Test
    void fileAbove256KiBIsRefused(@TempDir Path directory) {
        Issuer onDisk =
                VerifierFixture.withFile(directory, issuer, issuer.jwks() + " ".repeat(256 * 1024));
        verifier.refused(KEYS_UNAVAILABLE, token(issuer), onDisk);
    }
}
