package io.quay.pdp;

import io.quay.pdp.audit.Decisions;
import io.quay.pdp.audit.Events;
import io.quay.pdp.config.Config;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.http.AdministrationFace;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.policy.Explainer;
import io.quay.pdp.policy.Explanation;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.policy.LoadedSchema;
import io.quay.pdp.policy.PolicyLanguage;
import io.quay.pdp.policy.TokenInspector;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.RequestMapper;
import java.time.Clock;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the administration API shows beside the accounts.
record Shown(Config config, LoadedSchema schema, PolicyLanguage language, Clock clock) {
    AdministrationFace.Views views(
            LivePolicies live,
            ActivePolicies policies,
            Function<Supplier<LiveView>, Federation> federation,
            Decisions log,
            Events events) {
        Catalog catalog = schema.catalog();
        return new AdministrationFace.Views(
                live,
                policies::failure,
                catalog == null ? List.of() : catalog.operations(),
                explainer(live, catalog == null ? null : new RequestMapper(catalog)),
                (view, token, accounts) ->
                        new TokenInspector(view, federation.apply(() -> view), language)
                                .inspect(token, accounts, clock.instant()),
                log,
                events);
    }

    private Function<AccessRequest, Explanation> explainer(
            LivePolicies live, @Nullable RequestMapper mapper) {
        return request -> {
            LiveView view = live.get();
            DecisionPoint point =
                    new DecisionPoint(() -> view, mapper, Configured.unboundIds(config), clock);
            return new Explainer(view, language).explain(point.decide(request));
        };
    }
}
