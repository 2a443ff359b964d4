package io.quay.pdp.token;

import io.quay.pdp.audit.DecisionIds;
import java.time.Instant;

/// Reads the time out of the ids that [DecisionIds] makes: a token's `jti` says to the millisecond
/// when it was issued, which `iat` does not.
final class TokenIds {
    private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int TIME_DIGITS = 10;

    private TokenIds() {}

    /// @throws MalformedTokenException when this is no id of ours
    static Instant issuedAt(String id) throws MalformedTokenException {
        if (id.length() != DecisionIds.LENGTH || id.charAt(0) > '7') {
            throw notOurs();
        }
        long millis = 0;
        for (int i = 0; i < id.length(); i++) {
            int digit = DIGITS.indexOf(id.charAt(i));
            if (digit < 0) {
                throw notOurs();
            }
            if (i < TIME_DIGITS) {
                millis = millis << 5 | digit;
            }
        }
        return Instant.ofEpochMilli(millis);
    }

    private static MalformedTokenException notOurs() {
        return new MalformedTokenException("claim jti is not of our form");
    }
}
