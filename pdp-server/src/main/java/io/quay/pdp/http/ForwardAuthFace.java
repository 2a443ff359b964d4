package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Header;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.token.PresentedTokens;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asking for a decision by the subrequest of a proxy: one path and one way to name the request
/// line for each kind of proxy. Every question is decided and recorded, also one whose headers or
/// whose proxy are refused, and answered with 200, 401 or 403 and nothing else: what else a
/// decision point may say, proxies read in different ways.
public final class ForwardAuthFace implements Face {
    private static final Logger LOG = LoggerFactory.getLogger(ForwardAuthFace.class);
    private static final String BEARER = "Bearer ";

    /// What was asked for when the question does not say it soundly.
    private static final QuayRequest UNKNOWN = new QuayRequest("", "", new RequestBody.Omitted());

    /// What all such faces share.
    ///
    /// @param callers the proxies that may ask
    public record Parts(
            ProxyCallers callers,
            RecordedDecisions decisions,
            PresentedTokens tokens,
            WebServer.Limits limits) {}

    private final Pep.Face face;
    private final ProxyRequestLine line;
    private final Parts parts;
    private final SubjectTokens subjects;

    private ForwardAuthFace(Pep.Face face, ProxyRequestLine line, Parts parts) {
        this.face = face;
        this.line = line;
        this.parts = parts;
        this.subjects = new SubjectTokens(parts.tokens(), parts.limits().maxTokenSize());
    }

    /// nginx's `auth_request`, where the operator names the headers.
    public static ForwardAuthFace nginx(Parts parts) {
        return new ForwardAuthFace(
                Pep.Face.NGINX,
                new ProxyRequestLine.InHeaders(
                        "/authorize/nginx", "X-Original-Method", "X-Original-URI"),
                parts);
    }

    /// Traefik's `ForwardAuth` and Caddy's `forward_auth`.
    public static ForwardAuthFace traefik(Parts parts) {
        return new ForwardAuthFace(
                Pep.Face.TRAEFIK,
                new ProxyRequestLine.InHeaders(
                        "/authorize/traefik", "X-Forwarded-Method", "X-Forwarded-Uri"),
                parts);
    }

    /// Envoy's `ext_authz` over HTTP, with a `path_prefix`.
    public static ForwardAuthFace envoy(Parts parts) {
        return new ForwardAuthFace(
                Pep.Face.ENVOY, new ProxyRequestLine.InItsOwn("/authorize/envoy"), parts);
    }

    /// What all proxies are answered at any other path below `/authorize/`.
    public static Face elsewhere(Parts parts) {
        return new ForwardAuthElsewhere(parts);
    }

    /// Before routing: routers know neither all methods nor raw paths.
    @Override
    public void register(RoutesConfig routes) {
        routes.before(context -> {
            if (line.askedAt(context.req().getRequestURI())) {
                answer(context);
                RequestIds.finish(context, line.path());
                context.skipRemainingHandlers();
            }
        });
    }

    private void answer(Context context) {
        context.header("Cache-Control", "no-store");
        try {
            HttpServletRequest question = context.req();
            ProxyHeaders headers = new ProxyHeaders(question);
            switch (parts.callers()
                    .authenticate(
                            headers.atMostOne(ProxyHeaders.CALLER_TOKEN),
                            question.getRemoteAddr(),
                            face)) {
                case ProxyCallers.Result.Known(Pep pep) -> answer(context, pep, headers);
                case ProxyCallers.Result.Refused(String name, String message) ->
                        DecisionHeaders.write(
                                context,
                                refuse(context, Cause.CALLER_REFUSED, message, name),
                                false);
            }
        } catch (ProxyHeaders.AmbiguousException e) {
            DecisionHeaders.write(context, refuse(context, e, ProxyCallers.NOBODY), false);
        } catch (RuntimeException e) {
            // 500 would be a question of how the proxy is configured.
            LOG.atError().setCause(e).log("forward authentication failed, denied");
            context.status(403).header("X-PDP-Cause", Cause.EVALUATION_ERROR.code());
        }
    }

    private void answer(Context context, Pep pep, ProxyHeaders headers) {
        RequestIds.proved(context, pep.name());
        RecordedDecisions.Answer answer;
        try {
            headers.checkAllOf(line.family());
            QuayRequest asked = line.read(context.req(), headers);
            answer = decide(context, subjectOf(headers), asked, pep.name());
        } catch (ProxyHeaders.AmbiguousException e) {
            answer = refuse(context, e, pep.name());
        }
        DecisionHeaders.write(context, answer, !pep.bare());
    }

    private Subject subjectOf(ProxyHeaders headers) throws ProxyHeaders.AmbiguousException {
        Optional<String> token =
                headers.atMostOne(Header.AUTHORIZATION)
                        .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                        .map(value -> value.substring(BEARER.length()).strip());
        Optional<String> account = headers.atMostOne(ProxyHeaders.ACCOUNT);
        try {
            return subjects.of(token, account, ProxyHeaders.ACCOUNT);
        } catch (ProblemException e) {
            return new Subject.Refused(Cause.INVALID_TOKEN, e.detail(), null, null);
        }
    }

    private RecordedDecisions.Answer refuse(
            Context context, ProxyHeaders.AmbiguousException why, String caller) {
        return refuse(context, Cause.AMBIGUOUS_HEADERS, String.valueOf(why.getMessage()), caller);
    }

    private RecordedDecisions.Answer refuse(
            Context context, Cause cause, String message, String caller) {
        return decide(context, new Subject.Refused(cause, message, null, null), UNKNOWN, caller);
    }

    private RecordedDecisions.Answer decide(
            Context context, Subject subject, QuayRequest asked, String caller) {
        return parts.decisions()
                .decide(
                        new AccessRequest(subject, new AccessRequest.Asked.Call(asked), null),
                        caller,
                        RequestIds.of(context));
    }
}
