package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Shape;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.IpAddress;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.token.PresentedTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/// `POST /authorize`: Quay's native form, a request to Quay as it came in; and the AuthZEN form.
final class AuthorizeEndpoint {
    private final Callers callers;
    private final RecordedDecisions decisions;
    private final SubjectTokens subjects;
    private final WebServer.Limits limits;

    AuthorizeEndpoint(
            Callers callers,
            RecordedDecisions decisions,
            PresentedTokens tokens,
            WebServer.Limits limits) {
        this.callers = callers;
        this.decisions = decisions;
        this.subjects = new SubjectTokens(tokens, limits.maxTokenSize());
        this.limits = limits;
    }

    void authorize(Context context) {
        Pep pep = callers.authenticate(context, Pep.Face.AUTHORIZE);
        Members body = new Members(JsonBody.read(context, limits.maxJsonDepth()), "");
        answer(
                context,
                pep,
                body.object().has("request") ? nativeForm(pep, body) : authzenForm(pep, body));
    }

    private void answer(Context context, Pep pep, AccessRequest request) {
        try {
            RecordedDecisions.Answer answer =
                    decisions.decide(request, pep.name(), RequestIds.recorded(context));
            DecisionJson.write(context, answer, pep.bare());
        } catch (Shape.MisfitException e) {
            throw ProblemException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private AccessRequest nativeForm(Pep pep, Members body) {
        Members request = body.object("request");
        QuayRequest asked =
                new QuayRequest(request.text("method"), request.text("target"), bodyOf(request));
        String sourceIp =
                request.optionalText("source_ip")
                        .map(text ->
                                IpAddress.parse(text)
                                        .orElseThrow(() ->
                                                ProblemException.badRequest(
                                                        "`request.source_ip` must be an IP address")))
                        .orElse(null);
        return new AccessRequest(
                subjectOf(pep, body), new AccessRequest.Asked.Call(asked), sourceIp);
    }

    private static RequestBody bodyOf(Members request) {
        JsonNode body = request.node("body");
        if (request.flag("body_omitted")) {
            if (body != null) {
                throw ProblemException.badRequest(
                        "`request.body` and `request.body_omitted` exclude each other");
            }
            return new RequestBody.Omitted();
        }
        if (body == null) {
            return new RequestBody.Absent();
        }
        try {
            return new RequestBody.Raw(
                    body.binaryValue(), request.optionalText("content_encoding").orElse(null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Subject subjectOf(Pep pep, Members body) {
        Optional<String> token = body.optionalText("token");
        Optional<Members> named = body.optionalObject("subject");
        if (token.isPresent() && named.isPresent()) {
            throw ProblemException.badRequest("`token` and `subject` exclude each other");
        }
        if (named.isPresent()) {
            refuseNaming(pep);
            return new Subject.Named(named.get().entity(), named.get().values("properties"), null);
        }
        return subjects.of(token, body.optionalText("account"), "account");
    }

    static void refuseNaming(Pep pep) {
        if (!pep.mayNameSubject()) {
            throw ProblemException.forbidden("`" + pep.name() + "` may not name the subject");
        }
    }

    private static AccessRequest authzenForm(Pep pep, Members body) {
        AccessRequest request = AuthZenForm.evaluation(body);
        refuseNaming(pep);
        return request;
    }
}
