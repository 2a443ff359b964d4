package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Field;
import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.identity.Credential;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How long credentials live.
///
/// @param usual when nothing is asked for
/// @param longest the most that can be asked for
record Lifetimes(Duration usual, Duration longest, Clock clock) {
    /// @param requireNever refuses when no policy permits credentials that never expire
    @Nullable Instant end(CredentialSpec spec, Runnable requireNever) {
        if (spec.never()) {
            requireNever.run();
            return null;
        }
        Instant now = now();
        Instant asked = spec.expiresAt();
        if (asked == null) {
            return now.plus(usual);
        }
        if (!asked.isAfter(now) || asked.isAfter(now.plus(longest))) {
            throw invalid("must be in the future and at most " + longest + " from now");
        }
        return asked.truncatedTo(ChronoUnit.MILLIS);
    }

    /// The end of a rotated credential's successor. An account that rotates its own credential gets
    /// no longer a life than that one was given.
    @Nullable Instant endOfSuccessor(
            Credential old, CredentialSpec spec, boolean own, Runnable requireNever) {
        Instant oldEnd = old.expiresAt();
        if (!own) {
            return end(spec, requireNever);
        }
        if (oldEnd == null) {
            return spec.expiresAt() == null ? null : end(spec, requireNever);
        }
        Instant most = now().plus(Duration.between(old.createdAt(), oldEnd));
        if (spec.never()) {
            throw invalid("must not be later than the life of the rotated credential: " + most);
        }
        if (spec.expiresAt() == null) {
            return most;
        }
        Instant end = end(spec, requireNever);
        if (end == null || end.isAfter(most)) {
            throw invalid("must not be later than the life of the rotated credential: " + most);
        }
        return end;
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static RefusedException invalid(String detail) {
        return new RefusedException(
                Refusal.INVALID,
                "the credential cannot live so long",
                List.of(new Field("/expires_at", detail)));
    }
}
