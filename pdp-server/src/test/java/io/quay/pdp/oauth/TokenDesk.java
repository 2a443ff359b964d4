package io.quay.pdp.oauth;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.quay.pdp.accounts.AccountSpec;
import io.quay.pdp.accounts.CredentialSpec;
import io.quay.pdp.accounts.InMemoryStore;
import io.quay.pdp.accounts.NewCredential;
import io.quay.pdp.accounts.Office;
import io.quay.pdp.accounts.Worlds;
import io.quay.pdp.accounts.Write;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.audit.InMemoryEventLog;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.federation.TokenReviewer;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.jose.CompactTokens;
import io.quay.pdp.jose.JwksCache;
import io.quay.pdp.jose.JwtVerifier;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.jose.KeyFetcher;
import io.quay.pdp.jose.RingKeys;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.ops.SteadyClock;
import io.quay.pdp.token.AccessTokens;
import io.quay.pdp.token.ClientAssertions;
import io.quay.pdp.token.ClientAuthentication;
import io.quay.pdp.token.ClientCredentials;
import io.quay.pdp.token.Form;
import io.quay.pdp.token.JwtBearer;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.OAuthException;
import io.quay.pdp.token.SigningKey;
import io.quay.pdp.token.SigningKeys;
import io.quay.pdp.token.SpentOnce;
import io.quay.pdp.token.Standings;
import io.quay.pdp.token.TokenExchange;
import io.quay.pdp.token.TokenIssuance;
import io.quay.pdp.token.TokenStatus;
import io.quay.pdp.token.WorkloadTokens;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The token service of an [Office], on its clock, with account `svc-client` that has a secret and
/// a key.
final class TokenDesk {
    static final String ISSUER = "https://pdp.example.com";
    static final String CLIENT = "svc-client";

    /// A subject of the issuer `ci` that is trusted to be [#CLIENT].
    static final String JOB = "job-1";

    /// A subject of the issuer `ci` for which [#CLIENT] has a credential.
    static final String OTHER_JOB = "job-2";

    static final Duration FEDERATED_FOR = Duration.ofHours(1);
    static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
    static final String JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    static final String TRUST =
            """
            @id("job") permit (principal is Workload::Oidc, action == Pdp::Action::"assume",
                resource == Quay::ServiceAccount::"svc-client")
              when { principal.issuer == "ci" && principal.subject == "job-1" };
            """;

    final TestIssuer issuer = TestIssuer.create("https://ci.example.com");
    final Office office;
    final ECKey key;
    final String secret;
    final Credential secretCredential;
    final Credential keyCredential;
    final Credential federatedCredential;
    final KeyRing ring;
    final AccessTokens tokens;
    final TokenIssuance service;
    final TokenStatus status;
    final SpentOnce spent;
    final InMemoryEventLog log = new InMemoryEventLog();

    TokenDesk(Path directory) throws Exception {
        this.office =
                new Office(
                        Worlds.acme(directory)
                                .with("ci.json", issuer.jwks())
                                .with("issuers.yaml", issuers(""))
                                .with("trust/client.cedar", TRUST),
                        new InMemoryStore());
        SecureRandom random = new SecureRandom();
        SteadyClock clock = new SteadyClock(office.clock, () -> 0, Instant.EPOCH);
        byte[] encryption = new byte[32];
        random.nextBytes(encryption);
        this.ring =
                new KeyRing(
                        new Rings(),
                        new RingKeys(
                                KeyEncryption.of(
                                        Base64.getEncoder().encodeToString(encryption),
                                        "test",
                                        random),
                                random),
                        new KeyRing.Settings("ES256", Duration.ofMinutes(15), Duration.ofDays(30)),
                        office.ids,
                        clock);
        ring.open();
        Federation federation =
                new Federation(
                        office.policies,
                        new JwtVerifier(new JwksCache(new KeyFetcher(), () -> 0L)),
                        (_, _) -> new TokenReviewer.Outcome.Unavailable("nobody asks"),
                        office.directory,
                        clock);
        WorkloadTokens workloads = new WorkloadTokens(federation, 16_384, clock);
        this.tokens =
                new AccessTokens(
                        new AccessTokens.Settings(
                                ISSUER, Duration.ofMinutes(5), Set.of("https://quay.example.com")),
                        ring,
                        new CompactTokens(),
                        new Standings(office.directory, federation, log, clock),
                        office.ids,
                        clock);
        this.spent = new SpentOnce(log, clock);
        TokenIssuance.Parts parts =
                new TokenIssuance.Parts(
                        tokens, office.directory, spent, log, log, office.ids, clock);
        ClientAuthentication clients =
                new ClientAuthentication(
                        office.directory,
                        new ClientAssertions(
                                new CompactTokens(),
                                office.directory,
                                ring,
                                new ClientAssertions.Audiences(ISSUER, ISSUER + "/oauth2/token"),
                                clock),
                        workloads,
                        clock);
        this.service =
                new TokenIssuance(
                        new TokenIssuance.Settings(
                                Set.of("repo:read", "repo:write"),
                                Set.of("https://other.example.com")),
                        List.of(
                                new ClientCredentials(workloads),
                                new TokenExchange(tokens, workloads, clock),
                                new JwtBearer(workloads)),
                        clients,
                        parts);
        this.status = new TokenStatus(clients, office.administration, parts);
        this.key = new ECKeyGenerator(Curve.P_256).generate();
        create(CLIENT);
        NewCredential made = office.mint(Office.BOSS, CLIENT);
        this.secret = Objects.requireNonNull(made.secret());
        this.secretCredential = made.credential();
        this.keyCredential = register(CLIENT, key.toPublicJWK().toJSONString());
        this.federatedCredential = federate(CLIENT, OTHER_JOB);
    }

    /// `issuers.yaml` with one issuer.
    ///
    /// @param more members of the issuer
    static String issuers(String more) {
        return """
        issuers:
          - {name: ci, kind: oidc, issuer: "https://ci.example.com", audience: "%s", keys: {jwks_file: ci.json}%s}
        """
                .formatted(TestIssuer.AUDIENCE, more);
    }

    /// A workload token of the issuer `ci`.
    String job(String subject) {
        return issuer.sign(issuer.oidcClaims(subject, office.clock.instant()));
    }

    void create(String name) {
        office.create(Office.BOSS, Office.spec(name));
    }

    Credential register(String account, String jwk) {
        return office.administration
                .createCredential(
                        Office.caller(Office.BOSS),
                        account,
                        new CredentialSpec.PublicKey(jwk, null, false),
                        Write.PLAIN)
                .value()
                .credential();
    }

    Credential federate(String account, String subject) {
        return office.administration
                .createCredential(
                        Office.caller(Office.BOSS),
                        account,
                        new CredentialSpec.Federated(
                                "ci", subject, null, Office.NOW.plus(FEDERATED_FOR), false),
                        Write.PLAIN)
                .value()
                .credential();
    }

    void replace(AccountSpec spec) {
        office.administration.replace(Office.caller(Office.BOSS), spec.name(), spec, Write.PLAIN);
    }

    static Form form(String... pairs) {
        Map<String, List<String>> parameters = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            parameters.computeIfAbsent(pairs[i], _ -> new ArrayList<>()).add(pairs[i + 1]);
        }
        return new Form(parameters);
    }

    static TokenIssuance.Call call(@Nullable String authorization, String... pairs) {
        return new TokenIssuance.Call(authorization, form(pairs), null, null);
    }

    TokenIssuance.Call bySecret() {
        return call(OAuthServer.basic(CLIENT, secret), "grant_type", "client_credentials");
    }

    static TokenIssuance.Call byAssertion(String assertion) {
        return call(
                null,
                "grant_type",
                "client_credentials",
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion",
                assertion);
    }

    /// @param type of the subject token, without its prefix
    static TokenIssuance.Call exchange(String subjectToken, String type, String... more) {
        List<String> pairs =
                new ArrayList<>(
                        List.of(
                                "grant_type",
                                EXCHANGE,
                                "client_id",
                                CLIENT,
                                "subject_token",
                                subjectToken,
                                "subject_token_type",
                                "urn:ietf:params:oauth:token-type:" + type));
        pairs.addAll(List.of(more));
        return call(null, pairs.toArray(String[]::new));
    }

    static TokenIssuance.Call bearer(String assertion) {
        return call(null, "grant_type", JWT_BEARER, "client_id", CLIENT, "assertion", assertion);
    }

    /// A client assertion that is a workload's token.
    static TokenIssuance.Call byWorkload(String assertion) {
        return call(
                null,
                "grant_type",
                "client_credentials",
                "client_id",
                CLIENT,
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion",
                assertion);
    }

    String token() throws OAuthException {
        return service.token(bySecret()).accessToken();
    }

    Event lastEvent() {
        return log.find(new EventQuery(null, null, null, null, null, null, 1)).getFirst();
    }

    private static final class Rings implements SigningKeys {
        private List<SigningKey> ring = List.of();

        @Override
        public List<SigningKey> all() {
            return ring;
        }

        @Override
        public void replace(List<SigningKey> replacement, Event event) {
            ring = List.copyOf(replacement);
        }
    }
}
