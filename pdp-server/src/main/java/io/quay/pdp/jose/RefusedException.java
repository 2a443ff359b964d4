package io.quay.pdp.jose;

import io.quay.pdp.federation.TokenVerifier.Reason;
import io.quay.pdp.federation.TokenVerifier.Verification.Rejected;

/// One step of the verification refused the token; caught once, in [JwtVerifier].
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Rejected rejected;

    /// @param detail holds no part of the token but names of claims and headers
    RefusedException(Reason reason, String detail) {
        super(detail, null, false, false);
        this.rejected = new Rejected(reason, detail);
    }

    Rejected rejected() {
        return rejected;
    }
}
