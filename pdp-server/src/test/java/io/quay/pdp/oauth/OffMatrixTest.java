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
import io.quay.pdp.identity.Credential;
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
import java.util.EnumMap;
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

    /// What an account can be proved by.
    private enum Proof {
        /// Its own secret, key or access token.
        OWN,
        /// A workload that a trust policy vouches for.
        POLICY,
        /// A workload that a credential made by API vouches for.
        CREDENTIAL
    }

    private static final Set<Proof> ALL = Set.of(Proof.values());
    private static final Set<Proof> WORKLOADS = Set.of(Proof.POLICY, Proof.CREDENTIAL);

    /// What can be off.
    ///
    /// @param ended by which proofs tokens that were issued before are refused then
    /// @param refused by which proofs no further ones are issued
    private record Off(Consumer<TokenDesk> action, Set<Proof> ended, Set<Proof> refused) {
        private Off(Consumer<TokenDesk> action, Set<Proof> proofs) {
            this(action, proofs, proofs);
        }
    }

    private static final Map<String, Off> OFF = off();

    private static Map<String, Off> off() {
        Map<String, Off> off = new LinkedHashMap<>();
        off.put("account disabled", new Off(desk -> desk.replace(spec(false, null)), ALL));
        off.put(
                "account expired",
                new Off(
                        desk -> {
                            desk.replace(spec(true, Office.NOW.plusSeconds(30)));
                            desk.office.clock.advance(Duration.ofSeconds(31));
                        },
                        ALL));
        off.put(
                "account deleted",
                new Off(
                        desk ->
                                desk.office.administration.delete(
                                        Office.caller(Office.BOSS), CLIENT, Write.PLAIN),
                        ALL));
        // The trust policy is about the name, and Git says whose that is.
        off.put(
                "Git declares another account of the name",
                new Off(
                        desk ->
                                reload(
                                        desk,
                                        "accounts.yaml",
                                        "groups:\n  - name: restricted\n  - name: payroll-readers\nservice_accounts:\n  - name: svc-boss\n  - name: "
                                                + CLIENT
                                                + "\n"),
                        ALL,
                        Set.of(Proof.OWN, Proof.CREDENTIAL)));
        off.put(
                "secret and key deleted",
                new Off(
                        desk -> delete(desk, desk.secretCredential, desk.keyCredential),
                        Set.of(Proof.OWN)));
        off.put(
                "secret rotated without overlap, key deleted",
                new Off(
                        desk -> {
                            desk.office.administration.rotate(
                                    Office.caller(Office.BOSS),
                                    CLIENT,
                                    desk.secretCredential.id(),
                                    Duration.ZERO,
                                    null,
                                    Write.PLAIN);
                            delete(desk, desk.keyCredential);
                        },
                        Set.of(Proof.OWN)));
        off.put(
                "federated credential deleted",
                new Off(desk -> delete(desk, desk.federatedCredential), Set.of(Proof.CREDENTIAL)));
        off.put(
                "federated credential expired",
                new Off(
                        desk -> desk.office.clock.advance(TokenDesk.FEDERATED_FOR),
                        ALL,
                        Set.of(Proof.CREDENTIAL)));
        off.put(
                "trust policy withdrawn",
                new Off(desk -> reload(desk, "trust/client.cedar", ""), Set.of(Proof.POLICY)));
        off.put(
                "trust forbidden",
                new Off(
                        desk ->
                                reload(
                                        desk,
                                        "trust/forbid.cedar",
                                        "@id(\"none\") forbid (principal is Workload::Oidc, action == Pdp::Action::\"assume\", resource) when { principal.issuer == \"ci\" };"),
                        WORKLOADS));
        off.put(
                "issuer removed",
                new Off(
                        desk -> {
                            desk.office.repository.with("issuers.yaml", "issuers: []\n");
                            desk.office.reload();
                        },
                        WORKLOADS));
        off.put(
                "another issuer under the name of the old one",
                new Off(
                        desk ->
                                reload(
                                        desk,
                                        "issuers.yaml",
                                        TokenDesk.issuers("")
                                                .replace(
                                                        "https://ci.example.com",
                                                        "https://other.example.com")),
                        WORKLOADS));
        return off;
    }

    private static void reload(TokenDesk desk, String file, String content) {
        desk.office.repository.with(file, content);
        desk.office.reload();
    }

    private static void delete(TokenDesk desk, Credential... credentials) {
        for (Credential credential : credentials) {
            desk.office.administration.deleteCredential(
                    Office.caller(Office.BOSS), CLIENT, credential.id(), Write.PLAIN);
        }
    }

    private static AccountSpec spec(
            boolean enabled, @org.jspecify.annotations.Nullable Instant expiresAt) {
        return new AccountSpec(CLIENT, "", "", null, Set.of(), Map.of(), enabled, expiresAt, false);
    }

    /// Every way to ask for a token by a grant and a proof.
    ///
    /// @param token an access token that was got by this proof
    private static List<TokenIssuance.Call> calls(
            TokenDesk desk, Grant grant, Proof proof, String token) throws Exception {
        String type = grant.type();
        String job =
                switch (proof) {
                    case OWN -> "";
                    case POLICY -> desk.job(TokenDesk.JOB);
                    case CREDENTIAL -> desk.job(TokenDesk.OTHER_JOB);
                };
        return switch (type) {
            case "client_credentials" ->
                    proof == Proof.OWN
                            ? List.of(desk.bySecret(), TokenDesk.byAssertion(assertion(desk)))
                            : List.of(TokenDesk.byWorkload(job));
            case TokenDesk.EXCHANGE -> {
                List<TokenIssuance.Call> calls = new ArrayList<>();
                calls.add(TokenDesk.exchange(token, "access_token"));
                if (proof != Proof.OWN) {
                    calls.add(TokenDesk.exchange(job, "jwt"));
                    calls.add(TokenDesk.exchange(job, "id_token"));
                }
                yield calls;
            }
            case TokenDesk.JWT_BEARER ->
                    proof == Proof.OWN ? List.of() : List.of(TokenDesk.bearer(job));
            default -> throw new AssertionError("no call for grant " + type);
        };
    }

    private static String assertion(TokenDesk desk) throws Exception {
        return OAuthServer.sign(
                desk.key,
                null,
                new JWTClaimsSet.Builder()
                        .issuer(CLIENT)
                        .subject(CLIENT)
                        .audience(TokenDesk.ISSUER)
                        .jwtID(UUID.randomUUID().toString())
                        .expirationTime(Date.from(desk.office.clock.instant().plusSeconds(60)))
                        .build());
    }

    private static String token(TokenDesk desk, Proof proof) throws OAuthException {
        return switch (proof) {
            case OWN -> desk.token();
            case POLICY ->
                    desk.service.token(TokenDesk.bearer(desk.job(TokenDesk.JOB))).accessToken();
            case CREDENTIAL ->
                    desk.service
                            .token(TokenDesk.bearer(desk.job(TokenDesk.OTHER_JOB)))
                            .accessToken();
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
                                each.getKey(), () -> assertOff(desk(), each.getValue())));
    }

    private static void assertOff(TokenDesk desk, Off off) throws Exception {
        Map<Proof, String> tokens = new EnumMap<>(Proof.class);
        for (Proof proof : Proof.values()) {
            tokens.put(proof, token(desk, proof));
            assertIssued(desk, proof, tokens.get(proof), true);
            assertLive(desk, proof, tokens.get(proof), true);
        }

        off.action().accept(desk);

        for (Proof proof : Proof.values()) {
            assertLive(desk, proof, tokens.get(proof), !off.ended().contains(proof));
            if (off.refused().contains(proof)) {
                assertIssued(desk, proof, tokens.get(proof), false);
            } else {
                assertThat(introspects(desk, token(desk, proof))).as("%s", proof).isTrue();
            }
        }
    }

    private static void assertIssued(TokenDesk desk, Proof proof, String token, boolean wanted)
            throws Exception {
        int asked = 0;
        for (Grant grant : desk.service.grants()) {
            for (TokenIssuance.Call call : calls(desk, grant, proof, token)) {
                assertThat(issues(desk, call))
                        .as("%s by %s", grant.type(), proof)
                        .isEqualTo(wanted);
                asked++;
            }
        }
        assertThat(asked).isGreaterThanOrEqualTo(3);
    }

    private static void assertLive(TokenDesk desk, Proof proof, String token, boolean wanted) {
        assertThat(introspects(desk, token)).as("introspection, %s", proof).isEqualTo(wanted);
        assertThat(desk.tokens.verify(token) instanceof Subject.Proved)
                .as("subject, %s", proof)
                .isEqualTo(wanted);
        assertThat(allowed(desk, desk.tokens.verify(token)))
                .as("decision, %s", proof)
                .isEqualTo(wanted);
    }

    /// Also workload tokens themselves that were issued before: they prove nothing any more.
    @Test
    void aRevocationOfTheIssuer_endsTokensThatWereExchangedForItsTokensAndThoseTokens()
            throws Exception {
        TokenDesk desk = desk();
        String job = desk.job(TokenDesk.JOB);
        String exchanged = desk.service.token(TokenDesk.bearer(job)).accessToken();
        String narrowed =
                desk.service.token(TokenDesk.exchange(exchanged, "access_token")).accessToken();
        String own = desk.token();
        desk.office.administration.revoke(
                Office.caller(Office.BOSS), new RevocationSpec.Issuer("ci"), null, Write.PLAIN);
        assertThat(introspects(desk, exchanged)).isFalse();
        assertThat(introspects(desk, narrowed)).isFalse();
        assertThat(issues(desk, TokenDesk.bearer(job))).isFalse();
        assertThat(introspects(desk, own)).isTrue();
        desk.office.clock.advance(Duration.ofSeconds(1));
        assertThat(issues(desk, TokenDesk.bearer(desk.job(TokenDesk.JOB)))).isTrue();
    }

    /// What is asked at every use is asked about the workload of the first exchange.
    @Test
    void aNarrowedTokenOfAWorkloadThatIsNotTrustedAnyMore_isRefused() throws Exception {
        TokenDesk desk = desk();
        String narrowed = token(desk, Proof.POLICY);
        for (int i = 0; i < 3; i++) {
            narrowed =
                    desk.service.token(TokenDesk.exchange(narrowed, "access_token")).accessToken();
        }
        assertThat(introspects(desk, narrowed)).isTrue();
        reload(desk, "trust/client.cedar", "");
        assertThat(introspects(desk, narrowed)).isFalse();
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
        assertThat(issues(desk, desk.bySecret())).isTrue();
        assertThat(issues(desk, TokenDesk.byAssertion(assertion(desk)))).isTrue();
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
