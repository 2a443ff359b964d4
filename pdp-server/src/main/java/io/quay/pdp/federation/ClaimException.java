package io.quay.pdp.federation;

import io.quay.pdp.federation.ClaimMapper.Cause;
import io.quay.pdp.federation.ClaimMapper.Outcome.Refused;

/// A claim that the kind needs is not there or not as it must be; caught once, in [ClaimMapper].
final class ClaimException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Refused refused;

    ClaimException(Cause cause, String detail) {
        super(detail, null, false, false);
        this.refused = new Refused(cause, detail);
    }

    Refused refused() {
        return refused;
    }
}
