package io.quay.pdp.audit;

import io.quay.pdp.decision.Search;
import io.quay.pdp.decision.SearchQuery;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.EntityRef;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Searches and records, in this order, before anybody is answered: one event per page, with what
/// was asked and how much was found. A search allows nothing by itself; what it found is decided,
/// and recorded, when it is asked for. Safe for use by any number of threads.
public final class RecordedSearches {
    private static final Logger LOG = LoggerFactory.getLogger(RecordedSearches.class);
    private static final int MAX_TEXT = 600;

    /// A page that stands in the log.
    ///
    /// @param id the event's
    public record Answer(String id, Search.Page page) {}

    private final Search search;
    private final EventLog log;
    private final DecisionIds ids;
    private final Clock clock;

    public RecordedSearches(Search search, EventLog log, DecisionIds ids, Clock clock) {
        this.search = search;
        this.log = log;
        this.ids = ids;
        this.clock = clock;
    }

    /// As [Search#find].
    ///
    /// @param caller the PEP that asks
    /// @param requestId as the caller gave it; kept as far as it is printable
    /// @throws AuditUnavailableException when the search cannot be recorded; nothing of it may be
    ///   answered then
    public Answer find(
            SearchQuery query, String after, int limit, String caller, @Nullable String requestId) {
        Search.Page page = search.find(query, after, limit);
        String id = ids.next();
        if (page.undecided() > 0) {
            LOG.atWarn()
                    .addKeyValue("event_id", id)
                    .addKeyValue("undecided", page.undecided())
                    .addKeyValue("policy_version", page.version())
                    .log("policies could not be evaluated, not found");
        }
        log.append(
                new Event(
                        id,
                        clock.instant().truncatedTo(ChronoUnit.MILLIS),
                        Event.Kind.SEARCH_ANSWERED,
                        null,
                        null,
                        null,
                        null,
                        null,
                        List.of(),
                        RecordedDecisions.printable(requestId),
                        null,
                        details(query, page, caller)));
        return new Answer(id, page);
    }

    private static Map<String, String> details(SearchQuery query, Search.Page page, String caller) {
        Map<String, String> details = new HashMap<>();
        details.put("caller", caller);
        details.put("found", Integer.toString(page.found().size()));
        details.put("decided", Integer.toString(page.decided()));
        details.put("undecided", Integer.toString(page.undecided()));
        details.put("complete", Boolean.toString(page.next() == null));
        details.put("policy_version", page.version());
        switch (query) {
            case SearchQuery.Subjects(String type, String action, EntityRef resource, var _) ->
                    put(details, "subject", type, action, resource.toString());
            case SearchQuery.Resources(var subject, String action, String type, var _) ->
                    put(details, "resource", subject.principal().toString(), action, type);
            case SearchQuery.Actions(var subject, EntityRef resource, var _) ->
                    put(details, "action", subject.principal().toString(), "", resource.toString());
        }
        return details;
    }

    private static void put(
            Map<String, String> details,
            String wanted,
            String subject,
            String action,
            String resource) {
        details.put("wanted", wanted);
        details.put("subject", kept(subject));
        if (!action.isEmpty()) {
            details.put("action", kept(action));
        }
        details.put("resource", kept(resource));
    }

    /// Types and actions may be any text: nobody has to know them.
    private static String kept(String text) {
        String safe = ClientSecret.redacted(text);
        return safe.length() <= MAX_TEXT ? safe : safe.substring(0, MAX_TEXT) + "…";
    }
}
