package io.quay.pdp.token;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a request wants of its token, held against what exists and what is offered. Safe for use by
/// any number of threads.
final class TokenWishes {
    private static final Pattern SCOPE =
            Pattern.compile("[\\x21\\x23-\\x5b\\x5d-\\x7e]+( [\\x21\\x23-\\x5b\\x5d-\\x7e]+)*");

    private final TokenIssuance.Settings settings;
    private final AccessTokens.Settings tokens;

    TokenWishes(TokenIssuance.Settings settings, AccessTokens.Settings tokens) {
        this.settings = settings;
        this.tokens = tokens;
    }

    /// Without a wish all that is offered; never less than what was asked for.
    @Nullable Set<String> scopes(@Nullable Set<String> ceiling, Form form) throws OAuthException {
        Optional<String> wish = form.one("scope");
        if (wish.isEmpty()) {
            return ceiling;
        }
        if (!SCOPE.matcher(wish.get()).matches()) {
            throw scope("scope is not a list of scope names");
        }
        Set<String> wanted = new HashSet<>(List.of(wish.get().split(" ")));
        if (!settings.scopes().containsAll(wanted)) {
            throw scope("scope names one that does not exist");
        }
        if (ceiling != null && !ceiling.containsAll(wanted)) {
            throw scope("scope asks for more than the subject token has");
        }
        return wanted;
    }

    private static OAuthException scope(String description) {
        return new OAuthException(OAuthError.INVALID_SCOPE, description, description);
    }

    /// One audience a token (RFC 8707 §2): a token for two can be used by each against the other.
    String audience(Form form) throws OAuthException {
        List<String> wanted = new ArrayList<>(form.many("audience"));
        for (String resource : form.many("resource")) {
            requireUri(resource);
            wanted.add(resource);
        }
        Set<String> distinct = Set.copyOf(wanted);
        if (distinct.isEmpty()) {
            return tokens.issuer();
        }
        String only = wanted.getFirst();
        boolean known = only.equals(tokens.issuer()) || settings.audiences().contains(only);
        if (distinct.size() > 1 || !known || tokens.refusedAudiences().contains(only)) {
            throw new OAuthException(
                    OAuthError.INVALID_TARGET,
                    "audience or resource is not one that tokens are issued for, or more than one",
                    "unknown target");
        }
        return only;
    }

    private static void requireUri(String resource) throws OAuthException {
        try {
            URI uri = new URI(resource);
            if (uri.isAbsolute() && uri.getRawFragment() == null) {
                return;
            }
        } catch (URISyntaxException _) {
            // refused below
        }
        throw new OAuthException(
                OAuthError.INVALID_TARGET,
                "resource is not an absolute URI without a fragment",
                "malformed resource");
    }
}
