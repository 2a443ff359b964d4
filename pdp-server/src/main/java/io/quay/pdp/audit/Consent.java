package io.quay.pdp.audit;

import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.Outcome;

/// The last word on what the policies allow, asked before the record is made: whoever has an
/// allowed call executed may still refuse it, and then the refusal is the decision that stands in
/// the log. Nothing that is denied can become allowed. Implementations are safe for use by any
/// number of threads.
public interface Consent {
    /// @param allowed by the policies
    /// @return the outcome's own decision, or why the call is refused after all
    Decision to(Outcome allowed);
}
