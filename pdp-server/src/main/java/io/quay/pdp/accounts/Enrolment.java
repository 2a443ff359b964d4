package io.quay.pdp.accounts;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// That this server put an account's user in Quay into its team of an organization. Immutable.
///
/// @param accountId the account's id
/// @param name the account's name, which is the user's
/// @param since when it came into its state
public record Enrolment(
        String accountId, String organization, String name, State state, Instant since) {
    /// Also of the team itself.
    public enum State {
        /// About to be made: what a crash leaves is completed.
        MAKING,
        MADE,
        /// Taken away in Quay by somebody else: stays so until it is approved again.
        REMOVED
    }

    public Enrolment in(State next, Instant now) {
        return new Enrolment(accountId, organization, name, next, now);
    }

    /// The team that this server made in an organization.
    ///
    /// @param marker part of its description in Quay, by which it is known again
    /// @param since when it came into its state
    public record Team(
            String organization, String name, String marker, State state, Instant since) {
        public Team in(State next, Instant now) {
            return new Team(organization, name, marker, next, now);
        }
    }

    /// An account's user in Quay that was seen.
    ///
    /// @param disabled whether this server saw to it that the user is disabled
    /// @param enabledBefore whether it was enabled before that; null = not looked yet
    public record User(
            String accountId,
            String name,
            Instant seenAt,
            boolean disabled,
            @Nullable Boolean enabledBefore) {}
}
