package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.RecordedSearches;
import io.quay.pdp.decision.Search;
import io.quay.pdp.decision.SearchQuery;
import io.quay.pdp.decision.Shape;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// AuthZEN's searches (AuthZEN 1.0 §8) for callers that may search. They see all that policies
/// know: every name found is one that an evaluation of the same request would allow.
final class AuthZenSearches {
    private static final Logger LOG = LoggerFactory.getLogger(AuthZenSearches.class);

    private final Callers callers;
    private final RecordedSearches searches;
    private final PageTokens tokens;
    private final AuthZenFace.Limits limits;

    AuthZenSearches(
            Callers callers,
            RecordedSearches searches,
            PageTokens tokens,
            AuthZenFace.Limits limits) {
        this.callers = callers;
        this.searches = searches;
        this.tokens = tokens;
        this.limits = limits;
    }

    void subjects(Context context) {
        Pep pep = searching(context);
        Members body = body(context);
        answer(context, pep, body, AuthZenForm.subjects(body));
    }

    void resources(Context context) {
        Pep pep = searching(context);
        Members body = body(context);
        answer(context, pep, body, AuthZenForm.resources(body));
    }

    void actions(Context context) {
        Pep pep = searching(context);
        Members body = body(context);
        answer(context, pep, body, AuthZenForm.actions(body));
    }

    private Pep searching(Context context) {
        Pep pep = callers.authenticate(context, Pep.Face.AUTHZEN);
        if (!pep.maySearch()) {
            throw ProblemException.forbidden("`" + pep.name() + "` may not search");
        }
        return pep;
    }

    private Members body(Context context) {
        return new Members(JsonBody.read(context, limits.maxJsonDepth()), "");
    }

    private void answer(Context context, Pep pep, Members body, SearchQuery query) {
        PageRequest page = PageRequest.read(body, tokens, bound(pep, body, query));
        RecordedSearches.Answer answer = find(context, pep, query, page);
        DecisionJson.write(context, write(answer, page, pep, query));
    }

    /// What a page's token is bound to: the caller and all that decides what is found.
    private static String bound(Pep pep, Members body, SearchQuery query) {
        ObjectNode asked = body.object().deepCopy();
        switch (query) {
            case SearchQuery.Subjects _ -> {
                asked.put("search", "subject");
                asked.withObject("/subject").retain("type");
            }
            case SearchQuery.Resources _ -> {
                asked.put("search", "resource");
                asked.withObject("/resource").retain("type");
            }
            case SearchQuery.Actions _ -> {
                asked.put("search", "action");
                asked.remove("action");
            }
        }
        asked.retain("search", "subject", "action", "resource", "context");
        return pep.name() + " " + SortedJson.text(asked);
    }

    private RecordedSearches.Answer find(
            Context context, Pep pep, SearchQuery query, PageRequest page) {
        try {
            return searches.find(
                    query, page.after(), page.most(), pep.name(), RequestIds.recorded(context));
        } catch (Shape.MisfitException e) {
            throw ProblemException.badRequest(String.valueOf(e.getMessage()));
        } catch (AuditUnavailableException e) {
            LOG.atError().setCause(e).log("search not recorded, not answered");
            throw ProblemException.unavailable("the search cannot be recorded now: try again");
        }
    }

    /// The page first, as AuthZEN recommends; none when nothing was asked about pages and this is
    /// all.
    private static ObjectNode write(
            RecordedSearches.Answer answer, PageRequest request, Pep pep, SearchQuery query) {
        Search.Page page = answer.page();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        if (request.given() || page.next() != null) {
            body.putObject("page")
                    .put("next_token", page.next() == null ? "" : request.next(page.next()))
                    .put("count", page.found().size());
        }
        if (!pep.bare()) {
            body.putObject("context").put("id", answer.id()).put("policy_version", page.version());
        }
        results(body.putArray("results"), page.found(), query);
        return body;
    }

    private static void results(ArrayNode results, List<String> names, SearchQuery query) {
        for (String name : names) {
            ObjectNode result = results.addObject();
            switch (query) {
                case SearchQuery.Subjects subjects ->
                        result.put("type", subjects.type()).put("id", name);
                case SearchQuery.Resources resources ->
                        result.put("type", resources.type()).put("id", name);
                case SearchQuery.Actions _ -> result.put("name", name);
            }
        }
    }
}
