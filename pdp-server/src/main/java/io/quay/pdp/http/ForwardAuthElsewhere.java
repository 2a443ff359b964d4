package io.quay.pdp.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Every path below `/authorize/` that is no face: a proxy that is told a wrong one asks there, and
/// is denied, with a record. Registered behind the faces.
final class ForwardAuthElsewhere implements Face {
    /// Below which all paths are for proxies.
    static final String BELOW = "/authorize/";

    private static final Logger LOG = LoggerFactory.getLogger(ForwardAuthElsewhere.class);
    private static final Pattern SLASHES = Pattern.compile("/{2,}");

    private final ForwardAuthFace.Parts parts;

    ForwardAuthElsewhere(ForwardAuthFace.Parts parts) {
        this.parts = parts;
    }

    @Override
    public void register(RoutesConfig routes) {
        routes.before(context -> {
            if (isBelow(context.req().getRequestURI())) {
                context.header("Cache-Control", "no-store");
                deny(context);
                RequestIds.finish(context, BELOW + "*");
                context.skipRemainingHandlers();
            }
        });
    }

    private void deny(Context context) {
        try {
            DecisionHeaders.write(context, refuse(context), false);
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("a question at no face's path is not recorded, denied");
            context.status(403);
        }
    }

    /// Also as misspelt paths are written, which some routers forgive.
    private static boolean isBelow(String path) {
        return SLASHES.matcher(path).replaceAll("/").toLowerCase(Locale.ROOT).startsWith(BELOW);
    }

    private RecordedDecisions.Answer refuse(Context context) {
        return parts.decisions()
                .decide(
                        new AccessRequest(
                                new Subject.Refused(
                                        Cause.CALLER_REFUSED,
                                        "no face for proxies is at this path",
                                        null,
                                        null),
                                new AccessRequest.Asked.Call(
                                        new QuayRequest("", "", new RequestBody.Omitted())),
                                null),
                        parts.callers().nameOf(token(context), context.req().getRemoteAddr()),
                        RequestIds.recorded(context));
    }

    private static Optional<String> token(Context context) {
        return Optional.ofNullable(context.req().getHeader(ProxyHeaders.CALLER_TOKEN));
    }
}
