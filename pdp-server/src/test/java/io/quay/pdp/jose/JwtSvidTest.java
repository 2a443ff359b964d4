package io.quay.pdp.jose;

import static io.quay.pdp.federation.TokenVerifier.Reason.ALGORITHM_NOT_ALLOWED;
import static io.quay.pdp.federation.TokenVerifier.Reason.EXPIRED;
import static io.quay.pdp.federation.TokenVerifier.Reason.LIFETIME_TOO_LONG;
import static io.quay.pdp.federation.TokenVerifier.Reason.MALFORMED;
import static io.quay.pdp.federation.TokenVerifier.Reason.MISSING_CLAIM;
import static io.quay.pdp.federation.TokenVerifier.Reason.NOT_YET_VALID;
import static io.quay.pdp.federation.TokenVerifier.Reason.NO_MATCHING_KEY;
import static io.quay.pdp.federation.TokenVerifier.Reason.UNKNOWN_ISSUER;
import static io.quay.pdp.federation.TokenVerifier.Reason.WRONG_AUDIENCE;
import static io.quay.pdp.jose.TestIssuer.AUDIENCE;
import static io.quay.pdp.jose.TestIssuer.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// JWT-SVIDs: found by the trust domain of `sub`, with the few claims that their standard asks for.
class JwtSvidTest {
    private static final TestIssuer MESH = TestIssuer.create("spiffe://example.org");
    private static final long SECONDS = NOW.getEpochSecond();

    @TempDir Path directory;
    private final VerifierFixture verifier = new VerifierFixture();
    private final Map<String, Object> claims = new LinkedHashMap<>();
    private Issuer mesh = MESH.registered("mesh", IssuerKind.SPIFFE, file(Path.of("none")));

    private static Issuer.KeySource file(Path file) {
        return new Issuer.KeySource.JwksFile(file);
    }

    @BeforeEach
    void mint() {
        mesh =
                MESH.registered(
                        "mesh",
                        IssuerKind.SPIFFE,
                        file(VerifierFixture.write(directory, MESH.jwks())));
        claims.put("aud", List.of(AUDIENCE));
        claims.put("exp", SECONDS + 300);
        claims.put("sub", "spiffe://example.org/ns/audit/sa/auditor");
    }

    private String token() {
        return MESH.sign(claims);
    }

    private String tokenWith(String header, Object value) {
        Map<String, Object> headers = MESH.header();
        headers.put(header, value);
        return MESH.sign(headers, claims);
    }

    @Test
    void svidWithNothingButWhatItMustHave_isVerified() {
        var verified = verifier.accepted(token(), mesh);
        assertThat(verified.issuer().name()).isEqualTo("mesh");
        // as old as it can be, so that no rule about age is passed by saying nothing
        assertThat(verified.issuedAt()).isEqualTo(NOW.plusSeconds(300).minus(mesh.maxLifetime()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://spire.example.org", "spiffe://elsewhere.example.org", ""})
    void issuerThatAnSvidMayHave_saysNothing(String iss) {
        claims.put("iss", iss);
        claims.put("iat", SECONDS);
        claims.put("nbf", SECONDS);
        claims.put("jti", "j-1");
        assertThat(verifier.accepted(token(), mesh).issuer().name()).isEqualTo("mesh");
    }

    @Test
    void trustDomainInTheIssuer_findsNobody() {
        claims.put("iss", "spiffe://example.org");
        claims.put("sub", "spiffe://example.com/ns/audit/sa/auditor");
        verifier.refused(UNKNOWN_ISSUER, token(), mesh);
        claims.put("sub", "auditor");
        verifier.refused(UNKNOWN_ISSUER, token(), mesh);
    }

    @Test
    void tokenOfAnUnregisteredTrustDomain_isRefused() {
        claims.put("sub", "spiffe://example.com/ns/audit/sa/auditor");
        verifier.refused(UNKNOWN_ISSUER, token(), mesh);
    }

    @Test
    void keyOfAnotherTrustDomain_isRefused() {
        TestIssuer other = MESH.with(TestKey.generate("other", "ES256"));
        verifier.refused(NO_MATCHING_KEY, other.sign(claims), mesh);
    }

    @Test
    void tokenOfAnOidcIssuerThatClaimsASpiffeId_isThatIssuersOwn() {
        TestIssuer oidc =
                new TestIssuer("https://id.example.com", TestKey.generate("oidc", "ES256"));
        Issuer registered =
                oidc.registered("oidc", IssuerKind.OIDC, file(write("oidc.json", oidc.jwks())));
        claims.put("iss", "https://id.example.com");
        claims.put("iat", SECONDS);
        assertThat(verifier.accepted(oidc.sign(claims), mesh, registered).issuer().name())
                .isEqualTo("oidc");
    }

    private Path write(String name, String text) {
        try {
            return java.nio.file.Files.writeString(directory.resolve(name), text);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"JWT", "JOSE"})
    void typOfTheStandard_isAccepted(String typ) {
        verifier.accepted(tokenWith("typ", typ), mesh);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"wit+jwt", "at+jwt", "jwt", "dpop+jwt", "client-authentication+jwt", ""})
    void witSvidAndOtherTypes_areRefused(String typ) {
        verifier.refused(MALFORMED, tokenWith("typ", typ), mesh);
    }

    @Test
    void joseTypOfAnotherKind_isRefused() {
        TestIssuer cluster = TestIssuer.create(VerifierFixture.ISS);
        Issuer registered = VerifierFixture.withFile(directory, cluster, cluster.jwks());
        Map<String, Object> header = cluster.header();
        header.put("typ", "JOSE");
        verifier.refused(
                MALFORMED,
                cluster.sign(header, cluster.kubernetesClaims("ci", "a", NOW)),
                registered);
    }

    @ParameterizedTest
    @ValueSource(strings = {"jku", "jwk", "x5u", "x5c", "x5t", "cty", "b64"})
    void headerBeyondAlgKidTyp_isRefused(String header) {
        verifier.refused(MALFORMED, tokenWith(header, "https://evil.example.com"), mesh);
    }

    @Test
    void svidWithoutKid_isTriedWithTheDomainsKeys() {
        verifier.accepted(MESH.sign(Map.of("alg", "ES256"), claims), mesh);
    }

    @ParameterizedTest
    @ValueSource(strings = {"exp", "aud"})
    void svidWithoutExpOrAud_isRefused(String claim) {
        claims.remove(claim);
        verifier.refused(MISSING_CLAIM, token(), mesh);
    }

    @Test
    void audienceThatIsNotOursAlone_isRefused() {
        claims.put("aud", List.of(AUDIENCE, "https://other.example.com"));
        verifier.refused(WRONG_AUDIENCE, token(), mesh);
    }

    @Test
    void lifetimeIsMeasuredFromIat_orFromNowWhereThereIsNone() {
        claims.put("exp", SECONDS + 3600);
        verifier.accepted(token(), mesh);
        claims.put("exp", SECONDS + 3601);
        verifier.refused(LIFETIME_TOO_LONG, token(), mesh);
        claims.put("iat", SECONDS + 1);
        verifier.accepted(token(), mesh);
        claims.put("iat", SECONDS);
        verifier.refused(LIFETIME_TOO_LONG, token(), mesh);
    }

    @Test
    void timesBindWhereTheyAreSaid() {
        claims.put("nbf", SECONDS + 61);
        verifier.refused(NOT_YET_VALID, token(), mesh);
        claims.remove("nbf");
        claims.put("exp", SECONDS - 60);
        verifier.refused(EXPIRED, token(), mesh);
        claims.put("exp", SECONDS + 300);
        claims.put("iat", null);
        verifier.refused(MALFORMED, token(), mesh);
    }

    @Test
    void algorithmOutsideTheStandard_isRefused() {
        TestIssuer edwards = MESH.with(TestKey.generate("ed", "EdDSA"));
        Issuer usual = VerifierFixture.allowing(mesh, IssuerKind.SPIFFE.algorithms());
        verifier.refused(ALGORITHM_NOT_ALLOWED, edwards.sign(claims), usual);
    }

    @Test
    void tokenWithoutIatOfAnyOtherKind_isRefused() {
        TestIssuer cluster = TestIssuer.create(VerifierFixture.ISS);
        Issuer registered = VerifierFixture.withFile(directory, cluster, cluster.jwks());
        Map<String, Object> kubernetes = cluster.kubernetesClaims("ci", "a", NOW);
        kubernetes.remove("iat");
        verifier.refused(MISSING_CLAIM, cluster.sign(kubernetes), registered);
    }
}
