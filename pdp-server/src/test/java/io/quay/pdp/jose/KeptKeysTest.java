package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.Await;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.Access;
import io.quay.pdp.federation.Issuer.KeySource;
import io.quay.pdp.federation.Issuer.KeySource.BundleFile;
import io.quay.pdp.federation.Issuer.KeySource.BundleUri;
import io.quay.pdp.federation.Issuer.KeySource.JwksFile;
import io.quay.pdp.federation.Issuer.KeySource.JwksUri;
import io.quay.pdp.federation.Issuer.Profile.HttpsWeb;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteKeptKeys;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys across restarts of the server: what an earlier run kept in SQLite.
class KeptKeysTest {
    private static final Instant NOON = TestIssuer.NOW;

    @TempDir private Path directory;
    private final KeyServer server = KeyServer.start();
    private final TestIssuer issuer = TestIssuer.create(VerifierFixture.ISS);
    private final AtomicLong nanos = new AtomicLong();
    private final Issuer registered = registered(new JwksUri(server.uri("/jwks"), Access.PLAIN));
    private @Nullable Database database;
    private @Nullable JwksCache cache;

    private Issuer registered(KeySource keys) {
        return issuer.registered("cluster", IssuerKind.KUBERNETES, keys);
    }

    @BeforeEach
    void begin() {
        server.answer("/jwks", issuer::jwks);
        restartAt(NOON);
    }

    @AfterEach
    void end() {
        stop();
        server.close();
    }

    private void stop() {
        if (cache != null) {
            cache.close();
        }
        if (database != null) {
            database.close();
        }
    }

    /// A new process: nothing is left but the file and the wall clock.
    private void restartAt(Instant wall) {
        stop();
        nanos.set(wall.hashCode());
        Database opened = Database.open(directory.resolve("pdp.db"));
        database = opened;
        cache =
                VerifierFixture.cache(
                        new KeyFetcher(),
                        new SqliteKeptKeys(opened),
                        Clock.fixed(wall, ZoneOffset.UTC),
                        nanos::get);
    }

    private JwksCache cache() {
        return java.util.Objects.requireNonNull(cache);
    }

    private void serves(Issuer asked) throws KeysUnavailableException {
        assertThat(cache().keys(asked).keys())
                .extracting(VerificationKey::kid)
                .containsExactly("key-1");
    }

    private void unavailable(Issuer asked) {
        assertThatThrownBy(() -> cache().keys(asked)).isInstanceOf(KeysUnavailableException.class);
    }

    @Test
    void restartDuringAnOutageKeepsServingUntilTheHardAgeAndNotBeyond() throws Exception {
        serves(registered);
        server.fail("/jwks");
        restartAt(NOON.plus(KeySlot.HARD_AGE).minusSeconds(2));
        serves(registered);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        serves(registered);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        unavailable(registered);
        restartAt(NOON.plus(KeySlot.HARD_AGE));
        unavailable(registered);
    }

    @Test
    void restartsDoNotMakeKeysYounger() throws Exception {
        serves(registered);
        server.fail("/jwks");
        for (int hours = 6; hours < 24; hours += 6) {
            restartAt(NOON.plus(Duration.ofHours(hours)));
            serves(registered);
        }
        restartAt(NOON.plus(Duration.ofHours(24)));
        unavailable(registered);
    }

    @Test
    void clockThatWasSetBackRevivesNothing() throws Exception {
        serves(registered);
        server.fail("/jwks");
        nanos.addAndGet(KeySlot.HARD_AGE.toNanos());
        unavailable(registered);
        restartAt(NOON.plusSeconds(1));
        unavailable(registered);
        restartAt(NOON.minus(Duration.ofDays(30)));
        unavailable(registered);
        restartAt(NOON.plus(KeySlot.HARD_AGE).minusSeconds(30));
        unavailable(registered);
    }

    @Test
    void keysOfAClockThatWasAheadAreNotUsedForLonger() throws Exception {
        restartAt(NOON.plus(Duration.ofDays(365)));
        serves(registered);
        server.fail("/jwks");
        restartAt(NOON);
        unavailable(registered);
    }

    @Test
    void freshKeptKeysAreServedWithoutAskingAndOldOnesAreAskedForAgain() throws Exception {
        serves(registered);
        restartAt(NOON.plusSeconds(299));
        serves(registered);
        assertThat(server.requests()).isEqualTo(1);
        restartAt(NOON.plusSeconds(300));
        serves(registered);
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void keysOfAnotherSourceOrNameAreNotTakenForTheIssuers() throws Exception {
        serves(registered);
        restartAt(NOON.plusSeconds(1));
        unavailable(registered(new JwksUri(server.uri("/elsewhere"), Access.PLAIN)));
        unavailable(
                issuer.registered(
                        "twin",
                        IssuerKind.KUBERNETES,
                        new JwksUri(server.uri("/absent"), Access.PLAIN)));
        unavailable(
                TestIssuer.create("https://other.example.com")
                        .registered(
                                "cluster",
                                IssuerKind.KUBERNETES,
                                new JwksUri(server.uri("/absent"), Access.PLAIN)));
    }

    @Test
    void keysOfADeletedFileDoNotComeBackAfterARestart() throws Exception {
        Path file = Files.writeString(directory.resolve("keys.json"), issuer.jwks());
        Issuer onDisk = registered(new JwksFile(file));
        serves(onDisk);
        Files.delete(file);
        restartAt(NOON.plusSeconds(1));
        unavailable(onDisk);
    }

    @Test
    void bundleThatGoesBackAcrossARestartIsRefused() throws Exception {
        Issuer spire =
                TestBundle.registered(
                        new BundleUri(server.uri("/bundle"), new HttpsWeb(), Access.PLAIN));
        server.answer("/bundle", TestBundle.of(7).withTokenKeys(issuer.key())::json);
        serves(spire);
        server.recover("/bundle", TestBundle.of(6)::json);
        restartAt(NOON.plus(Duration.ofHours(1)));
        serves(spire);
        // Too old to be used, and still the measure of what may follow.
        restartAt(NOON.plus(Duration.ofDays(3)));
        unavailable(spire);
        server.recover("/bundle", TestBundle.of(7).withTokenKeys(issuer.key())::json);
        restartAt(NOON.plus(Duration.ofDays(4)));
        serves(spire);
    }

    @Test
    void bundleFileThatGoesBackAcrossARestartIsRefused() throws Exception {
        Path file =
                Files.writeString(
                        directory.resolve("bundle.json"),
                        TestBundle.of(7).withTokenKeys(issuer.key()).json());
        Issuer spire = TestBundle.registered(new BundleFile(file));
        serves(spire);
        Files.writeString(file, TestBundle.of(6).withTokenKeys(issuer.key()).json());
        restartAt(NOON.plusSeconds(1));
        unavailable(spire);
    }

    @Test
    void storeThatCannotBeReadIsNoReasonToBelieveAnOldBundle() {
        java.util.Objects.requireNonNull(database).close();
        unavailable(registered);
        assertThat(server.requests()).isZero();
    }

    /// A restored set is served at once, although the issuer says nothing.
    @Test
    void restoredKeysDoNotWaitForASilentIssuer() throws Exception {
        serves(registered);
        server.recover("/jwks", () -> "{}");
        restartAt(NOON.plus(Duration.ofHours(1)));
        server.close();
        Database opened = java.util.Objects.requireNonNull(database);
        try (KeyServer silent = KeyServer.start();
                JwksCache patient =
                        new JwksCache(
                                new KeyFetcher(),
                                new SqliteKeptKeys(opened),
                                Clock.fixed(NOON.plus(Duration.ofHours(1)), ZoneOffset.UTC),
                                nanos::get)) {
            silent.hang("/jwks");
            Issuer moved = registered(new JwksUri(silent.uri("/jwks"), Access.PLAIN));
            new SqliteKeptKeys(opened)
                    .keep(
                            new io.quay.pdp.federation.KeptKeys.Kept(
                                    "cluster", KeyLoader.place(moved), issuer.jwks(), NOON, NOON));
            assertThat(List.copyOf(patient.keys(moved).keys())).hasSize(1);
            Await.until(() -> silent.requests() == 1);
            assertThat(patient.keys(moved).keys()).hasSize(1);
        }
    }
}
