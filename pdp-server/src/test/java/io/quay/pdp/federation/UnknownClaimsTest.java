package io.quay.pdp.federation;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.CapturedLog;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UnknownClaimsTest {
    private final UnknownClaims unknown = new UnknownClaims();

    private static Verified token(Issuer issuer, Map<String, Object> claims) {
        return new Verified(issuer, claims, Instant.EPOCH, Instant.EPOCH, "00");
    }

    private String logged(Issuer issuer, Map<String, Object> claims) {
        try (CapturedLog log = CapturedLog.begin()) {
            unknown.report(token(issuer, claims));
            return log.text();
        }
    }

    private static Map<String, Object> gitlabWith(String claim) {
        Map<String, Object> claims = new HashMap<>(Issuers.gitlab());
        claims.put(claim, "private-value");
        return claims;
    }

    @Test
    void gitlabClaimThatChangedTheOthersMeaning_isSaidOnce() {
        String first = logged(Issuers.GITLAB, gitlabWith("target_project_id"));
        assertThat(first)
                .contains("target_project_id", Issuers.GITLAB.name())
                .doesNotContain("private-value");
        assertThat(logged(Issuers.GITLAB, gitlabWith("target_project_id"))).isEmpty();
        assertThat(logged(Issuers.GITLAB, gitlabWith("another"))).contains("another");
    }

    @Test
    void claimWithAHostileName_isNotWrittenDown() {
        assertThat(logged(Issuers.GITLAB, gitlabWith("x\n{\"level\":\"ERROR\"}")))
                .contains("(unprintable)")
                .doesNotContain("ERROR");
        assertThat(logged(Issuers.GITLAB, gitlabWith("y".repeat(65))))
                .contains("(unprintable)")
                .doesNotContain("yyy");
    }

    @Test
    void moreClaimsThanAnyIssuerHas_areNotRemembered() {
        for (int i = 0; i < 1_000; i++) {
            unknown.report(token(Issuers.GITLAB, gitlabWith("claim-" + i)));
        }
        assertThat(logged(Issuers.GITLAB, gitlabWith("one-more"))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("io.quay.pdp.federation.TokensOfEveryKindTest#samples")
    void claimsThatEveryTokenOfTheKindHas_areKnown(TokensOfEveryKindTest.Sample sample) {
        assertThat(logged(sample.issuer(), sample.claims())).isEmpty();
    }
}
