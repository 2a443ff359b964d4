package io.quay.pdp.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.quay.pdp.audit.Checkpoint;
import io.quay.pdp.audit.CheckpointKeys;
import io.quay.pdp.audit.CheckpointSigner;
import io.quay.pdp.audit.CheckpointVerifier;
import io.quay.pdp.audit.Sealing;
import io.quay.pdp.token.KeyMaker;
import io.quay.pdp.token.SigningKey;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// The key that signs checkpoints of the audit chain, and checks its own signatures. It is no key
/// of the ring: nothing takes what it signs for a token. Safe for use by any number of threads.
public final class CheckpointKey implements CheckpointSigner, CheckpointVerifier {
    /// The `typ` of a signed checkpoint.
    static final String TYPE = "quay-pdp-audit-checkpoint";

    private static final String ALGORITHM = "ES256";

    private final ECKey publicKey;
    private final KeyMaker.Signer signer;

    private CheckpointKey(ECKey publicKey, KeyMaker.Signer signer) {
        this.publicKey = publicKey;
        this.signer = signer;
    }

    /// Opens the key that is kept, or makes the first.
    ///
    /// @throws IllegalStateException when it does not open, or is not the one that was kept
    public static CheckpointKey open(
            CheckpointKeys keys, Sealing sealing, SecureRandom random, Instant now) {
        Optional<CheckpointKey> existing = find(keys, sealing, random);
        if (existing.isPresent()) {
            return existing.get();
        }
        SigningKey made =
                new RingKeys(sealing, random).generate(ALGORITHM, SigningKey.State.ACTIVE, now);
        keys.keep(new CheckpointKeys.Kept(made.publicJwk(), made.sealedPrivate(), now));
        return find(keys, sealing, random).orElseThrow();
    }

    /// Opens the key that is kept; empty when there is none.
    ///
    /// @throws IllegalStateException when it does not open, or is not the one that was kept
    public static Optional<CheckpointKey> find(
            CheckpointKeys keys, Sealing sealing, SecureRandom random) {
        return keys.find().map(kept -> open(kept, sealing, random));
    }

    private static CheckpointKey open(
            CheckpointKeys.Kept kept, Sealing sealing, SecureRandom random) {
        try {
            ECKey publicKey = ECKey.parse(kept.publicJwk());
            SigningKey key =
                    new SigningKey(
                            publicKey.computeThumbprint().toString(),
                            ALGORITHM,
                            SigningKey.State.ACTIVE,
                            kept.publicJwk(),
                            kept.sealedPrivate(),
                            kept.createdAt(),
                            kept.createdAt());
            return new CheckpointKey(publicKey, new RingKeys(sealing, random).open(key));
        } catch (ParseException | JOSEException _) {
            // What the parsers say may quote the key.
            throw new KeyEncryption.UnusableException(
                    "the key of audit checkpoints in the database is not the one that was kept");
        }
    }

    @Override
    public String sign(Checkpoint checkpoint) {
        return signer.sign(
                TYPE,
                Map.of(
                        "sequence",
                        checkpoint.sequence(),
                        "mac",
                        checkpoint.mac(),
                        "time",
                        checkpoint.time().toString(),
                        "count",
                        checkpoint.count()));
    }

    @Override
    public Optional<Checkpoint> findCheckpoint(String signed) {
        try {
            JWSObject object = JWSObject.parse(signed);
            JWSHeader header = object.getHeader();
            JWSVerifier verifier = new ECDSAVerifier(publicKey);
            boolean ours =
                    JWSAlgorithm.ES256.equals(header.getAlgorithm())
                            && new JOSEObjectType(TYPE).equals(header.getType())
                            && object.verify(verifier);
            return ours ? Optional.of(stated(object)) : Optional.empty();
        } catch (ParseException
                | JOSEException
                | IllegalStateException
                | NullPointerException
                | DateTimeException _) {
            return Optional.empty();
        }
    }

    private static Checkpoint stated(JWSObject object) throws ParseException {
        Map<String, Object> claims = object.getPayload().toJSONObject();
        return new Checkpoint(
                JSONObjectUtils.getLong(claims, "sequence"),
                text(claims, "mac"),
                Instant.parse(text(claims, "time")),
                JSONObjectUtils.getLong(claims, "count"));
    }

    private static String text(Map<String, Object> claims, String name) throws ParseException {
        return Objects.requireNonNull(JSONObjectUtils.getString(claims, name));
    }
}
