package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.audit.Decisions;
import io.quay.pdp.audit.Events;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.policy.Explanation;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.token.KeyRing;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// The administration API, `/v1`. Its table of routes is the one place that says what there is.
public final class AdministrationFace implements Face {
    /// What the API shows beside the accounts.
    ///
    /// @param policies what decides now
    /// @param failure why a newer set of policies is not in force
    /// @param operations of Quay's Management API; empty for other schemas
    /// @param explainer decides a request, for nobody, and says why
    public record Views(
            Supplier<LiveView> policies,
            Supplier<Optional<ActivePolicies.Failure>> failure,
            List<Operation> operations,
            Function<AccessRequest, Explanation> explainer,
            Decisions decisions,
            Events events) {
        public Views {
            operations = List.copyOf(operations);
        }
    }

    private final List<Route> routes;
    private final ApiCallers callers;
    private final PageTokens pageTokens;
    private final int maxDepth;

    /// @param tokens what an access token proves
    public AdministrationFace(
            Administration administration,
            Function<String, Subject> tokens,
            Views views,
            KeyRing ring,
            SecureRandom random,
            WebServer.Limits limits) {
        this.routes = table(administration, views, ring);
        this.callers = new ApiCallers(tokens, limits.maxTokenSize());
        this.pageTokens = PageTokens.create(random);
        this.maxDepth = limits.maxJsonDepth();
    }

    private static List<Route> table(Administration administration, Views views, KeyRing ring) {
        List<Route> routes = new ArrayList<>();
        routes.addAll(new AccountsEndpoint(administration).routes());
        routes.addAll(new CredentialsEndpoint(administration).routes());
        routes.addAll(new GrantsEndpoint(administration).routes());
        routes.addAll(new RevocationsEndpoint(administration, views.policies()).routes());
        routes.addAll(
                new LoadedEndpoint(
                                administration,
                                views.policies(),
                                views.failure(),
                                views.operations())
                        .routes());
        routes.addAll(new ExplainEndpoint(administration, views.explainer()).routes());
        routes.addAll(
                new RecordsEndpoint(
                                administration, views.policies(), views.decisions(), views.events())
                        .routes());
        routes.addAll(new SigningKeysEndpoint(administration, ring).routes());
        return routes;
    }

    /// All that the API serves.
    List<Route> routes() {
        return List.copyOf(routes);
    }

    @Override
    public void register(RoutesConfig config) {
        ApiProblems.register(config);
        for (Route route : routes) {
            config.addEndpoint(
                    new Endpoint(
                            method(route.method()),
                            route.path(),
                            context -> serve(context, route)));
        }
    }

    private static HandlerType method(Route.Method method) {
        return switch (method) {
            case GET -> HandlerType.GET;
            case POST -> HandlerType.POST;
            case PUT -> HandlerType.PUT;
            case PATCH -> HandlerType.PATCH;
            case DELETE -> HandlerType.DELETE;
        };
    }

    private void serve(Context context, Route route) {
        ApiRequest request =
                new ApiRequest(context, route, callers.authenticate(context), pageTokens, maxDepth);
        Replies.write(context, route.handler().handle(request));
    }
}
