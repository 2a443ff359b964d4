package io.quay.pdp.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.jose.RingKeys;
import io.quay.pdp.token.SigningKey.State;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Tokens for Quay, and the ring that signs them.
class QuayTokensTest {
    private final MovingClock clock = new MovingClock();
    private final InMemorySigningKeys store = new InMemorySigningKeys();
    private final KeyEncryption encryption = Rings.encryption();
    private final KeyRing ring = ring();
    private final QuayTokens tokens =
            new QuayTokens(
                    new QuayTokens.Settings("https://pdp.example.com/quay", "quay"),
                    ring,
                    new DecisionIds(clock, Rings.RANDOM),
                    clock);

    private KeyRing ring() {
        KeyRing made =
                new KeyRing(
                        store,
                        new RingKeys(encryption, Rings.RANDOM, "quay-signing-key"),
                        QuayTokens.ring(Duration.ofDays(30)),
                        new DecisionIds(clock, Rings.RANDOM),
                        clock);
        made.open();
        return made;
    }

    private static ServiceAccount account(String id) {
        return new ServiceAccount(
                id, "svc-tf", "", null, Set.of(), Map.of(), true, null, null, List.of());
    }

    @Test
    void aTokenIsAsUnmodifiedQuayTakesIt() throws Exception {
        QuayTokens.Minted minted = tokens.mint(account("acc-1"), Duration.ofSeconds(60));
        SignedJWT token = SignedJWT.parse(minted.compact());
        assertThat(token.getHeader().getAlgorithm().getName()).isEqualTo("RS256");
        assertThat(token.getHeader().getType().getType()).isEqualTo("JWT");
        assertThat(
                        token.verify(
                                new RSASSAVerifier(
                                        JWKSet.parse(ring.jwks())
                                                .getKeyByKeyId(token.getHeader().getKeyID())
                                                .toRSAKey())))
                .isTrue();
        assertThat(token.getJWTClaimsSet().getClaims())
                .containsEntry("iss", "https://pdp.example.com/quay")
                .containsEntry("sub", "acc-1")
                .containsEntry("preferred_username", "svc-tf")
                .containsEntry("aud", List.of("quay"));
        assertThat(token.getJWTClaimsSet().getExpirationTime().toInstant())
                .isEqualTo(clock.instant().plusSeconds(60));
        assertThat(minted).asString().doesNotContain(minted.compact());
    }

    @Test
    void anEmptySubject_isNeverMinted() {
        assertThatThrownBy(() -> tokens.mint(account(""), Duration.ofSeconds(60)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLifeBeyondFiveMinutes_isNeverMinted() {
        assertThatThrownBy(() -> tokens.mint(account("acc-1"), Duration.ofSeconds(301)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theRingHoldsRsaKeysAlone() {
        assertThat(ring.keys()).extracting(SigningKey::algorithm).containsOnly("RS256");
    }

    @Test
    void keysOverlapForLongerThanQuayKeepsItsCopy() {
        String first = active();
        clock.advance(Duration.ofDays(30));
        assertThat(ring.rotate(KeyRing.By.SCHEDULE)).isEqualTo(new KeyRing.Rotation.Done());
        String second = active();
        assertThat(second).isNotEqualTo(first);
        // A key that is to sign next must have been in every copy that Quay may still hold.
        assertThat(ring.rotate(KeyRing.By.SCHEDULE))
                .isInstanceOfSatisfying(
                        KeyRing.Rotation.Scheduled.class,
                        scheduled ->
                                assertThat(scheduled.at())
                                        .isAfter(
                                                clock.instant()
                                                        .plus(QuayTokens.KEYS_KEPT_BY_QUAY)));
        clock.advance(QuayTokens.KEYS_KEPT_BY_QUAY.plus(QuayTokens.MAX_LIFETIME));
        ring.tick();
        assertThat(ring.jwks()).contains(first).contains(second);
    }

    private String active() {
        return ring.keys().stream()
                .filter(key -> key.state() == State.ACTIVE)
                .map(SigningKey::kid)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void keysOfTheOtherRing_areNotOpened() {
        assertThatThrownBy(
                        () -> new RingKeys(encryption, Rings.RANDOM).open(ring.keys().getFirst()))
                .isInstanceOf(IllegalStateException.class);
    }
}
