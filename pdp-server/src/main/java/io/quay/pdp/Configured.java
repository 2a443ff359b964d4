package io.quay.pdp;

import io.quay.pdp.accounts.Administration;
import io.quay.pdp.audit.DenialBudget;
import io.quay.pdp.config.AddressRange;
import io.quay.pdp.config.Config;
import io.quay.pdp.config.HostPort;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Search;
import io.quay.pdp.federation.FederatedAccounts;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.http.AuthZenFace;
import io.quay.pdp.http.Pep;
import io.quay.pdp.http.WebServer;
import io.quay.pdp.jose.JwksCache;
import io.quay.pdp.jose.JwtVerifier;
import io.quay.pdp.jose.KeyFetcher;
import io.quay.pdp.jose.Outbound;
import io.quay.pdp.jose.TokenReviewClient;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.store.SqliteKeptKeys;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The configuration in the words of the rooms, which do not know it.
final class Configured {
    private static final Logger LOG = LoggerFactory.getLogger(Configured.class);
    private static final Duration SEARCH_TIME = Duration.ofSeconds(5);

    private Configured() {}

    /// Secrets and tokens come in here: whoever sits between reads them.
    static void warnOfOpenNetwork(HostPort address) {
        String host = address.host();
        if (!host.equals("localhost") && !host.equals("::1") && !host.startsWith("127.")) {
            LOG.atWarn()
                    .addKeyValue("listen", host)
                    .log(
                            "listening on the network without TLS: let only a proxy that ends TLS reach this address");
        }
    }

    static DecisionPoint.UnboundIds unboundIds(Config config) {
        return switch (config.decisions().unboundIds()) {
            case REFUSE -> DecisionPoint.UnboundIds.REFUSE;
            case TRUST_PATH -> DecisionPoint.UnboundIds.TRUST_PATH;
        };
    }

    static WebServer.Limits limits(Config config) {
        return new WebServer.Limits(
                config.server().limits().maxBody(),
                config.server().limits().maxJsonDepth(),
                config.federation().maxTokenSize());
    }

    static AuthZenFace.Limits authZen(Config config) {
        return new AuthZenFace.Limits(
                config.server().limits().maxJsonDepth(), config.decisions().maxEvaluations());
    }

    static Search.Budget searches(Config config) {
        return new Search.Budget(config.decisions().maxSearched(), SEARCH_TIME);
    }

    static Administration.CredentialLifetimes lifetimes(Config config) {
        return new Administration.CredentialLifetimes(
                config.credentials().lifetime(), config.credentials().maxLifetime());
    }

    static Outbound outbound(Config config) {
        HostPort proxy = config.federation().proxy();
        return new Outbound(
                proxy == null ? null : new Outbound.Proxy(proxy.host(), proxy.port()),
                config.federation().caFile());
    }

    static JwksCache issuersKeys(Outbound outbound, Database database, Clock clock) {
        return new JwksCache(
                new KeyFetcher(outbound), new SqliteKeptKeys(database), clock, System::nanoTime);
    }

    static Federation federation(
            Supplier<LiveView> live,
            JwksCache keys,
            Outbound outbound,
            FederatedAccounts accounts,
            Clock clock) {
        return new Federation(
                live, new JwtVerifier(keys), new TokenReviewClient(outbound), accounts, clock);
    }

    static SqliteDecisionLog.Durability durability(Config config) {
        return switch (config.audit().durability()) {
            case SYNC -> SqliteDecisionLog.Durability.SYNC;
            case BATCH -> SqliteDecisionLog.Durability.BATCH;
        };
    }

    static DenialBudget.Limits denials(Config config) {
        return DenialBudget.Limits.of(config.audit().denialsPerMinute());
    }

    static Predicate<InetAddress> trustedProxies(Config config) {
        List<AddressRange> ranges = config.server().trustedProxies();
        return address -> ranges.stream().anyMatch(range -> range.contains(address));
    }

    static List<Pep> peps(Config config) {
        return config.peps().stream().map(Configured::pep).toList();
    }

    private static Pep pep(Config.Pep pep) {
        return new Pep(
                pep.name(),
                pep.tokenSha256(),
                pep.faces().stream().map(Configured::face).collect(Collectors.toUnmodifiableSet()),
                pep.mayNameSubject(),
                pep.maySearch(),
                pep.response() == Config.Response.BARE);
    }

    private static Pep.Face face(Config.Face face) {
        return switch (face) {
            case AUTHORIZE -> Pep.Face.AUTHORIZE;
            case AUTHZEN -> Pep.Face.AUTHZEN;
            case NGINX -> Pep.Face.NGINX;
            case TRAEFIK -> Pep.Face.TRAEFIK;
            case ENVOY -> Pep.Face.ENVOY;
        };
    }
}
