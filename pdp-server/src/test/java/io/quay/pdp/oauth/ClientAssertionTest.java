package io.quay.pdp.oauth;

import static io.quay.pdp.oauth.TokenDesk.CLIENT;
import static io.quay.pdp.oauth.TokenDesk.ISSUER;
import static io.quay.pdp.oauth.TokenDesk.byAssertion;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.quay.pdp.accounts.AccountSpec;
import io.quay.pdp.accounts.Office;
import io.quay.pdp.accounts.RefusedException;
import io.quay.pdp.token.OAuthError;
import io.quay.pdp.token.OAuthException;
import io.quay.pdp.token.SigningKey;
import io.quay.pdp.token.SpentOnce;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `private_key_jwt` and what attackers make of it.
class ClientAssertionTest {
    @TempDir private Path directory;

    @SuppressWarnings("NullAway.Init")
    private TokenDesk desk;

    @BeforeEach
    void open() throws Exception {
        desk = new TokenDesk(directory);
    }

    private static JWTClaimsSet.Builder claims() {
        return new JWTClaimsSet.Builder()
                .issuer(CLIENT)
                .subject(CLIENT)
                .audience(ISSUER)
                .jwtID(UUID.randomUUID().toString())
                .issueTime(Date.from(Office.NOW))
                .expirationTime(Date.from(Office.NOW.plusSeconds(60)));
    }

    private String signed(JWTClaimsSet.Builder claims) throws Exception {
        return OAuthServer.sign(desk.key, "JWT", claims.build());
    }

    private void assertRefused(String assertion, String reason) {
        assertThatThrownBy(() -> desk.service.token(byAssertion(assertion)))
                .isInstanceOfSatisfying(
                        OAuthException.class,
                        e -> {
                            assertThat(e.error()).isEqualTo(OAuthError.INVALID_CLIENT);
                            assertThat(e.description()).isEqualTo("client authentication failed");
                            assertThat(e.auditCause()).contains(reason);
                        });
        assertThat(desk.lastEvent().kind().code()).isEqualTo("token.refused");
        assertThat(desk.lastEvent().details().get("reason")).contains(reason);
    }

    @Test
    void anAssertionOfARegisteredKeyIsTaken() throws Exception {
        for (String type : new String[] {null, "JWT", "jwt", "client-authentication+jwt"}) {
            desk.service.token(byAssertion(OAuthServer.sign(desk.key, type, claims().build())));
        }
        RSAKey rsa = new RSAKeyGenerator(2048).generate();
        desk.register(CLIENT, rsa.toPublicJWK().toJSONString());
        desk.service.token(
                byAssertion(OAuthServer.sign(rsa, JWSAlgorithm.RS256, claims().build())));
        desk.service.token(
                byAssertion(OAuthServer.sign(rsa, JWSAlgorithm.PS256, claims().build())));
        assertThat(desk.office.directory.lastUsed(desk.keyCredential.id())).contains(Office.NOW);
    }

    @Test
    void theTokenEndpointAsAudience_isRefusedUnlessTheAccountIsLegacy() throws Exception {
        String endpoint = ISSUER + "/oauth2/token";
        assertRefused(signed(claims().audience(endpoint)), "aud");
        desk.replace(new AccountSpec(CLIENT, "", "", null, Set.of(), Map.of(), true, null, true));
        desk.service.token(byAssertion(signed(claims().audience(endpoint))));
        assertRefused(signed(claims().audience(List.of(ISSUER, endpoint))), "aud");
    }

    @Test
    void twoAudiences_areRefused() throws Exception {
        assertRefused(
                signed(claims().audience(List.of(ISSUER, "https://evil.example.com"))), "aud");
        assertRefused(signed(claims().audience("https://evil.example.com")), "aud");
        assertRefused(signed(claims().audience(ISSUER + "/")), "aud");
    }

    @Test
    void aSecondUse_isRefusedAlsoAfterARestart() throws Exception {
        String assertion = signed(claims());
        desk.service.token(byAssertion(assertion));
        assertRefused(assertion, "used before");
        SpentOnce restarted = new SpentOnce(desk.log, desk.office.clock);
        restarted.load();
        assertThat(desk.log.since(Office.NOW)).hasSize(1);
    }

    @Test
    void ofManyUsesAtOnce_exactlyOneSucceeds() throws Exception {
        String assertion = signed(claims());
        List<Future<Boolean>> uses = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                uses.add(
                        threads.submit(() -> {
                            try {
                                desk.service.token(byAssertion(assertion));
                                return true;
                            } catch (OAuthException _) {
                                return false;
                            }
                        }));
            }
        }
        int succeeded = 0;
        for (Future<Boolean> use : uses) {
            succeeded += use.get() ? 1 : 0;
        }
        assertThat(succeeded).isEqualTo(1);
    }

    @Test
    void anAssertionWithoutWhatItNeeds_isRefused() throws Exception {
        assertRefused(signed(claims().jwtID(null)), "jti");
        assertRefused(signed(claims().expirationTime(null)), "exp");
        assertRefused(signed(claims().audience((String) null)), "aud");
        assertRefused(signed(claims().issuer("svc-other")), "iss");
    }

    @Test
    void anAssertionOutsideItsTime_isRefused() throws Exception {
        Instant now = Office.NOW;
        assertRefused(signed(claims().expirationTime(Date.from(now.minusSeconds(60)))), "exp");
        assertRefused(signed(claims().expirationTime(Date.from(now.plusSeconds(361)))), "exp");
        assertRefused(signed(claims().issueTime(Date.from(now.plusSeconds(61)))), "iat");
        assertRefused(signed(claims().issueTime(Date.from(now.minusSeconds(361)))), "iat");
        assertRefused(signed(claims().notBeforeTime(Date.from(now.plusSeconds(61)))), "nbf");
        desk.service.token(byAssertion(signed(claims().issueTime(Date.from(now.plusSeconds(59))))));
    }

    @Test
    void anotherKey_isRefused() throws Exception {
        ECKey other = new ECKeyGenerator(Curve.P_256).generate();
        assertRefused(OAuthServer.sign(other, "JWT", claims().build()), "no key");
        desk.create("svc-other");
        desk.register("svc-other", other.toPublicJWK().toJSONString());
        assertRefused(OAuthServer.sign(other, "JWT", claims().build()), "no key");
    }

    @Test
    void anUnknownAccount_hasTheSameAnswer() throws Exception {
        assertRefused(
                signed(claims().issuer("svc-nobody").subject("svc-nobody")), "no such account");
    }

    /// RFC 8725 §2.1: a public key is no shared secret.
    @Test
    void thePublicKeyAsASharedSecret_isRefused() throws Exception {
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims().build());
        token.sign(
                new MACSigner(
                        desk.key.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8)));
        assertRefused(token.serialize(), "alg");
        String none =
                Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString(
                                        "{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8))
                        + "."
                        + claims().build().toPayload().toBase64URL()
                        + ".";
        assertRefused(none, "alg");
    }

    /// Cross-JWT confusion (RFC 8725 §2.8).
    @Test
    void ourOwnAccessTokenAsAnAssertion_isRefused() throws Exception {
        assertRefused(desk.token(), "typ");
        for (String type : List.of("at+jwt", "dpop+jwt", "wit+jwt", "logout+jwt")) {
            assertRefused(OAuthServer.sign(desk.key, type, claims().build()), "typ");
        }
    }

    @Test
    void anAssertionAsAnAccessToken_isRefused() throws Exception {
        assertThat(desk.tokens.look(signed(claims()))).asString().contains("INVALID_TOKEN");
        String alike =
                OAuthServer.sign(
                        desk.key, "at+jwt", claims().issuer(ISSUER).audience(ISSUER).build());
        assertThat(desk.tokens.look(alike)).asString().contains("INVALID_TOKEN");
    }

    @Test
    void anUnknownAssertionType_isRefusedAsAClientNotAsAFault() throws Exception {
        String assertion = signed(claims());
        assertThatThrownBy(() ->
                        desk.service.token(
                                TokenDesk.call(
                                        null,
                                        "grant_type",
                                        "client_credentials",
                                        "client_assertion_type",
                                        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
                                        "client_assertion",
                                        assertion)))
                .isInstanceOfSatisfying(
                        OAuthException.class,
                        e -> assertThat(e.error()).isEqualTo(OAuthError.INVALID_CLIENT));
    }

    /// S9: one key, one account, and none of ours.
    @Test
    void ourOwnSigningKeyForAnAccount_isRefused() {
        SigningKey ours = desk.ring.keys().getFirst();
        assertThat(desk.ring.holds(ours.kid())).isTrue();
        desk.office.ours.add(ours.kid());
        assertThatThrownBy(() -> desk.register(CLIENT, ours.publicJwk()))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("in use already");
    }

    @Test
    void whileNothingCanBeRecorded_nothingIsIssued() throws Exception {
        desk.log.unavailable(true);
        assertThatThrownBy(() -> desk.service.token(desk.bySecret()))
                .isInstanceOfSatisfying(
                        OAuthException.class,
                        e -> assertThat(e.error()).isEqualTo(OAuthError.TEMPORARILY_UNAVAILABLE));
    }

    @Test
    void anExpiredCredential_isRefused() throws Exception {
        desk.office.clock.advance(Duration.ofDays(91));
        Instant now = desk.office.clock.instant();
        assertRefused(
                signed(
                        claims().issueTime(Date.from(now))
                                .expirationTime(Date.from(now.plusSeconds(60)))),
                "expired");
    }
}
