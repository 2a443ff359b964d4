package io.quay.pdp.federation;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.TokenClaims.Checked;
import io.quay.pdp.federation.TokenVerifier.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds for the tokens of every kind alike.
class TokensOfEveryKindTest {
    private static final long NOW = Issuers.NOW.getEpochSecond();

    record Sample(Issuer issuer, Map<String, Object> claims) {
        @Override
        public String toString() {
            return issuer.kind().word();
        }

        Checked with(String claim, @Nullable Object value) {
            Map<String, @Nullable Object> changed = new HashMap<>(claims);
            changed.put(claim, value);
            return TokenClaims.check(issuer, changed, Issuers.NOW);
        }

        Checked without(String claim) {
            Map<String, @Nullable Object> changed = new HashMap<>(claims);
            changed.remove(claim);
            return TokenClaims.check(issuer, changed, Issuers.NOW);
        }
    }

    static Stream<Sample> samples() {
        Map<String, Object> oidc = new HashMap<>(Issuers.svid());
        oidc.put("iss", "https://id.example.com");
        oidc.put("sub", "app");
        return Stream.of(
                new Sample(Issuers.CLUSTER, Issuers.kubernetes()),
                new Sample(Issuers.MESH, Issuers.svid()),
                new Sample(Issuers.GITHUB, Issuers.github()),
                new Sample(Issuers.GITLAB, Issuers.gitlab()),
                new Sample(Issuers.issuer("own", IssuerKind.OIDC, "https://id.example.com"), oidc));
    }

    @ParameterizedTest
    @EnumSource(IssuerKind.class)
    void kindHasASample(IssuerKind kind) {
        assertThat(samples()).anyMatch(sample -> sample.issuer().kind() == kind);
    }

    private static void refused(Reason reason, Checked checked) {
        assertThat(checked)
                .isInstanceOfSatisfying(
                        Checked.Unsound.class,
                        unsound ->
                                assertThat(unsound.rejected().reason())
                                        .as(unsound.rejected().detail())
                                        .isEqualTo(reason));
    }

    private static void sound(Checked checked) {
        assertThat(checked).isInstanceOf(Checked.Sound.class);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void vaultAudienceAsTextSkippedTheCheck_textAndArrayAreJudgedAlike(Sample sample) {
        sound(sample.with("aud", Issuers.AUDIENCE));
        sound(sample.with("aud", List.of(Issuers.AUDIENCE)));
        refused(Reason.WRONG_AUDIENCE, sample.with("aud", "https://other.example.com"));
        refused(Reason.WRONG_AUDIENCE, sample.with("aud", List.of("https://other.example.com")));
        refused(Reason.WRONG_AUDIENCE, sample.with("aud", ""));
        refused(Reason.WRONG_AUDIENCE, sample.with("aud", List.of()));
        refused(Reason.WRONG_AUDIENCE, sample.with("aud", List.of(Issuers.AUDIENCE, "x")));
        refused(Reason.MALFORMED, sample.with("aud", 1L));
        refused(Reason.MALFORMED, sample.with("aud", null));
        refused(Reason.MISSING_CLAIM, sample.without("aud"));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void quayFederationWithoutAudience_tokenForAnotherServiceIsRefused(Sample sample) {
        for (String other : List.of("sigstore", "https://github.com/acme", "sts.amazonaws.com")) {
            refused(Reason.WRONG_AUDIENCE, sample.with("aud", other));
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void spireTokenWithoutExp_isRefused(Sample sample) {
        refused(Reason.MISSING_CLAIM, sample.without("exp"));
        refused(Reason.MALFORMED, sample.with("exp", null));
        refused(Reason.MALFORMED, sample.with("exp", Long.MAX_VALUE));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void issuerWhoseClockRunsAhead_isForgivenTheLeewayAndNoMore(Sample sample) {
        for (String claim : List.of("iat", "nbf")) {
            sound(sample.with(claim, NOW + 5));
            sound(sample.with(claim, NOW + 60));
            refused(Reason.NOT_YET_VALID, sample.with(claim, NOW + 61));
        }
        sound(sample.with("nbf", NOW - 608));
    }

    /// RFC 7800 §3: whoever stole it has it, but not the key.
    @ParameterizedTest
    @MethodSource("samples")
    void tokenThatIsBoundToAKey_isNoBearerToken(Sample sample) {
        refused(Reason.MALFORMED, sample.with("cnf", Map.of("jkt", "thumbprint")));
        refused(Reason.MALFORMED, sample.with("cnf", null));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void lifetimeAboveTheKinds_isRefused(Sample sample) {
        long issued = NOW - 8;
        long longest = sample.issuer().maxLifetime().toSeconds();
        sound(sample.with("exp", issued + longest));
        refused(Reason.LIFETIME_TOO_LONG, sample.with("exp", issued + longest + 1));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void numericSubject_isNoText(Sample sample) {
        refused(Reason.MALFORMED, sample.with("sub", 123L));
        refused(Reason.MALFORMED, sample.with("sub", null));
        refused(Reason.MISSING_CLAIM, sample.without("sub"));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void trailingSlashOtherCaseOrHomograph_namesAnotherIssuer(Sample sample) {
        String claim = sample.issuer().kind() == IssuerKind.SPIFFE ? "sub" : "iss";
        String right = String.valueOf(sample.claims().get(claim));
        assertThat(IssuerLookup.names(sample.claims(), sample.issuer())).isTrue();
        List<String> twins = new ArrayList<>(Arrays.asList(right + "/", " " + right, right + "\n"));
        twins.add(right.replace('o', '\u043e'));
        twins.add(right.replace("://", ":/"));
        if (sample.issuer().kind() != IssuerKind.SPIFFE) {
            twins.add(right.toUpperCase(java.util.Locale.ROOT));
        }
        for (String twin : twins) {
            Map<String, Object> claims = new HashMap<>(sample.claims());
            claims.put(claim, twin);
            assertThat(IssuerLookup.names(claims, sample.issuer())).as(twin).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void claimsOfOneKind_areNoWorkloadOfAnother(Sample sample) {
        samples()
                .filter(other -> other.issuer().kind() != sample.issuer().kind())
                .filter(other -> other.issuer().kind() != IssuerKind.OIDC)
                .forEach(other ->
                        assertThat(
                                        ClaimMapper.map(
                                                Issuers.verified(other.issuer(), sample.claims())))
                                .as(other.toString())
                                .isInstanceOf(ClaimMapper.Outcome.Refused.class));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void runOfEveryKind_isToldForTheRecords(Sample sample) {
        Map<String, Object> claims = new HashMap<>(sample.claims());
        claims.put("jti", "j-1");
        assertThat(ClaimMapper.map(Issuers.verified(sample.issuer(), claims)))
                .isInstanceOfSatisfying(
                        ClaimMapper.Outcome.Mapped.class,
                        mapped ->
                                assertThat(mapped.workload().run())
                                        .containsEntry("jti", "j-1")
                                        .hasSizeGreaterThanOrEqualTo(
                                                sample.issuer().kind() == IssuerKind.OIDC ? 1 : 2));
    }
}
