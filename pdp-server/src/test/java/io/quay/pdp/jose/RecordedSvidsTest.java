package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.EXPIRED;
import static io.quay.pdp.federation.TokenVerifier.Reason.NOT_YET_VALID;
import static io.quay.pdp.federation.TokenVerifier.Reason.NO_MATCHING_KEY;
import static io.quay.pdp.federation.TokenVerifier.Reason.UNKNOWN_ISSUER;
import static io.quay.pdp.federation.TokenVerifier.Reason.WRONG_AUDIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.federation.ClaimMapper;
import io.quay.pdp.federation.ClaimMapper.Outcome;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.TokenVerifier.Verification;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// JWT-SVIDs and bundles that a real SPIRE server made while its keys were rotated, tainted and
/// revoked, at a clock of our own.
class RecordedSvidsTest {
    private static final RecordedTokens SPIRE = RecordedTokens.of("spiffe");
    private static final Instant ISSUED = Instant.ofEpochSecond(1795408680);
    private static final String FIRST_KEY = "es256-one-audience";
    private static final String SECOND_KEY = "es256-after-rotation";

    @TempDir Path directory;
    private final VerifierFixture verifier = new VerifierFixture();

    private Issuer issuer(String trustDomain) {
        return TestIssuer.create("spiffe://" + trustDomain)
                .registered(
                        trustDomain,
                        IssuerKind.SPIFFE,
                        new Issuer.KeySource.BundleFile(directory.resolve("bundle.json")));
    }

    private Issuer issuer() {
        return issuer("example.org");
    }

    private void publish(String bundle) {
        try {
            Files.writeString(
                    directory.resolve("bundle.json"),
                    SPIRE.section().get("bundles").get(bundle).toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Verification verifyAt(Instant now, String token) {
        return verifier.verifyAt(now, SPIRE.token(token), issuer());
    }

    private void accepts(String token) {
        assertThat(verifyAt(ISSUED, token)).as(token).isInstanceOf(Verified.class);
    }

    private void refuses(String token) {
        VerifierFixture.assertRefused(NO_MATCHING_KEY, verifyAt(ISSUED, token));
    }

    private static Stream<List<String>> oneAudienceTokensAndBundles() {
        List<List<String>> pairs = new ArrayList<>();
        for (String token : List.of(FIRST_KEY, SECOND_KEY, "es256-other-path")) {
            SPIRE.section()
                    .get("bundles")
                    .fieldNames()
                    .forEachRemaining(bundle -> pairs.add(List.of(token, bundle)));
        }
        return pairs.stream();
    }

    /// The server itself said with which of its bundles a token holds.
    @ParameterizedTest
    @MethodSource("oneAudienceTokensAndBundles")
    void svidHoldsWithTheBundlesThatTheServerSays(List<String> pair) {
        String token = pair.getFirst();
        publish(pair.getLast());
        boolean expected = false;
        for (JsonNode bundle : SPIRE.entry(token).get("verifies_with")) {
            expected |= bundle.asText().equals(pair.getLast());
        }
        assertThat(verifyAt(ISSUED, token) instanceof Verified).isEqualTo(expected);
    }

    @Test
    void svidIsVerifiedInsideItsWindowOnly() {
        publish("bundle-1");
        assertThat(verifyAt(ISSUED.minusSeconds(60), FIRST_KEY)).isInstanceOf(Verified.class);
        assertThat(verifyAt(ISSUED.plusSeconds(359), FIRST_KEY)).isInstanceOf(Verified.class);
        VerifierFixture.assertRefused(NOT_YET_VALID, verifyAt(ISSUED.minusSeconds(61), FIRST_KEY));
        VerifierFixture.assertRefused(EXPIRED, verifyAt(ISSUED.plusSeconds(360), FIRST_KEY));
    }

    @Test
    void keysAreFollowedThroughRotationTaintAndRevocation() {
        publish("bundle-1");
        accepts(FIRST_KEY);
        refuses(SECOND_KEY);
        publish("bundle-2-prepared");
        accepts(FIRST_KEY);
        accepts(SECOND_KEY);
        publish("bundle-3-tainted");
        accepts(FIRST_KEY);
        accepts(SECOND_KEY);
        publish("bundle-4-revoked");
        refuses(FIRST_KEY);
        accepts(SECOND_KEY);
    }

    @Test
    void bundleOfAnEarlierSequenceDoesNotReviveARevokedKey() {
        publish("bundle-4-revoked");
        accepts(SECOND_KEY);
        publish("bundle-3-tainted");
        verifier.pass(Duration.ofMinutes(10));
        refuses(FIRST_KEY);
        accepts(SECOND_KEY);
    }

    @Test
    void svidWithTwoAudiencesIsRefused() {
        publish("bundle-1");
        VerifierFixture.assertRefused(WRONG_AUDIENCE, verifyAt(ISSUED, "es256-two-audiences"));
    }

    @Test
    void svidOfAnotherTrustDomainIsRefusedWithItsOwnKeys() {
        publish("bundle-rsa");
        VerifierFixture.assertRefused(UNKNOWN_ISSUER, verifyAt(ISSUED, "rs256-no-issuer"));
    }

    @Test
    void svidWithoutIssuerBecomesAWorkload() {
        publish("bundle-rsa");
        var verification =
                verifier.verifyAt(
                        ISSUED.plusSeconds(60),
                        SPIRE.token("rs256-no-issuer"),
                        issuer("rsa.example.org"));
        assertThat(verification).isInstanceOf(Verified.class);
        assertThat(ClaimMapper.map((Verified) verification))
                .isInstanceOfSatisfying(
                        Outcome.Mapped.class,
                        mapped -> {
                            assertThat(mapped.workload().entity().type())
                                    .isEqualTo("Workload::Spiffe");
                            assertThat(mapped.workload().attributes())
                                    .containsEntry("issuer", Value.of("rsa.example.org"))
                                    .containsEntry("trust_domain", Value.of("rsa.example.org"))
                                    .containsEntry("path", Value.of("/quay-auditor"));
                        });
    }
}
