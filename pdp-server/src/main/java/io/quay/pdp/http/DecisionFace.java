package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.token.PresentedTokens;
import java.util.List;

/// Asking for decisions: `/authorize`.
public final class DecisionFace implements Face {
    private final AuthorizeEndpoint authorize;

    /// @param peps who may ask
    public DecisionFace(
            List<Pep> peps,
            RecordedDecisions decisions,
            PresentedTokens tokens,
            WebServer.Limits limits) {
        this.authorize = new AuthorizeEndpoint(new Callers(peps), decisions, tokens, limits);
    }

    @Override
    public void register(RoutesConfig routes) {
        routes.post("/authorize", authorize::authorize);
    }
}
