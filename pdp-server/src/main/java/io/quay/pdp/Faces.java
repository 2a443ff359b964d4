package io.quay.pdp;

import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.accounts.EnrolmentApproval;
import io.quay.pdp.accounts.GrantSuspensions;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.config.Config;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.http.AdministrationFace;
import io.quay.pdp.http.AuthZenFace;
import io.quay.pdp.http.DecisionFace;
import io.quay.pdp.http.Face;
import io.quay.pdp.http.ForwardAuthFace;
import io.quay.pdp.http.HealthFace;
import io.quay.pdp.http.MetricsFace;
import io.quay.pdp.http.OAuthFace;
import io.quay.pdp.http.Pep;
import io.quay.pdp.http.ProxyCallers;
import io.quay.pdp.http.WebServer;
import io.quay.pdp.ops.Metrics;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.EventTable;
import io.quay.pdp.store.SqliteDecisionLog;
import io.quay.pdp.store.SqliteEnrolments;
import io.quay.pdp.token.PresentedTokens;
import io.quay.pdp.token.QuayUsers;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/// The faces of the server's own listener.
final class Faces {
    /// What they are made from.
    ///
    /// @param federation over a given view of what is live
    /// @param users of accounts in Quay
    record Ground(
            Config config,
            Loaded loaded,
            CedarLanguage language,
            LivePolicies live,
            Tokens tokens,
            PresentedTokens presented,
            Deciding deciding,
            List<Pep> peps,
            Administration administration,
            GrantSuspensions suspensions,
            Directory directory,
            Database database,
            SqliteDecisionLog log,
            Function<Supplier<LiveView>, Federation> federation,
            QuayUsers users,
            DecisionIds ids,
            Metrics metrics,
            SecureRandom random,
            Clock clock) {}

    private Faces() {}

    static List<Face> of(Ground ground) {
        List<Face> faces = new ArrayList<>(ground.tokens().quayFaces());
        faces.addAll(deciding(ground));
        faces.add(
                new OAuthFace(
                        ground.tokens()
                                .issuance(
                                        ground.config(),
                                        ground.loaded().scopes(),
                                        ground.live(),
                                        ground.users()),
                        ground.tokens().status(ground.administration()),
                        ground.tokens().ring(),
                        ground.peps(),
                        ground.tokens().issuer()));
        faces.add(administration(ground));
        faces.add(new MetricsFace(ground.metrics()));
        faces.add(
                new HealthFace(
                        new HealthChecks(
                                ground.loaded().policies(), ground.log(), ground.tokens().ring())));
        return faces;
    }

    private static List<Face> deciding(Ground ground) {
        Config config = ground.config();
        Deciding deciding = ground.deciding();
        WebServer.Limits limits = Configured.limits(config);
        ForwardAuthFace.Parts proxies =
                new ForwardAuthFace.Parts(
                        new ProxyCallers(ground.peps(), Configured.trustedProxies(config)),
                        deciding.decisions(),
                        ground.presented(),
                        limits);
        return List.of(
                new DecisionFace(ground.peps(), deciding.decisions(), ground.presented(), limits),
                new AuthZenFace(
                        ground.peps(),
                        deciding.decisions(),
                        deciding.searches(),
                        ground.tokens().issuer(),
                        ground.random(),
                        Configured.authZen(config)),
                ForwardAuthFace.nginx(proxies),
                ForwardAuthFace.traefik(proxies),
                ForwardAuthFace.envoy(proxies),
                ForwardAuthFace.elsewhere(proxies));
    }

    private static Face administration(Ground ground) {
        return new AdministrationFace(
                ground.administration(),
                ground.tokens().access()::verify,
                new Shown(
                                ground.config(),
                                ground.loaded().schema(),
                                ground.language(),
                                ground.clock())
                        .views(
                                ground.live(),
                                ground.loaded().policies(),
                                ground.federation(),
                                ground.log(),
                                new EventTable(ground.database())),
                ground.tokens().rings(),
                new EnrolmentApproval(
                        ground.administration(),
                        ground.directory(),
                        new SqliteEnrolments(ground.database()),
                        ground.ids(),
                        ground.clock()),
                ground.suspensions(),
                ground.random(),
                Configured.limits(ground.config()),
                new Measured(ground.metrics())::administered);
    }
}
