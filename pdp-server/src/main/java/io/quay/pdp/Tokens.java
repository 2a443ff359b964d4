package io.quay.pdp;

import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.config.Config;
import io.quay.pdp.decision.Knowledge;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.http.AdministrationFace;
import io.quay.pdp.http.Face;
import io.quay.pdp.http.QuayKeysFace;
import io.quay.pdp.jose.CompactTokens;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.jose.RingKeys;
import io.quay.pdp.ops.SteadyClock;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteExchanges;
import io.quay.pdp.store.SqliteSigningKeys;
import io.quay.pdp.store.SqliteSpentAssertions;
import io.quay.pdp.store.SqliteWorkloadNames;
import io.quay.pdp.token.AccessTokens;
import io.quay.pdp.token.ClientAssertions;
import io.quay.pdp.token.ClientAuthentication;
import io.quay.pdp.token.ClientCredentials;
import io.quay.pdp.token.DirectTokens;
import io.quay.pdp.token.JwtBearer;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.KeySchedule;
import io.quay.pdp.token.QuayTokens;
import io.quay.pdp.token.QuayUsers;
import io.quay.pdp.token.SpentOnce;
import io.quay.pdp.token.Standings;
import io.quay.pdp.token.TokenExchange;
import io.quay.pdp.token.TokenIssuance;
import io.quay.pdp.token.TokenStatus;
import io.quay.pdp.token.WorkloadTokens;
import java.net.URI;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The token room, put together.
///
/// @param issuer our public base URL
/// @param quay tokens for Quay; null = none are made
record Tokens(
        String issuer,
        KeyRing ring,
        AccessTokens access,
        ClientAuthentication clients,
        WorkloadTokens workloads,
        TokenIssuance.Parts parts,
        KeySchedule schedule,
        @Nullable QuayTokens quay) {

    /// What it is made from.
    ///
    /// @param events where tokens issued and refused are recorded
    record Ground(
            Database database,
            KeyEncryption encryption,
            Directory directory,
            Federation federation,
            EventLog events,
            DecisionIds ids,
            SecureRandom random,
            SteadyClock clock) {}

    static Tokens open(Config config, String issuer, Ground ground) {
        KeyRing ring =
                new KeyRing(
                        new SqliteSigningKeys(ground.database()),
                        new RingKeys(ground.encryption(), ground.random()),
                        new KeyRing.Settings(
                                config.tokens().signingAlgorithm().name(),
                                config.tokens().publishAhead(),
                                config.tokens().rotationInterval()),
                        ground.ids(),
                        ground.clock());
        ring.open();
        QuayTokens quay = quay(config, issuer, ground);
        AccessTokens access =
                new AccessTokens(
                        new AccessTokens.Settings(
                                issuer, config.tokens().lifetime(), refused(config)),
                        ring,
                        new CompactTokens(),
                        new Standings(
                                ground.directory(),
                                ground.federation(),
                                new SqliteExchanges(ground.database()),
                                ground.clock()),
                        ground.ids(),
                        ground.clock());
        SpentOnce spent =
                new SpentOnce(new SqliteSpentAssertions(ground.database()), ground.clock());
        spent.load();
        WorkloadTokens workloads =
                new WorkloadTokens(
                        ground.federation(), config.federation().maxTokenSize(), ground.clock());
        ClientAuthentication clients =
                new ClientAuthentication(
                        ground.directory(),
                        new ClientAssertions(
                                new CompactTokens(),
                                ground.directory(),
                                ring,
                                new ClientAssertions.Audiences(issuer, issuer + "/oauth2/token"),
                                ground.clock()),
                        workloads,
                        ground.clock());
        TokenIssuance.Parts parts =
                new TokenIssuance.Parts(
                        access,
                        ground.directory(),
                        spent,
                        ground.events(),
                        new SqliteWorkloadNames(ground.database()),
                        ground.ids(),
                        ground.clock());
        return new Tokens(
                issuer,
                ring,
                access,
                clients,
                workloads,
                parts,
                new KeySchedule(quay == null ? List.of(ring) : List.of(ring, quay.ring()), spent),
                quay);
    }

    /// The main key ring never signs Quay's audience.
    private static Set<String> refused(Config config) {
        String audience = config.quay().audience();
        return audience == null ? Set.of() : Set.of(audience);
    }

    private static @Nullable QuayTokens quay(Config config, String issuer, Ground ground) {
        String audience = config.quay().audience();
        if (audience == null) {
            return null;
        }
        KeyRing ring =
                new KeyRing(
                        new SqliteSigningKeys(ground.database(), SqliteSigningKeys.Purpose.QUAY),
                        new RingKeys(ground.encryption(), ground.random(), "quay-signing-key"),
                        QuayTokens.ring(config.tokens().rotationInterval()),
                        ground.ids(),
                        ground.clock());
        ring.open();
        return new QuayTokens(
                new QuayTokens.Settings(config.quay().issuerOf(issuer), audience),
                ring,
                ground.ids(),
                ground.clock());
    }

    AdministrationFace.Rings rings() {
        return new AdministrationFace.Rings(ring, quay == null ? null : quay.ring());
    }

    /// Whether a public key is one of ours.
    boolean holds(String thumbprint) {
        return ring.holds(thumbprint) || (quay != null && quay.ring().holds(thumbprint));
    }

    /// What Quay fetches; none when no tokens are made for it.
    List<Face> quayFaces() {
        QuayTokens tokens = quay;
        return tokens == null
                ? List.of()
                : List.of(
                        new QuayKeysFace(
                                tokens.ring(),
                                tokens.settings().issuer(),
                                QuayKeysFace.keysUri(URI.create(tokens.settings().issuer()))));
    }

    /// @param scopes that exist
    /// @param policies that permit tokens for Quay
    /// @param users of accounts in Quay
    TokenIssuance issuance(
            Config config,
            Set<String> scopes,
            Supplier<? extends Knowledge> policies,
            QuayUsers users) {
        boolean direct =
                config.quay().execute() == Config.Execute.SSO_JWT
                        && config.quay().rights() == Config.Rights.OWN;
        return new TokenIssuance(
                new TokenIssuance.Settings(scopes, Set.copyOf(config.tokens().audiences())),
                List.of(
                        new ClientCredentials(workloads),
                        new TokenExchange(access, workloads, parts.clock()),
                        new JwtBearer(workloads)),
                clients,
                parts,
                quay == null || !direct
                        ? null
                        : new DirectTokens(
                                quay, policies, parts.directory(), users, parts.clock()));
    }

    TokenStatus status(Administration administration) {
        return new TokenStatus(clients, administration, parts);
    }
}
