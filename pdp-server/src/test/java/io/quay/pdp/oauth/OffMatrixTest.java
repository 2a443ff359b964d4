package io.quay.pdp.oauth;

import static io.quay.pdp.oauth.TokenDesk.CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import io.quay.pdp.accounts.AccountSpec;
import io.quay.pdp.accounts.Office;
import io.quay.pdp.accounts.RevocationSpec;
import io.quay.pdp.accounts.StoredGrant;
import io.quay.pdp.accounts.Write;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.quay.RequestMapper;
import io.quay.pdp.token.Grant;
import io.quay.pdp.token.OAuthException;
import io.quay.pdp.token.TokenIssuance;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Whatever is switched off is off everywhere: for every grant that the server offers, at
/// introspection, and at `/authorize`. Grants are taken from the service itself: a new one without
/// a way to ask for it fails here.
class OffMatrixTest {
    private static final EntityRef APP = EntityRef.repository("acme/app");

    @TempDir private Path directory;
    private int desks;

    /// What can be off, and how it is switched off.
    private static final Map<String, Consumer<TokenDesk>> OFF = off();

    private static Map<String, Consumer<TokenDesk>> off() {
        Map<String, Consumer<TokenDesk>> off = new LinkedHashMap<>();
        off.put("account disabled", desk -> desk.replace(spec(false, null)));
        off.put(
                "account expired",
                desk -> {
                    desk.replace(spec(true, Office.NOW.plusSeconds(30)));
                    desk.office.clock.advance(Duration.ofSeconds(31));
                });
        off.put(
                "account deleted",
                desk ->
                        desk.office.administration.delete(
                                Office.caller(Office.BOSS), CLIENT, Write.PLAIN));
        off.put(
                "Git declares another account of the name",
                desk -> {
                    desk.office.repository.with(
                            "accounts.yaml",
                            "groups:\n  - name: restricted\n  - name: payroll-readers\nservice_accounts:\n  - name: svc-boss\n  - name: "
                                    + CLIENT
                                    + "\n");
                    desk.office.reload();
                });
        off.put(
                "credentials deleted",
                desk ->
                        List.of(desk.secretCredential, desk.keyCredential)
                                .forEach(credential ->
                                        desk.office.administration.deleteCredential(
                                                Office.caller(Office.BOSS),
                                                CLIENT,
                                                credential.id(),
                                                Write.PLAIN)));
        off.put(
                "secret rotated without overlap, key deleted",
                desk -> {
                    desk.office.administration.rotate(
                            Office.caller(Office.BOSS),
                            CLIENT,
                            desk.secretCredential.id(),
                            Duration.ZERO,
                            null,
                            Write.PLAIN);
                    desk.office.administration.deleteCredential(
                            Office.caller(Office.BOSS),
                            CLIENT,
                            desk.keyCredential.id(),
                            Write.PLAIN);
                });
        return off;
    }

    private static AccountSpec spec(
            boolean enabled, @org.jspecify.annotations.Nullable Instant expiresAt) {
        return new AccountSpec(CLIENT, "", "", null, Set.of(), Map.of(), enabled, expiresAt, false);
    }

    /// Every way to ask for a token by a grant.
    private List<TokenIssuance.Call> calls(TokenDesk desk, Grant grant, String token)
            throws Exception {
        Instant now = desk.office.clock.instant();
        String assertion =
                OAuthServer.sign(
                        desk.key,
                        null,
                        new JWTClaimsSet.Builder()
                                .issuer(CLIENT)
                                .subject(CLIENT)
                                .audience(TokenDesk.ISSUER)
                                .jwtID(UUID.randomUUID().toString())
                                .expirationTime(Date.from(now.plusSeconds(60)))
                                .build());
        return switch (grant.type()) {
            case "client_credentials" -> List.of(desk.bySecret(), TokenDesk.byAssertion(assertion));
            case "urn:ietf:params:oauth:grant-type:token-exchange" ->
                    List.of(
                            TokenDesk.call(
                                    null,
                                    "grant_type",
                                    grant.type(),
                                    "subject_token",
                                    token,
                                    "subject_token_type",
                                    "urn:ietf:params:oauth:token-type:access_token"));
            default -> throw new AssertionError("no call for grant " + grant.type());
        };
    }

    private TokenDesk desk() throws Exception {
        TokenDesk desk = new TokenDesk(directory.resolve("desk" + desks++));
        desk.office.give(Office.BOSS, CLIENT, "reader", EntityRef.organization("acme"));
        return desk;
    }

    private static boolean introspects(TokenDesk desk, String token) {
        try {
            return desk.status
                    .introspectForResourceServer(TokenDesk.form("token", token))
                    .isPresent();
        } catch (OAuthException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean allowed(TokenDesk desk, Subject subject) {
        DecisionPoint point =
                new DecisionPoint(
                        desk.office.policies,
                        new RequestMapper(desk.office.repository.catalog()),
                        DecisionPoint.UnboundIds.REFUSE,
                        desk.office.clock);
        return point.decide(
                        new AccessRequest(
                                subject,
                                new AccessRequest.Asked.Triple(
                                        "getRepo", APP, Map.of(), Map.of(), Map.of()),
                                null))
                .decision()
                .allowed();
    }

    private static boolean issues(TokenDesk desk, TokenIssuance.Call call) {
        try {
            desk.service.token(call);
            return true;
        } catch (OAuthException _) {
            return false;
        }
    }

    @TestFactory
    Stream<DynamicTest> whatIsOffIsOffEverywhere() {
        return OFF.entrySet().stream()
                .map(each ->
                        DynamicTest.dynamicTest(
                                each.getKey(),
                                () -> {
                                    TokenDesk desk = desk();
                                    String token = desk.token();
                                    List<TokenIssuance.Call> calls = new ArrayList<>();
                                    for (Grant grant : desk.service.grants()) {
                                        for (TokenIssuance.Call call : calls(desk, grant, token)) {
                                            assertThat(issues(desk, call)).isTrue();
                                        }
                                    }
                                    assertThat(introspects(desk, token)).isTrue();
                                    assertThat(allowed(desk, desk.tokens.verify(token))).isTrue();

                                    each.getValue().accept(desk);

                                    for (Grant grant : desk.service.grants()) {
                                        calls.addAll(calls(desk, grant, token));
                                    }
                                    assertThat(calls).hasSizeGreaterThanOrEqualTo(3);
                                    assertThat(calls).noneMatch(call -> issues(desk, call));
                                    assertThat(introspects(desk, token)).isFalse();
                                    assertThat(desk.tokens.verify(token))
                                            .isInstanceOf(Subject.Refused.class);
                                    assertThat(allowed(desk, desk.tokens.verify(token))).isFalse();
                                }));
    }

    @TestFactory
    Stream<DynamicTest> aRevocationEndsEveryTokenThatItIsAbout() {
        Map<String, RevocationSpec> specs = new LinkedHashMap<>();
        specs.put("account", new RevocationSpec.Account(CLIENT));
        specs.put("everything", new RevocationSpec.Everything());
        return specs.entrySet().stream()
                .map(each ->
                        DynamicTest.dynamicTest(
                                each.getKey(), () -> assertRevoked(desk(), each.getValue())));
    }

    @Test
    void aRevocationOfTheCredentialEndsItsTokensAndNoOthers() throws Exception {
        TokenDesk desk = desk();
        assertRevoked(desk, new RevocationSpec.OneCredential(CLIENT, desk.secretCredential.id()));
        desk.office.clock.advance(Duration.ofMillis(2));
        for (TokenIssuance.Call call : calls(desk, desk.service.grants().getFirst(), "unused")) {
            assertThat(issues(desk, call)).isTrue();
        }
    }

    private static void assertRevoked(TokenDesk desk, RevocationSpec spec) throws OAuthException {
        String token = desk.token();
        assertThat(introspects(desk, token)).isTrue();
        desk.office.administration.revoke(Office.caller(Office.BOSS), spec, null, Write.PLAIN);
        assertThat(introspects(desk, token)).isFalse();
        assertThat(desk.tokens.verify(token)).isInstanceOf(Subject.Refused.class);
        desk.office.clock.advance(Duration.ofMillis(2));
        String later = desk.token();
        assertThat(introspects(desk, later)).isTrue();
    }

    @Test
    void aGrantThatExpiredOrWasRemoved_countsInNoDecision() throws Exception {
        TokenDesk desk = new TokenDesk(directory.resolve("grants"));
        String token = desk.token();
        StoredGrant grant =
                desk.office.give(Office.BOSS, CLIENT, "reader", EntityRef.organization("acme"));
        assertThat(allowed(desk, desk.tokens.verify(token))).isTrue();
        desk.office.administration.deleteGrant(
                Office.caller(Office.BOSS), CLIENT, grant.grant().id(), Write.PLAIN);
        assertThat(allowed(desk, desk.tokens.verify(token))).isFalse();

        desk.office.administration.createGrant(
                Office.caller(Office.BOSS),
                CLIENT,
                new io.quay.pdp.accounts.GrantSpec(
                        "reader", EntityRef.organization("acme"), Office.NOW.plusSeconds(30)),
                Write.PLAIN);
        assertThat(allowed(desk, desk.tokens.verify(token))).isTrue();
        desk.office.clock.advance(Duration.ofSeconds(30));
        assertThat(allowed(desk, desk.tokens.verify(token))).isFalse();
    }

    @Test
    void aGroupThatWasLeft_countsInNoDecision() throws Exception {
        TokenDesk desk = new TokenDesk(directory.resolve("groups"));
        String token = desk.token();
        AccountSpec member =
                new AccountSpec(
                        CLIENT,
                        "",
                        "",
                        null,
                        Set.of("payroll-readers"),
                        Map.of(),
                        true,
                        null,
                        false);
        desk.replace(member);
        EntityRef payroll = EntityRef.repository("payroll/batch");
        assertThat(desk.office.allows(CLIENT, null, "getRepo", payroll)).isTrue();
        desk.replace(spec(true, null));
        assertThat(desk.office.allows(CLIENT, null, "getRepo", payroll)).isFalse();
        assertThat(allowed(desk, desk.tokens.verify(token))).isFalse();
    }

    @Test
    void aTokenSignedWithAKeyThatLeftTheRing_isRefused() throws Exception {
        TokenDesk desk = desk();
        String token = desk.token();
        desk.ring.replaceAll(io.quay.pdp.token.KeyRing.By.SCHEDULE);
        assertThat(introspects(desk, token)).isFalse();
        assertThat(desk.tokens.verify(token)).isInstanceOf(Subject.Refused.class);
    }

    /// S13: the main key ring never signs Quay's audience.
    @Test
    void aTokenForQuay_isRefused() throws Exception {
        TokenDesk desk = desk();
        assertThat(
                        issues(
                                desk,
                                TokenDesk.call(
                                        OAuthServer.basic(CLIENT, desk.secret),
                                        "grant_type",
                                        "client_credentials",
                                        "audience",
                                        "https://quay.example.com")))
                .isFalse();
    }

    /// A token for another service proves nothing here.
    @Test
    void aTokenForAnotherAudience_isRefused() throws Exception {
        TokenDesk desk = desk();
        String token =
                desk.service
                        .token(
                                TokenDesk.call(
                                        OAuthServer.basic(CLIENT, desk.secret),
                                        "grant_type",
                                        "client_credentials",
                                        "resource",
                                        "https://other.example.com"))
                        .accessToken();
        assertThat(desk.tokens.verify(token)).isInstanceOf(Subject.Refused.class);
        assertThat(introspects(desk, token)).isFalse();
    }
}
