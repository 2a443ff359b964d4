package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Header;
import io.quay.pdp.token.AccessToken;
import io.quay.pdp.token.Form;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.OAuthError;
import io.quay.pdp.token.OAuthException;
import io.quay.pdp.token.TokenIssuance;
import io.quay.pdp.token.TokenStatus;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// OAuth 2.0: the token, introspection and revocation endpoints, metadata and keys.
public final class OAuthFace implements Face {
    private static final String RETRY_SECONDS = "5";

    private final TokenIssuance service;
    private final TokenStatus status;
    private final KeyRing ring;
    private final Callers resourceServers;
    private final OAuthMetadata metadata;
    private final String issuer;

    /// @param peps resource servers that may introspect with their bearer token
    /// @param issuer our public base URL
    public OAuthFace(
            TokenIssuance service,
            TokenStatus status,
            KeyRing ring,
            List<Pep> peps,
            String issuer) {
        this.service = service;
        this.status = status;
        this.ring = ring;
        this.resourceServers = new Callers(peps);
        this.metadata = new OAuthMetadata(service, issuer);
        this.issuer = issuer;
    }

    @Override
    public void register(RoutesConfig routes) {
        routes.post("/oauth2/token", this::token);
        routes.post("/oauth2/introspect", this::introspect);
        routes.post("/oauth2/revoke", this::revoke);
        Face.read(routes, "/oauth2/jwks", this::jwks);
        String path = URI.create(issuer).getPath();
        String suffix = path == null || path.equals("/") ? "" : path;
        Face.read(routes, "/.well-known/oauth-authorization-server", this::describe);
        Face.read(routes, "/.well-known/openid-configuration", this::describeForOpenId);
        Face.read(routes, "/.well-known/oauth-protected-resource", this::describeResource);
        if (!suffix.isEmpty()) {
            // RFC 8414 §3.1: the issuer's path goes behind the well-known one.
            Face.read(routes, "/.well-known/oauth-authorization-server" + suffix, this::describe);
        }
    }

    private void token(Context context) {
        answer(
                context,
                () -> {
                    TokenIssuance.Answer issued = service.token(call(context));
                    ObjectNode body = JsonNodeFactory.instance.objectNode();
                    body.put("access_token", issued.accessToken());
                    body.put("token_type", "Bearer");
                    body.put("expires_in", issued.expiresIn());
                    if (issued.scope() != null) {
                        body.put("scope", issued.scope());
                    }
                    if (issued.issuedTokenType() != null) {
                        body.put("issued_token_type", issued.issuedTokenType());
                    }
                    return body;
                });
    }

    private void introspect(Context context) {
        answer(
                context,
                () -> {
                    String header = authorization(context);
                    Optional<AccessToken> token;
                    if (header != null && header.regionMatches(true, 0, "Bearer ", 0, 7)) {
                        Form form = FormBody.read(context);
                        if (!resourceServers.knows(header)) {
                            throw new OAuthException(
                                    OAuthError.INVALID_CLIENT,
                                    "client authentication failed",
                                    "unknown resource server");
                        }
                        token = status.introspectForResourceServer(form);
                    } else {
                        token = status.introspect(call(context));
                    }
                    return token.map(this::described).orElseGet(OAuthFace::inactive);
                });
    }

    private static ObjectNode inactive() {
        return JsonNodeFactory.instance.objectNode().put("active", false);
    }

    private ObjectNode described(AccessToken token) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("active", true);
        body.put("client_id", token.account());
        body.put("username", token.account());
        body.put("sub", token.account());
        body.put("token_type", "Bearer");
        body.put("iss", issuer);
        body.put("aud", String.join(" ", token.audience()));
        body.put("iat", token.issuedAt().getEpochSecond());
        body.put("nbf", token.issuedAt().getEpochSecond());
        body.put("exp", token.expiresAt().getEpochSecond());
        body.put("jti", token.id());
        if (token.scope() != null) {
            body.put("scope", token.scope());
        }
        return body;
    }

    private void revoke(Context context) {
        answer(
                context,
                () -> {
                    status.revoke(call(context));
                    return null;
                });
    }

    private static TokenIssuance.Call call(Context context) throws OAuthException {
        return new TokenIssuance.Call(
                authorization(context),
                FormBody.read(context),
                RequestIds.recorded(context),
                context.req().getRemoteAddr());
    }

    private static @Nullable String authorization(Context context) throws OAuthException {
        List<String> headers = Collections.list(context.req().getHeaders(Header.AUTHORIZATION));
        if (headers.size() > 1) {
            // Proxies differ in which one they believe.
            throw new OAuthException(
                    OAuthError.INVALID_REQUEST,
                    "there is more than one Authorization header",
                    "two Authorization headers");
        }
        return headers.isEmpty() ? null : headers.getFirst();
    }

    @FunctionalInterface
    private interface Work {
        @Nullable ObjectNode run() throws OAuthException;
    }

    private static void answer(Context context, Work work) {
        context.header(Header.CACHE_CONTROL, "no-store").header("Pragma", "no-cache");
        try {
            ObjectNode body = work.run();
            context.status(200);
            if (body != null) {
                write(context, body);
            }
        } catch (OAuthException e) {
            refuse(context, e);
        }
    }

    private static void refuse(Context context, OAuthException refusal) {
        context.status(refusal.error().status());
        if (refusal.error() == OAuthError.INVALID_CLIENT
                && context.header(Header.AUTHORIZATION) != null) {
            // RFC 6749 §5.2: the scheme that the client used. Clients that used none of HTTP's
            // would take a challenge for the answer and not read the error in the body.
            context.header(Header.WWW_AUTHENTICATE, "Basic realm=\"pdp\", charset=\"UTF-8\"");
        }
        if (refusal.error() == OAuthError.TEMPORARILY_UNAVAILABLE) {
            context.header(Header.RETRY_AFTER, RETRY_SECONDS);
        }
        write(
                context,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("error", refusal.error().code())
                        .put("error_description", refusal.description())
                        .put("request_id", RequestIds.of(context)));
    }

    private static void write(Context context, ObjectNode body) {
        context.contentType("application/json")
                .result(body.toString().getBytes(StandardCharsets.UTF_8));
    }

    private void jwks(Context context) {
        context.contentType("application/jwk-set+json")
                .header(Header.CACHE_CONTROL, "public, max-age=" + ring.maxAge().toSeconds())
                .result(ring.jwks().getBytes(StandardCharsets.UTF_8));
    }

    private void describe(Context context) {
        published(context, metadata.authorizationServer());
    }

    private void describeForOpenId(Context context) {
        published(context, metadata.openId());
    }

    private void describeResource(Context context) {
        published(context, metadata.protectedResource());
    }

    private static void published(Context context, ObjectNode document) {
        context.header(Header.CACHE_CONTROL, "public, max-age=300");
        write(context, document);
    }
}
