package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.EnrolmentApproval;
import io.quay.pdp.accounts.GrantSuspensions;
import io.quay.pdp.audit.Decisions;
import io.quay.pdp.audit.Events;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.policy.Explanation;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.policy.TokenInspection;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.token.KeyRing;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The administration API, `/v1`. Its table of routes is the one place that says what there is.
public final class AdministrationFace implements Face {
    private static final String OPERATION = "api-operation";

    /// What the API shows beside the accounts.
    ///
    /// @param policies what decides now
    /// @param failure why a newer set of policies is not in force
    /// @param operations of Quay's Management API; empty for other schemas
    /// @param explainer decides a request, for nobody, and says why
    /// @param inspector says what a workload token is worth
    public record Views(
            Supplier<LiveView> policies,
            Supplier<Optional<ActivePolicies.Failure>> failure,
            List<Operation> operations,
            Function<AccessRequest, Explanation> explainer,
            Inspector inspector,
            Decisions decisions,
            Events events) {
        public Views {
            operations = List.copyOf(operations);
        }
    }

    /// The key rings.
    ///
    /// @param quay null = no tokens are made for Quay
    public record Rings(KeyRing access, @Nullable KeyRing quay) {}

    /// Inspects a workload token.
    @FunctionalInterface
    public interface Inspector {
        /// @param accounts those that are to be spoken of
        TokenInspection inspect(LiveView view, String token, List<ServiceAccount> accounts);
    }

    /// Hears of every request to the API that was answered.
    @FunctionalInterface
    public interface Listener {
        /// @param operation the `operationId`
        void answered(String operation, int status);
    }

    private final List<Route> routes;
    private final Listener listener;
    private final ApiCallers callers;
    private final PageTokens pageTokens;
    private final int maxDepth;

    /// @param tokens what an access token proves
    public AdministrationFace(
            Administration administration,
            Function<String, Subject> tokens,
            Views views,
            Rings rings,
            EnrolmentApproval approval,
            GrantSuspensions suspensions,
            SecureRandom random,
            WebServer.Limits limits,
            Listener listener) {
        this.listener = listener;
        this.routes = table(administration, views, rings, approval, suspensions);
        this.callers = new ApiCallers(tokens, limits.maxTokenSize());
        this.pageTokens = PageTokens.create(random);
        this.maxDepth = limits.maxJsonDepth();
    }

    private static List<Route> table(
            Administration administration,
            Views views,
            Rings rings,
            EnrolmentApproval approval,
            GrantSuspensions suspensions) {
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
        routes.addAll(
                new ExplainEndpoint(
                                administration,
                                views.policies(),
                                views.explainer(),
                                views.inspector())
                        .routes());
        routes.addAll(
                new RecordsEndpoint(
                                administration, views.policies(), views.decisions(), views.events())
                        .routes());
        routes.addAll(new SigningKeysEndpoint(administration, rings).routes());
        routes.addAll(new EnrolmentsEndpoint(approval).routes());
        routes.addAll(new SuspensionsEndpoint(suspensions).routes());
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
            if (route.method() == Route.Method.GET) {
                config.head(route.path(), context -> serve(context, route));
            }
        }
        config.after("/v1/*", this::tell);
        ObjectNode document = ApiDocument.of(routes, version());
        Published json = Published.of(document.toString(), "application/json");
        Published page = Published.of(ApiPage.of(document), "text/html; charset=utf-8");
        String policy = ApiPage.contentSecurityPolicy();
        Face.read(config, "/openapi.json", context -> publish(context, json));
        Face.read(
                config,
                "/docs",
                context -> {
                    context.header("Content-Security-Policy", policy);
                    publish(context, page);
                });
    }

    /// What never changes while the server runs.
    @SuppressWarnings("ArrayRecordComponent")
    private record Published(byte[] content, String type, String tag) {
        static Published of(String text, String type) {
            byte[] content = text.getBytes(StandardCharsets.UTF_8);
            try {
                byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
                String tag = '"' + HexFormat.of().formatHex(hash, 0, 16) + '"';
                return new Published(content, type, tag);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }
    }

    private static void publish(Context context, Published what) {
        context.header("Cache-Control", "public, max-age=300")
                .header("X-Content-Type-Options", "nosniff")
                .header("ETag", what.tag());
        String known = context.header("If-None-Match");
        if (known != null && known.contains(what.tag())) {
            context.status(304);
        } else {
            context.contentType(what.type()).result(what.content());
        }
    }

    private static String version() {
        String version = AdministrationFace.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private void tell(Context context) {
        String id = context.attribute(OPERATION);
        if (id != null) {
            listener.answered(id, context.statusCode());
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
        context.attribute(OPERATION, route.id());
        ApiRequest request =
                new ApiRequest(context, route, callers.authenticate(context), pageTokens, maxDepth);
        Replies.write(context, route.handler().handle(request));
    }
}
