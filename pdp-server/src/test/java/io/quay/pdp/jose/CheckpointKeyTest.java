package io.quay.pdp.jose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import io.quay.pdp.audit.Checkpoint;
import io.quay.pdp.audit.CheckpointKeys;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CheckpointKeyTest {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123Z");
    private static final Checkpoint CHECKPOINT = new Checkpoint(7, "ab".repeat(32), NOW, 5);

    private final KeyEncryption encryption =
            KeyEncryption.of("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "the test", RANDOM);
    private final Keys keys = new Keys();

    @Test
    void whatItSigns_itFindsAgain_alsoWhenOpenedAnew() {
        String signed = open().sign(CHECKPOINT);

        assertThat(open().findCheckpoint(signed)).contains(CHECKPOINT);
        assertThat(
                        CheckpointKey.find(keys, encryption, RANDOM)
                                .orElseThrow()
                                .findCheckpoint(signed))
                .contains(CHECKPOINT);
    }

    @Test
    void whoeverHasThePublicKeyCanCheckIt() throws Exception {
        JWSObject signed = JWSObject.parse(open().sign(CHECKPOINT));
        ECKey publicKey = ECKey.parse(keys.find().orElseThrow().publicJwk());

        assertThat(publicKey.isPrivate()).isFalse();
        assertThat(signed.getHeader().getAlgorithm().getName()).isEqualTo("ES256");
        assertThat(signed.getHeader().getKeyID()).isEqualTo(publicKey.getKeyID());
        assertThat(signed.verify(new ECDSAVerifier(publicKey))).isTrue();
        assertThat(signed.getPayload().toJSONObject())
                .isEqualTo(
                        Map.of(
                                "sequence",
                                7L,
                                "mac",
                                "ab".repeat(32),
                                "time",
                                "2026-03-01T12:00:00.123Z",
                                "count",
                                5L));
    }

    @Test
    void aChangedCheckpoint_anotherKeys_andNoCheckpointAtAll_areNotFound() {
        CheckpointKey key = open();
        String signed = key.sign(CHECKPOINT);
        String other = CheckpointKey.open(new Keys(), encryption, RANDOM, NOW).sign(CHECKPOINT);

        assertThat(key.findCheckpoint(other)).isEmpty();
        assertThat(key.findCheckpoint(signed.replaceFirst("\\.", ".e"))).isEmpty();
        assertThat(key.findCheckpoint("")).isEmpty();
        assertThat(key.findCheckpoint("a.b.c")).isEmpty();
    }

    @Test
    void aTokenThatTheSameKeySigned_isNoCheckpoint() {
        CheckpointKey key = open();
        CheckpointKeys.Kept kept = keys.find().orElseThrow();
        String token =
                new RingKeys(encryption, RANDOM)
                        .open(
                                new io.quay.pdp.token.SigningKey(
                                        kid(kept),
                                        "ES256",
                                        io.quay.pdp.token.SigningKey.State.ACTIVE,
                                        kept.publicJwk(),
                                        kept.sealedPrivate(),
                                        NOW,
                                        NOW))
                        .sign("at+jwt", Map.of("sequence", 7L, "mac", "", "time", "", "count", 1L));
        assertThat(key.findCheckpoint(token)).isEmpty();
    }

    @Test
    void aKeyThatWasExchanged_isRefused() {
        open();
        Keys others = new Keys();
        CheckpointKey.open(others, encryption, RANDOM, NOW);
        CheckpointKeys.Kept mine = keys.find().orElseThrow();
        keys.kept =
                new CheckpointKeys.Kept(
                        mine.publicJwk(), others.find().orElseThrow().sealedPrivate(), NOW);

        assertThatThrownBy(this::open).isInstanceOf(KeyEncryption.UnusableException.class);
    }

    private static String kid(CheckpointKeys.Kept kept) {
        try {
            return ECKey.parse(kept.publicJwk()).getKeyID();
        } catch (java.text.ParseException e) {
            throw new IllegalStateException(e);
        }
    }

    private CheckpointKey open() {
        return CheckpointKey.open(keys, encryption, RANDOM, NOW);
    }

    private static final class Keys implements CheckpointKeys {
        private @Nullable Kept kept;

        @Override
        public Optional<Kept> find() {
            return Optional.ofNullable(kept);
        }

        @Override
        public void keep(Kept key) {
            kept = key;
        }
    }
}
