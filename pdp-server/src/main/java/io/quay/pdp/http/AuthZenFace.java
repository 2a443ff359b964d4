package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.audit.RecordedSearches;
import java.security.SecureRandom;
import java.util.List;

/// AuthZEN 1.0: evaluations, searches, and what the decision point says of itself.
public final class AuthZenFace implements Face {
    static final String EVALUATION = "/access/v1/evaluation";
    static final String EVALUATIONS = "/access/v1/evaluations";
    static final String SEARCH_SUBJECT = "/access/v1/search/subject";
    static final String SEARCH_RESOURCE = "/access/v1/search/resource";
    static final String SEARCH_ACTION = "/access/v1/search/action";

    /// @param maxJsonDepth of a request's body
    /// @param maxEvaluations in one batch
    public record Limits(int maxJsonDepth, int maxEvaluations) {}

    private final AuthZenEvaluations evaluations;
    private final AuthZenSearches searches;
    private final AuthZenMetadata metadata;

    /// @param peps who may ask
    /// @param identifier the public base URL
    /// @param random for the key of the tokens of pages
    public AuthZenFace(
            List<Pep> peps,
            RecordedDecisions decisions,
            RecordedSearches searches,
            String identifier,
            SecureRandom random,
            Limits limits) {
        Callers callers = new Callers(peps);
        this.evaluations = new AuthZenEvaluations(callers, decisions, limits);
        this.searches =
                new AuthZenSearches(
                        callers, searches, PageTokens.create(random, "page.token"), limits);
        this.metadata = new AuthZenMetadata(identifier);
    }

    @Override
    public void register(RoutesConfig routes) {
        routes.post(EVALUATION, evaluations::one);
        routes.post(EVALUATIONS, evaluations::several);
        routes.post(SEARCH_SUBJECT, searches::subjects);
        routes.post(SEARCH_RESOURCE, searches::resources);
        routes.post(SEARCH_ACTION, searches::actions);
        metadata.register(routes);
    }
}
