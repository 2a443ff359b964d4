package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Answers lists page by page: `{"items": […], "next_page_token": …}`.
final class Pages {
    /// How many records are looked at for one page: a caller that may see few of many gets a short
    /// page and goes on, and holds no thread for the whole log.
    private static final int MAX_LOOKED_AT = 5_000;

    /// How many records are read at once.
    private static final int BATCH = 500;

    private Pages() {}

    /// Records in a fixed order, some of which the caller may see.
    ///
    /// @param fetch gives at most as many as asked for, behind the cursor
    /// @param id the record's cursor
    record Source<T>(
            Fetch<T> fetch,
            Function<T, String> id,
            Predicate<T> visible,
            Function<T, ? extends JsonNode> json) {}

    @FunctionalInterface
    interface Fetch<T> {
        List<T> after(@Nullable String cursor, int limit);
    }

    /// A page of what was fetched with one more than a page holds.
    static <T> Reply of(
            ApiRequest request,
            List<T> fetched,
            Function<T, String> id,
            Function<T, ? extends JsonNode> json) {
        int size = request.pageSize();
        List<T> page = fetched.size() > size ? fetched.subList(0, size) : fetched;
        String next = fetched.size() > size ? request.pageToken(id.apply(page.getLast())) : null;
        return reply(page.stream().map(json).toList(), next);
    }

    /// A page of a list that is there as a whole, in the order of its ids.
    static <T> Reply ofAll(
            ApiRequest request,
            List<T> all,
            Function<T, String> id,
            Function<T, ? extends JsonNode> json) {
        String cursor = request.cursor();
        List<T> rest =
                all.stream()
                        .sorted(Comparator.comparing(id))
                        .filter(item -> cursor == null || id.apply(item).compareTo(cursor) > 0)
                        .limit(request.pageSize() + 1L)
                        .toList();
        return of(request, rest, id, json);
    }

    /// A page of what the caller may see, or all of it as lines.
    static <T> Reply visible(ApiRequest request, Source<T> source) {
        if (request.exports()) {
            if (request.query().values().keySet().stream().anyMatch(k -> k.startsWith("page_"))) {
                throw ProblemException.badRequest("an export has no pages");
            }
            return Reply.export(new Export<>(source));
        }
        int size = request.pageSize();
        String cursor = request.cursor();
        List<JsonNode> items = new ArrayList<>();
        int lookedAt = 0;
        boolean more = true;
        while (more && items.size() < size && lookedAt < MAX_LOOKED_AT) {
            List<T> batch = source.fetch().after(cursor, BATCH);
            more = batch.size() == BATCH;
            for (T record : batch) {
                if (items.size() == size) {
                    more = true;
                    break;
                }
                cursor = source.id().apply(record);
                lookedAt++;
                if (source.visible().test(record)) {
                    items.add(source.json().apply(record));
                }
            }
        }
        return reply(items, more && cursor != null ? request.pageToken(cursor) : null);
    }

    private static Reply reply(List<? extends JsonNode> items, @Nullable String next) {
        ObjectNode body = BodyFields.empty();
        ArrayNode array = body.putArray("items");
        items.forEach(array::add);
        return Reply.ok(body.put("next_page_token", next));
    }

    /// Gives the visible items some at a time. Used by one thread.
    private static final class Export<T>
            implements java.util.function.Supplier<List<? extends JsonNode>> {
        private final Source<T> source;
        private @Nullable String cursor;
        private boolean ended;

        Export(Source<T> source) {
            this.source = source;
        }

        @Override
        public List<? extends JsonNode> get() {
            List<JsonNode> items = new ArrayList<>();
            while (items.isEmpty() && !ended) {
                List<T> batch = source.fetch().after(cursor, BATCH);
                ended = batch.size() < BATCH;
                for (T record : batch) {
                    cursor = source.id().apply(record);
                    if (source.visible().test(record)) {
                        items.add(source.json().apply(record));
                    }
                }
            }
            return items;
        }
    }
}
