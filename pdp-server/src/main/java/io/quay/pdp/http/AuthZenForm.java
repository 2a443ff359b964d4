package io.quay.pdp.http;

import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.SearchQuery;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.EntityRef;
import java.util.Map;

/// Reads what AuthZEN 1.0 calls subject, action, resource and context (§5). Members that it does
/// not know are ignored; what is missing or of a wrong type is a 400 that names it.
final class AuthZenForm {
    private static final String SUBJECT = "subject";
    private static final String ACTION = "action";
    private static final String RESOURCE = "resource";
    private static final String CONTEXT = "context";
    private static final String PROPERTIES = "properties";

    private AuthZenForm() {}

    /// An Access Evaluation request (§6.1).
    static AccessRequest evaluation(Members body) {
        Subject.Named subject = subject(body);
        Members action = body.object(ACTION);
        String name = action.text("name");
        Members resource = body.object(RESOURCE);
        EntityRef object = resource.entity();
        AccessRequest.Asked.Triple asked =
                new AccessRequest.Asked.Triple(
                        name,
                        object,
                        body.values(CONTEXT),
                        action.values(PROPERTIES),
                        resource.values(PROPERTIES));
        return new AccessRequest(subject, asked, null);
    }

    /// A Subject Search request (§8.4). Properties of the subjects that are looked for are not
    /// taken: they would be said of every one of them.
    static SearchQuery subjects(Members body) {
        String type = type(body.object(SUBJECT));
        Members action = body.object(ACTION);
        Members resource = body.object(RESOURCE);
        return new SearchQuery.Subjects(
                type,
                action.text("name"),
                resource.entity(),
                new SearchQuery.Supplied(
                        body.values(CONTEXT),
                        action.values(PROPERTIES),
                        resource.values(PROPERTIES)));
    }

    /// A Resource Search request (§8.5), with the properties of no resource.
    static SearchQuery resources(Members body) {
        Subject.Named subject = subject(body);
        Members action = body.object(ACTION);
        return new SearchQuery.Resources(
                subject,
                action.text("name"),
                type(body.object(RESOURCE)),
                new SearchQuery.Supplied(
                        body.values(CONTEXT), action.values(PROPERTIES), Map.of()));
    }

    /// An Action Search request (§8.6).
    static SearchQuery actions(Members body) {
        Subject.Named subject = subject(body);
        Members resource = body.object(RESOURCE);
        return new SearchQuery.Actions(
                subject,
                resource.entity(),
                new SearchQuery.Supplied(
                        body.values(CONTEXT), Map.of(), resource.values(PROPERTIES)));
    }

    private static Subject.Named subject(Members body) {
        Members subject = body.object(SUBJECT);
        return new Subject.Named(subject.entity(), subject.values(PROPERTIES), null);
    }

    /// The type of what is looked for; an id beside it is ignored, whatever it is.
    private static String type(Members wanted) {
        String type = wanted.text("type");
        if (type.isEmpty()) {
            throw ProblemException.badRequest("`" + wanted.path() + ".type` must not be empty");
        }
        return type;
    }
}
