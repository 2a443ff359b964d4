package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// Which page of a search is wanted (AuthZEN 1.0 §8.2.1). Immutable.
///
/// @param given whether the request says anything of pages
/// @param after behind which name the page begins; empty = at the first
/// @param limit null = none
/// @param query what the token of the next page is bound to
record PageRequest(
        boolean given, String after, @Nullable Integer limit, String query, PageTokens tokens) {
    private static final BigInteger MOST = BigInteger.valueOf(Integer.MAX_VALUE);

    /// Reads `page`. The limit goes with the token: a request that follows one may leave it out,
    /// and must not change it.
    ///
    /// @throws ProblemException 400 for a token of another caller or query
    static PageRequest read(Members body, PageTokens tokens, String query) {
        Members page = body.optionalObject("page").orElse(null);
        if (page == null) {
            return new PageRequest(false, "", null, query, tokens);
        }
        Integer limit = limit(page);
        String token = page.optionalText("token").orElse(null);
        if (token == null) {
            return new PageRequest(true, "", limit, query, tokens);
        }
        String[] opened = tokens.open(query, token).split(" ", 2);
        Integer first = opened[0].isEmpty() ? null : Integer.valueOf(opened[0]);
        if (limit != null && !limit.equals(first)) {
            throw ProblemException.badRequest(
                    "`page.limit` must be that of the first page: leave it out");
        }
        return new PageRequest(true, opened[1], first, query, tokens);
    }

    private static @Nullable Integer limit(Members page) {
        JsonNode limit = page.node("limit");
        if (limit == null) {
            return null;
        }
        if (!limit.isIntegralNumber() || limit.bigIntegerValue().signum() < 0) {
            throw ProblemException.badRequest(
                    "`page.limit` must be a whole number that is not negative");
        }
        return limit.bigIntegerValue().min(MOST).intValueExact();
    }

    /// How many names the page may hold.
    int most() {
        return limit == null ? Integer.MAX_VALUE : limit;
    }

    /// The token of the next page.
    ///
    /// @param cursor behind which name it begins
    String next(String cursor) {
        return tokens.seal(query, (limit == null ? "" : limit) + " " + cursor);
    }
}
