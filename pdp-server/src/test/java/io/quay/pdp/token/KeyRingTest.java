package io.quay.pdp.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.quay.pdp.audit.Event;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.token.SigningKey.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRingTest {
    private final MovingClock clock = new MovingClock();
    private final InMemorySigningKeys store = new InMemorySigningKeys();
    private final KeyEncryption encryption = Rings.encryption();
    private final KeyRing ring = open("ES256");

    private KeyRing open(String algorithm) {
        KeyRing opened = Rings.ring(store, encryption, clock, algorithm);
        opened.open();
        return opened;
    }

    private List<String> kids(State state) {
        return ring.keys().stream()
                .filter(key -> key.state() == state)
                .map(SigningKey::kid)
                .toList();
    }

    private static String kidOf(String token) throws Exception {
        return SignedJWT.parse(token).getHeader().getKeyID();
    }

    private String token() {
        return ring.sign("at+jwt", Map.of("iss", "https://pdp.example.com"));
    }

    @Test
    void firstRingSignsAtOnceAndAnnouncesItsSuccessors() {
        assertThat(kids(State.ACTIVE)).hasSize(2);
        assertThat(kids(State.NEXT)).hasSize(2);
        assertThat(store.events()).extracting(Event::kind).containsOnly(Event.Kind.KEYS_ROTATED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ES256", "RS256"})
    void anotherLibraryVerifiesWithThePublishedKeys(String algorithm) throws Exception {
        KeyRing other = open(algorithm);
        SignedJWT token =
                SignedJWT.parse(other.sign("at+jwt", Map.of("iss", "https://pdp.example.com")));
        var key = JWKSet.parse(other.jwks()).getKeyByKeyId(token.getHeader().getKeyID());
        assertThat(token.getHeader().getAlgorithm().getName()).isEqualTo(algorithm);
        assertThat(
                        token.verify(
                                algorithm.equals("ES256")
                                        ? new ECDSAVerifier(key.toECKey())
                                        : new RSASSAVerifier(key.toRSAKey())))
                .isTrue();
    }

    @Test
    void publishedSetHoldsPublicMembersOnly() throws Exception {
        JsonNode keys = new ObjectMapper().readTree(ring.jwks()).path("keys");
        assertThat(keys).hasSize(4);
        for (JsonNode key : keys) {
            assertThat(key.has("d") || key.has("p") || key.has("q")).isFalse();
            assertThat(key.path("use").asText()).isEqualTo("sig");
            assertThat(Set.of("ES256", "RS256")).contains(key.path("alg").asText());
            assertThat(key.path("kid").asText()).hasSize(43);
        }
    }

    @Test
    void keyThatWasNotPublishedLongEnoughDoesNotSign() throws Exception {
        String before = kidOf(token());
        List<String> next = kids(State.NEXT);

        KeyRing.Rotation wish = ring.rotate(KeyRing.By.SCHEDULE);

        Instant due = MovingClock.START.plus(Rings.PUBLISH_AHEAD);
        assertThat(wish).isEqualTo(new KeyRing.Rotation.Scheduled(due));
        clock.advance(Rings.PUBLISH_AHEAD.minusMillis(1));
        ring.tick();
        assertThat(kidOf(token())).isEqualTo(before);
        clock.advance(Duration.ofMillis(1));
        ring.tick();
        assertThat(kids(State.ACTIVE)).containsExactlyInAnyOrderElementsOf(next);
        assertThat(next).contains(kidOf(token()));
        assertThat(kids(State.RETIRING)).contains(before);
    }

    @Test
    void oneWishIsOneRotation() {
        ring.rotate(KeyRing.By.SCHEDULE);
        clock.advance(Rings.PUBLISH_AHEAD);
        ring.tick();
        List<String> active = kids(State.ACTIVE);
        clock.advance(Rings.PUBLISH_AHEAD);
        ring.tick();
        assertThat(kids(State.ACTIVE)).isEqualTo(active);
    }

    @Test
    void rotationIsDoneAtOnceWhenTheNextKeysArePublished() {
        clock.advance(Rings.PUBLISH_AHEAD);
        assertThat(ring.rotate(KeyRing.By.SCHEDULE)).isEqualTo(new KeyRing.Rotation.Done());
    }

    @Test
    void scheduleRotatesAfterTheInterval() {
        List<String> next = kids(State.NEXT);
        clock.advance(Rings.INTERVAL.minusMillis(1));
        ring.tick();
        assertThat(kids(State.NEXT)).isEqualTo(next);
        clock.advance(Duration.ofMillis(1));
        ring.tick();
        assertThat(kids(State.ACTIVE)).containsExactlyInAnyOrderElementsOf(next);
    }

    @Test
    void retiringKeyVerifiesUntilItsLastTokenIsDead() throws Exception {
        String old = kidOf(token());
        clock.advance(Rings.PUBLISH_AHEAD);
        ring.rotate(KeyRing.By.SCHEDULE);
        clock.advance(AccessTokens.MAX_LIFETIME.plus(AccessTokens.SKEW).minusMillis(1));
        ring.tick();
        assertThat(ring.verifying(old)).isPresent();
        assertThat(ring.jwks()).contains(old);
        clock.advance(Duration.ofMillis(1));
        ring.tick();
        assertThat(ring.verifying(old)).isEmpty();
        assertThat(ring.jwks()).doesNotContain(old);
    }

    @Test
    void keyToComeVerifiesNothing() {
        assertThat(kids(State.NEXT)).allMatch(kid -> ring.verifying(kid).isEmpty());
    }

    @Test
    void emergencyLeavesNoOldKey() throws Exception {
        String old = kidOf(token());
        Set<String> all = ring.keys().stream().map(SigningKey::kid).collect(Collectors.toSet());
        ring.replaceAll(new KeyRing.By("svc-admin", "cred-1", "request-1", null));
        assertThat(ring.keys()).extracting(SigningKey::kid).doesNotContainAnyElementsOf(all);
        assertThat(ring.verifying(old)).isEmpty();
        Event event = store.events().getLast();
        assertThat(event.actor()).isEqualTo("svc-admin");
        assertThat(event.details()).containsEntry(old, "removed");
    }

    @Test
    void ringSurvivesARestart() {
        String before = ring.jwks();
        List<SigningKey> keys = ring.keys();
        KeyRing again = open("ES256");
        assertThat(again.jwks()).isEqualTo(before);
        assertThat(again.keys()).isEqualTo(keys);
    }

    @Test
    void anotherEncryptionKeyStopsTheStartAndLeavesTheRing() {
        List<SigningKey> kept = store.all();
        KeyRing other = Rings.ring(store, Rings.encryption(), clock, "ES256");
        assertThatThrownBy(other::open)
                .isInstanceOf(KeyEncryption.UnusableException.class)
                .hasMessageContaining("tokens.encryption_key_file");
        assertThat(store.all()).isEqualTo(kept);
    }

    @Test
    void exchangedPublicKeyInTheDatabaseStopsTheStart() {
        SigningKey ours = store.all().getFirst();
        SigningKey other = store.all().get(1);
        SigningKey forged =
                new SigningKey(
                        ours.kid(),
                        ours.algorithm(),
                        ours.state(),
                        other.publicJwk(),
                        ours.sealedPrivate(),
                        ours.createdAt(),
                        ours.stateSince());
        store.replace(List.of(forged), store.events().getFirst());
        assertThatThrownBy(() -> open("ES256"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not the one that was kept");
    }

    @Test
    void rotationThatIsNotKeptDoesNotCount() {
        List<SigningKey> before = ring.keys();
        clock.advance(Rings.PUBLISH_AHEAD);
        store.fill(true);
        assertThatThrownBy(() -> ring.rotate(KeyRing.By.SCHEDULE))
                .isInstanceOf(IllegalStateException.class);
        assertThat(ring.keys()).isEqualTo(before);
        store.fill(false);
        ring.tick();
        assertThat(ring.keys()).isNotEqualTo(before);
    }

    /// A verifier that fetches the key set only when its copy is ten minutes old, and never for an
    /// unknown key, through three months of rotations on schedule and on demand.
    @Test
    void verifierWithATenMinuteCopyNeverMeetsAnUnknownKey() throws Exception {
        Duration step = Duration.ofMinutes(1);
        Set<String> copy = fetched();
        Instant fetchedAt = clock.instant();
        int rotations = 0;
        String last = "";
        for (int minute = 0; minute < 91 * 24 * 60; minute++) {
            clock.advance(step);
            ring.tick();
            // Several wishes in a row: the successors are younger than any copy then.
            if (minute > 100 && minute % 10_000 < 5) {
                ring.rotate(KeyRing.By.SCHEDULE);
            }
            String kid = kidOfActive();
            rotations += kid.equals(last) ? 0 : 1;
            last = kid;
            if (Duration.between(fetchedAt, clock.instant()).toMinutes() >= 10) {
                copy = fetched();
                fetchedAt = clock.instant();
            }
            assertThat(copy).contains(kid);
        }
        assertThat(rotations).isGreaterThan(12);
    }

    private String kidOfActive() {
        return ring.keys().stream()
                .filter(key -> key.state() == State.ACTIVE && key.algorithm().equals("ES256"))
                .map(SigningKey::kid)
                .findFirst()
                .orElseThrow();
    }

    private Set<String> fetched() throws Exception {
        return JWKSet.parse(ring.jwks()).getKeys().stream()
                .map(key -> key.getKeyID())
                .collect(Collectors.toSet());
    }
}
