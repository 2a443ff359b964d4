package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.BAD_SIGNATURE;
import static io.quay.pdp.federation.TokenVerifier.Reason.KEYS_UNAVAILABLE;
import static io.quay.pdp.federation.TokenVerifier.Reason.NO_MATCHING_KEY;
import static io.quay.pdp.federation.TokenVerifier.Reason.UNKNOWN_ISSUER;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.Await;
import io.quay.pdp.CapturedLog;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.KeySource.JwksUri;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.KeptKeys;
import io.quay.pdp.federation.TokenVerifier.Verification;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
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
    private final AtomicLong nanos = new AtomicLong();

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
        verifier.pass(KeyDocument.SOFT_AGE.minusNanos(1));
        verifier.accepted(token(issuer), registered);
        assertThat(server.requests()).isEqualTo(1);
        verifier.pass(Duration.ofNanos(1));
        verifier.accepted(token(issuer), registered);
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void gitlabNoStoreKeysAndParallelJobs_twoHundredVerificationsFetchOnce()
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
        verifier.pass(KeyDocument.SOFT_AGE);
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
        verifier.pass(KeyDocument.SOFT_AGE);
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

    @Test
    void tenThousandRandomKidsFetchOncePerCooldown() throws KeysUnavailableException {
        JwksCache cache = cache();
        KeySet keys = cache.keys(registered);
        for (int cooldown = 1; cooldown <= 3; cooldown++) {
            nanos.addAndGet(KeySlot.COOLDOWN.toNanos());
            for (int i = 0; i < 10_000; i++) {
                cache.keysAfterUnknown(registered, "kid-" + cooldown + "-" + i, keys);
            }
            assertThat(server.requests()).isEqualTo(1 + cooldown);
        }
    }

    @Test
    void kidThatTheIssuerDidNotHaveIsNotAskedForAgainForAMinute() throws KeysUnavailableException {
        JwksCache cache = cache();
        KeySet keys = cache.keys(registered);
        nanos.addAndGet(KeySlot.COOLDOWN.toNanos());
        cache.keysAfterUnknown(registered, "stale", keys);
        assertThat(server.requests()).isEqualTo(2);
        nanos.addAndGet(UnknownKids.MEMORY.toNanos() - 1);
        cache.keysAfterUnknown(registered, "stale", keys);
        assertThat(server.requests()).isEqualTo(2);
        cache.keysAfterUnknown(registered, "another", keys);
        assertThat(server.requests()).isEqualTo(3);
        nanos.addAndGet(KeySlot.COOLDOWN.toNanos());
        cache.keysAfterUnknown(registered, "stale", keys);
        assertThat(server.requests()).isEqualTo(4);
    }

    /// Else a stranger who names the issuer's next key a moment early could lock it out.
    @Test
    void kidThatWasNamedDuringTheCooldownIsFoundRightAfterIt() throws KeysUnavailableException {
        JwksCache cache = cache();
        KeySet keys = cache.keys(registered);
        assertThat(cache.keysAfterUnknown(registered, "key-2", keys)).isEqualTo(keys);
        published.set(rotated.jwks());
        nanos.addAndGet(KeySlot.COOLDOWN.toNanos());
        assertThat(cache.keysAfterUnknown(registered, "key-2", keys).names("key-2")).isTrue();
    }

    @Test
    void failedFetchDoesNotMakeAKidUnknown() throws KeysUnavailableException {
        JwksCache cache = cache();
        KeySet keys = cache.keys(registered);
        server.fail("/jwks");
        nanos.addAndGet(KeySlot.COOLDOWN.toNanos());
        cache.keysAfterUnknown(registered, "key-2", keys);
        server.recover("/jwks", rotated::jwks);
        nanos.addAndGet(KeySlot.COOLDOWN.toNanos());
        assertThat(cache.keysAfterUnknown(registered, "key-2", keys).names("key-2")).isTrue();
    }

    @Test
    void memoryOfUnknownKidsIsBounded() {
        UnknownKids unknown = new UnknownKids(() -> 0);
        for (int i = 0; i < 3 * UnknownKids.MAX_KIDS; i++) {
            unknown.add("kid-" + i);
        }
        long remembered =
                IntStream.range(0, 3 * UnknownKids.MAX_KIDS)
                        .filter(i -> unknown.contains("kid-" + i))
                        .count();
        assertThat(remembered).isBetween(1L, (long) UnknownKids.MAX_KIDS);
        unknown.add("k".repeat(100_000));
        assertThat(unknown.contains("k".repeat(100_000))).isFalse();
    }

    @Test
    void outageOfTheSoftAgeIsInvisible() throws Exception {
        try (JwksCache cache = new JwksCache(new KeyFetcher(), nanos::get)) {
            KeySet keys = cache.keys(registered);
            server.silence("/jwks");
            nanos.addAndGet(KeyDocument.SOFT_AGE.toNanos());
            // The first reader causes the fetch that hangs; neither it nor others wait for it.
            for (int i = 0; i < 100; i++) {
                assertThat(cache.keys(registered)).isSameAs(keys);
            }
            Await.until(() -> server.requests() == 2);
            assertThat(cache.keys(registered)).isSameAs(keys);
            assertThat(server.requests()).isEqualTo(2);
        }
    }

    /// While nobody came, nobody asked: what was withdrawn meanwhile verifies nothing any more, the
    /// first token included.
    @Test
    void keyWithdrawnWhileNobodyCame_isRefusedAtOnce() throws Exception {
        try (JwksCache cache = new JwksCache(new KeyFetcher(), nanos::get)) {
            assertThat(cache.keys(registered).names("key-1")).isTrue();
            published.set(rotated.jwks());
            nanos.addAndGet(2 * KeyDocument.SOFT_AGE.toNanos());
            assertThat(cache.keys(registered).names("key-1")).isFalse();
        }
    }

    /// The outage is noticed once, and then nobody waits for its end.
    @Test
    void outageThatBeganWhileNobodyCame_holdsUpOneRequestAndNoOther() throws Exception {
        try (JwksCache cache = new JwksCache(new KeyFetcher(), nanos::get)) {
            KeySet keys = cache.keys(registered);
            server.fail("/jwks");
            nanos.addAndGet(2 * KeyDocument.SOFT_AGE.toNanos());
            assertThat(cache.waits(registered)).isTrue();
            assertThat(cache.keys(registered)).isSameAs(keys);
            assertThat(server.requests()).isEqualTo(2);
            for (int i = 0; i < 10; i++) {
                nanos.addAndGet(KeySlot.COOLDOWN.toNanos());
                assertThat(cache.waits(registered)).isFalse();
                assertThat(cache.keys(registered)).isSameAs(keys);
            }
        }
    }

    /// So that people can tell a rotation, or that somebody took the issuer over.
    @Test
    void changeOfAnIssuersKeys_isLogged() {
        verifier.accepted(token(issuer), registered);
        try (CapturedLog log = CapturedLog.begin()) {
            verifier.pass(KeyDocument.SOFT_AGE);
            verifier.accepted(token(issuer), registered);
            assertThat(log.text()).doesNotContain("changed");
            published.set(rotated.jwks());
            verifier.pass(KeyDocument.SOFT_AGE);
            verifier.verify(token(rotated), registered);
            assertThat(log.text()).contains("issuer's keys changed", "added", "removed", "cluster");
        }
    }

    @Test
    void unknownKidThatWaitsForASilentIssuerHoldsUpNobodyElse() throws Exception {
        try (JwksCache cache = new JwksCache(new KeyFetcher(), nanos::get);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            KeySet keys = cache.keys(registered);
            server.silence("/jwks");
            nanos.addAndGet(KeySlot.COOLDOWN.toNanos());
            Future<KeySet> waiting =
                    threads.submit(() -> cache.keysAfterUnknown(registered, "unknown", keys));
            Await.until(() -> server.requests() == 2);
            for (int i = 0; i < 100; i++) {
                assertThat(cache.keys(registered)).isSameAs(keys);
            }
            assertThat(waiting.isDone()).isFalse();
            server.close();
            assertThat(waiting.get()).isSameAs(keys);
        }
    }

    private JwksCache cache() {
        return VerifierFixture.cache(
                new KeyFetcher(), KeptKeys.NONE, Clock.systemUTC(), nanos::get);
    }

    @Test
    void tooManyKeysDoNotReplaceGoodOnes() {
        verifier.accepted(token(issuer), registered);
        TestKey[] keys = new TestKey[101];
        Arrays.setAll(keys, i -> rotated.key().named("k" + i));
        published.set(TestIssuer.jwks(keys));
        verifier.pass(KeyDocument.SOFT_AGE);
        verifier.accepted(token(issuer), registered);
        assertThat(server.requests()).isEqualTo(2);
    }

    /// Not a connection, let alone a request: who may be asked is looked up before anything else.
    @Test
    void unknownIssuer_trapServerSeesNoPacket() throws IOException {
        try (var trap = ServerSocketChannel.open()) {
            trap.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            trap.configureBlocking(false);
            String iss = "http://127.0.0.1:" + trap.socket().getLocalPort();
            TestIssuer stranger = TestIssuer.create(iss);
            for (int i = 0; i < 50; i++) {
                verifier.refused(
                        UNKNOWN_ISSUER,
                        token(stranger.with(stranger.key().named("kid-" + i))),
                        registered);
            }
            assertThat(trap.accept()).isNull();
            assertThat(server.requests()).isZero();
        }
    }
}
