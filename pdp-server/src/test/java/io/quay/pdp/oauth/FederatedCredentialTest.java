package io.quay.pdp.oauth;

import static io.quay.pdp.oauth.TokenDesk.CLIENT;
import static io.quay.pdp.oauth.TokenDesk.OTHER_JOB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.CredentialSpec;
import io.quay.pdp.accounts.Office;
import io.quay.pdp.accounts.RefusedException;
import io.quay.pdp.accounts.Write;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.quay.RequestMapper;
import io.quay.pdp.token.OAuthException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Credentials that name a workload: exactly that one, never more than whoever made them could
/// give, and under the forbids of the trust policies.
class FederatedCredentialTest {
    private static final String ACME_ADMIN = "svc-acme";
    private static final EntityRef APP = EntityRef.repository("acme/app");

    @TempDir private Path directory;
    private TokenDesk desk;

    @BeforeEach
    void open() throws Exception {
        desk = new TokenDesk(directory);
    }

    private String token(String job) throws OAuthException {
        return desk.service.token(TokenDesk.bearer(job)).accessToken();
    }

    private void assertRefused(String job) {
        assertThatThrownBy(() -> token(job))
                .isInstanceOfSatisfying(
                        OAuthException.class,
                        e ->
                                assertThat(e.description())
                                        .isEqualTo("the assertion is not accepted"));
    }

    private boolean allowed(String token, String action, EntityRef resource) {
        Subject subject = desk.tokens.verify(token);
        return new DecisionPoint(
                        desk.office.policies,
                        new RequestMapper(desk.office.repository.catalog()),
                        DecisionPoint.UnboundIds.REFUSE,
                        desk.office.clock)
                .decide(
                        new AccessRequest(
                                subject,
                                new AccessRequest.Asked.Triple(
                                        action, resource, Map.of(), Map.of(), Map.of()),
                                null))
                .decision()
                .allowed();
    }

    @Test
    void theTokenNamesTheCredentialAndItsUseIsNoted() throws Exception {
        assertThat(desk.office.directory.lastUsed(desk.federatedCredential.id())).isEmpty();
        String token = token(desk.job(OTHER_JOB));
        assertThat(desk.lastEvent().credential()).isEqualTo(desk.federatedCredential.id());
        assertThat(desk.lastEvent().policies()).isEmpty();
        assertThat(desk.tokens.verify(token))
                .isInstanceOfSatisfying(
                        Subject.Proved.class,
                        proved -> {
                            assertThat(proved.authentication().credential())
                                    .isEqualTo(desk.federatedCredential.id());
                            assertThat(proved.authentication().method().word())
                                    .isEqualTo("federated");
                        });
        assertThat(desk.office.directory.lastUsed(desk.federatedCredential.id()))
                .contains(desk.office.clock.instant());
    }

    @ParameterizedTest
    @ValueSource(strings = {"job-22", "job-", "JOB-2", "job-2 ", " job-2", "job-2\n", "*", "job-%"})
    void anotherSubject_isRefused(String subject) {
        assertRefused(desk.job(subject));
    }

    @Test
    void theSameSubjectOfAnotherIssuer_isRefused() {
        TestIssuer other = TestIssuer.create("https://other.example.com");
        desk.office
                .repository
                .with("other.json", other.jwks())
                .with(
                        "issuers.yaml",
                        TokenDesk.issuers("")
                                + "  - {name: other, kind: oidc, issuer: \"https://other.example.com\", audience: \"%s\", keys: {jwks_file: other.json}}\n"
                                        .formatted(TestIssuer.AUDIENCE));
        desk.office.reload();
        assertRefused(other.sign(other.oidcClaims(OTHER_JOB, desk.office.clock.instant())));
    }

    /// A credential for one audience is none for another that the issuer is registered with later.
    @Test
    void aCredentialForAnAudienceThatIsNoLongerTheIssuers_isRefused() throws Exception {
        desk.office.administration.createCredential(
                Office.caller(Office.BOSS),
                CLIENT,
                new CredentialSpec.Federated("ci", "job-4", TestIssuer.AUDIENCE, null, false),
                Write.PLAIN);
        String before = token(desk.job("job-4"));
        String moved = "https://moved.example.com";
        desk.office.repository.with(
                "issuers.yaml", TokenDesk.issuers("").replace(TestIssuer.AUDIENCE, moved));
        desk.office.reload();
        Map<String, Object> claims = desk.issuer.oidcClaims("job-4", desk.office.clock.instant());
        claims.put("aud", moved);
        assertRefused(desk.issuer.sign(claims));
        assertThat(desk.tokens.verify(before)).isInstanceOf(Subject.Refused.class);
        claims.put("sub", OTHER_JOB);
        assertThat(token(desk.issuer.sign(claims))).as("the issuer's audience").isNotEmpty();
    }

    /// Whoever edits `issuers.yaml` gives its names to issuers, not the credentials made for
    /// others.
    @Test
    void anIssuerThatTakesOverTheNameOfAnother_doesNotTakeOverItsCredentials() throws Exception {
        String before = token(desk.job(OTHER_JOB));
        String iss = "https://taken.example.com";
        desk.office.repository.with(
                "issuers.yaml", TokenDesk.issuers("").replace(desk.issuer.iss(), iss));
        desk.office.reload();
        Map<String, Object> claims = desk.issuer.oidcClaims("job-2", desk.office.clock.instant());
        claims.put("sub", OTHER_JOB);
        claims.put("iss", iss);
        assertRefused(desk.issuer.sign(claims));
        assertThat(desk.tokens.verify(before)).isInstanceOf(Subject.Refused.class);
    }

    @Test
    void anotherAccount_isRefused() {
        desk.create("svc-second");
        assertThatThrownBy(() ->
                        desk.service.token(
                                TokenDesk.call(
                                        null,
                                        "grant_type",
                                        TokenDesk.JWT_BEARER,
                                        "client_id",
                                        "svc-second",
                                        "assertion",
                                        desk.job(OTHER_JOB))))
                .isInstanceOf(OAuthException.class);
    }

    /// S12.
    @Test
    void aForbidAmongTheTrustPolicies_isStrongerThanTheCredential() throws Exception {
        String token = token(desk.job(OTHER_JOB));
        desk.office.repository.with(
                "trust/forbid.cedar",
                "@id(\"no-jobs\") forbid (principal is Workload::Oidc, action == Pdp::Action::\"assume\", resource) when { principal.subject == \"job-2\" };");
        desk.office.reload();
        assertRefused(desk.job(OTHER_JOB));
        assertThat(desk.tokens.verify(token)).isInstanceOf(Subject.Refused.class);
    }

    /// S7: whoever holds less cannot make a workload into an account that may do more.
    @Test
    void aWorkloadForAnAccountThatMayDoMoreThanItsMaker_isRefused() {
        desk.office.create(Office.BOSS, Office.owned("svc-acme-job", "acme"));
        desk.office.give(Office.BOSS, "svc-acme-job", "keeper", EntityRef.organization("acme"));
        assertThatThrownBy(() -> federate(ACME_ADMIN, "svc-acme-job"))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("could then do what");
    }

    private Credential federate(String maker, String account) {
        return desk.office
                .administration
                .createCredential(
                        Office.caller(maker),
                        account,
                        new CredentialSpec.Federated("ci", "job-5", null, null, false),
                        Write.PLAIN)
                .value()
                .credential();
    }

    /// S7: what the account is given later by a higher authority is not for the workload.
    @Test
    void whatTheAccountIsGivenLaterByAHigherAuthority_isRefusedToTheWorkload() throws Exception {
        desk.office.create(Office.BOSS, Office.owned("svc-acme-job", "acme"));
        desk.office.give(Office.BOSS, "svc-acme-job", "reader", EntityRef.organization("acme"));
        Credential made = federate(ACME_ADMIN, "svc-acme-job");
        String[] form = {
            "grant_type", TokenDesk.JWT_BEARER, "client_id", "svc-acme-job", "assertion", ""
        };
        form[5] = desk.job("job-5");
        String before = desk.service.token(TokenDesk.call(null, form)).accessToken();
        desk.office.give(Office.BOSS, "svc-acme-job", "keeper", EntityRef.organization("acme"));
        assertThat(desk.office.directory.findCredential(made.id()).orElseThrow().ceiling())
                .isNotNull();
        form[5] = desk.job("job-5");
        String after = desk.service.token(TokenDesk.call(null, form)).accessToken();
        for (String token : new String[] {before, after}) {
            assertThat(allowed(token, "getRepo", APP)).isTrue();
            assertThat(allowed(token, "deleteRepository", APP)).isFalse();
        }
    }
}
