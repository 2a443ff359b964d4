package io.quay.pdp.jose;

import io.quay.pdp.jose.StrictJson.MalformedException;
import io.quay.pdp.token.MalformedTokenException;
import io.quay.pdp.token.SignedTokens;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads signed tokens with the same strictness as workload tokens. Safe for use by any number of
/// threads.
public final class CompactTokens implements SignedTokens {
    @Override
    public SignedToken parse(String compact) throws MalformedTokenException {
        try {
            return new Parsed(CompactToken.parse(compact));
        } catch (RefusedException e) {
            throw new MalformedTokenException(e.rejected().detail());
        }
    }

    private record Parsed(CompactToken token) implements SignedToken {
        @Override
        public String algorithm() {
            return token.algorithm().word();
        }

        @Override
        public @Nullable String kid() {
            return token.kid();
        }

        @Override
        public @Nullable String type() {
            return token.type();
        }

        @Override
        public Set<String> headers() {
            return token.headers();
        }

        @Override
        public Map<String, Object> claims() {
            return FrozenClaims.of(token.claims());
        }

        @Override
        public boolean signedWith(String publicJwk) {
            try {
                VerificationKey key =
                        VerificationKey.parse(
                                StrictJson.object(publicJwk.getBytes(StandardCharsets.UTF_8)));
                return key.fits(token.algorithm())
                        && key.verifies(
                                token.algorithm(),
                                token.signedText().getBytes(StandardCharsets.US_ASCII),
                                token.signature());
            } catch (MalformedException | VerificationKey.UnusableException _) {
                return false;
            }
        }

        /// Without the token, which proves something.
        @Override
        public String toString() {
            return "SignedToken[" + token.type() + "]";
        }
    }
}
