package io.quay.pdp.jose;

import io.quay.pdp.accounts.Store.StorageException;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.Issuer.KeySource.BundleFile;
import io.quay.pdp.federation.Issuer.KeySource.JwksFile;
import io.quay.pdp.federation.KeptKeys;
import io.quay.pdp.federation.KeptKeys.Kept;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an earlier run of the server has kept of the issuers' keys. Safe for use by any number of
/// threads.
///
/// Between two runs there is only the wall clock to tell the keys' age. One that was set back makes
/// them useless, never younger.
final class LastGoodKeys {
    private static final Logger log = LoggerFactory.getLogger(LastGoodKeys.class);

    /// A clock that is corrected by this much does not count as set back.
    private static final Duration TOLERANCE = Duration.ofMinutes(1);

    private final KeptKeys kept;
    private final Clock clock;

    LastGoodKeys(KeptKeys kept, Clock clock) {
        this.kept = kept;
        this.clock = clock;
    }

    /// @param age the hard age and more, when its keys must not be used: then it only tells the
    ///   bundle's sequence and roots
    record Restored(KeyDocument document, Duration age) {}

    /// @throws KeysUnavailableException when it cannot be known what was kept
    @Nullable Restored restore(Issuer issuer) throws KeysUnavailableException {
        if (issuer.keys() instanceof JwksFile) {
            return null;
        }
        Optional<Kept> found;
        try {
            found = kept.find(issuer.name());
        } catch (StorageException e) {
            log.atError()
                    .addKeyValue("issuer", issuer.name())
                    .setCause(e)
                    .log("issuer's kept keys cannot be read");
            throw new KeysUnavailableException("the kept keys cannot be read");
        }
        if (found.isEmpty() || !found.get().source().equals(KeyLoader.place(issuer))) {
            return null;
        }
        KeyDocument document = document(issuer, found.get());
        return document == null ? null : new Restored(document, age(issuer, found.get()));
    }

    private static @Nullable KeyDocument document(Issuer issuer, Kept kept) {
        byte[] bytes = kept.document().getBytes(StandardCharsets.UTF_8);
        try {
            return KeyDocument.read(bytes, issuer.keys(), issuer.name());
        } catch (KeysUnavailableException e) {
            log.atWarn()
                    .addKeyValue("issuer", issuer.name())
                    .addKeyValue("cause", e.getMessage())
                    .log("issuer's kept keys are not understood");
            return null;
        }
    }

    private Duration age(Issuer issuer, Kept kept) {
        Instant now = clock.instant();
        if (issuer.keys() instanceof BundleFile) {
            // The file itself has the keys; of what is kept only the sequence counts.
            return KeySlot.HARD_AGE;
        }
        if (now.isBefore(kept.seenAt().minus(TOLERANCE))) {
            log.atWarn()
                    .addKeyValue("issuer", issuer.name())
                    .log("issuer's kept keys are not used: the clock was set back");
            return KeySlot.HARD_AGE;
        }
        Instant latest = now.isBefore(kept.seenAt()) ? kept.seenAt() : now;
        Duration age = Duration.between(kept.fetchedAt(), latest);
        return age.compareTo(KeySlot.HARD_AGE) > 0 ? KeySlot.HARD_AGE : age;
    }

    /// A failure is only logged: the keys are good now.
    void keep(Issuer issuer, KeyDocument document) {
        if (!(issuer.keys() instanceof JwksFile)) {
            Instant now = clock.instant();
            String place = KeyLoader.place(issuer);
            attempt(
                    issuer,
                    () -> kept.keep(new Kept(issuer.name(), place, document.text(), now, now)));
        }
    }

    /// @param age that the kept keys have reached, by a clock that never jumps
    void aged(Issuer issuer, Duration age) {
        if (!(issuer.keys() instanceof JwksFile)) {
            attempt(issuer, () -> kept.aged(issuer.name(), age));
        }
    }

    private static void attempt(Issuer issuer, Runnable change) {
        try {
            change.run();
        } catch (StorageException e) {
            log.atError()
                    .addKeyValue("issuer", issuer.name())
                    .setCause(e)
                    .log("issuer's keys are not kept");
        }
    }
}
