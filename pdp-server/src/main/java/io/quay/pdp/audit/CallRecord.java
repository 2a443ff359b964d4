package io.quay.pdp.audit;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What became of a call that the gateway took: how the execution of an allowed one ended, or that
/// one was passed on without a decision. Immutable; holds no token and no path.
///
/// @param id sortable by time
/// @param time when it ended; of one that was passed, when it began
/// @param decisionId the decision that allowed it; null when it was passed without one
/// @param status Quay's, or of our redirect; null when there was none
/// @param millis from sending it to the end of the answer; null when it was not sent
/// @param requestId the `X-Request-ID` that Quay got as well
/// @param credential of a passed call: `session`, `opaque`, or the foreign issuer of its token
/// @param method of a passed call
/// @param action of a passed call, when its request line means an operation
/// @param sourceIp of a passed call
public record CallRecord(
        String id,
        Instant time,
        @Nullable String decisionId,
        State state,
        @Nullable Integer status,
        @Nullable Long millis,
        @Nullable String requestId,
        @Nullable String credential,
        @Nullable String method,
        @Nullable String action,
        @Nullable String sourceIp) {

    /// Who asks, in records of the gateway's own decisions. No PEP can have this name.
    public static final String GATEWAY = "pdp:gateway";

    /// How it ended.
    public enum State {
        /// Quay answered and the answer was handed on.
        ANSWERED,
        /// We answered that the path has a slash at its end; Quay was not asked.
        REDIRECTED,
        /// Between decision and act the token, the account or the policies changed: not sent.
        WITHDRAWN,
        /// Quay could not be reached: it never had the call.
        UNREACHED,
        /// Quay's answer did not come, broke off, or was none: it may have executed the call.
        BROKEN,
        /// Quay did not answer in time: it may have executed the call.
        TIMED_OUT,
        /// The server stopped before it knew.
        UNKNOWN,
        /// Passed on as it came, for Quay alone to judge.
        PASSED;

        private final String code = name().toLowerCase(Locale.ROOT);

        /// As records spell it.
        public String code() {
            return code;
        }
    }

    /// How the execution of an allowed call ended.
    public static CallRecord ofDecision(
            String id,
            Instant time,
            String decisionId,
            State state,
            @Nullable Integer status,
            @Nullable Long millis,
            @Nullable String requestId) {
        return new CallRecord(
                id, time, decisionId, state, status, millis, requestId, null, null, null, null);
    }
}
