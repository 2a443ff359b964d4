package io.quay.pdp.gateway;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.token.PresentedTokens;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Finds out what a request proves itself with. Passed untouched is only what can be neither a
/// token of ours nor a workload's: nobody gets around the decision by a token that we or Quay could
/// read in another way. Safe for use by any number of threads.
final class Credentials {
    static final String ACCOUNT = "X-PDP-Account";

    private static final String SCHEME = "Bearer ";

    /// Of tokens, beside letters and digits (RFC 6750 §2.1).
    private static final String SIGNS = "-._~+/=";

    /// The same of tokens that are passed without being read.
    private static final String OPAQUE_SIGNS = "-_";

    /// Of what looks like a signed token no two readings may differ.
    private static final JsonMapper STRICT =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private final PresentedTokens tokens;
    private final Set<String> ours;
    private final Supplier<Set<String>> registered;
    private final GatewaySettings settings;
    private final OwnTokens own;

    /// @param ours our issuers: of access tokens, and of tokens for Quay
    /// @param registered the `iss` of all registered issuers of workloads, as of now
    Credentials(
            PresentedTokens tokens,
            Set<String> ours,
            Supplier<Set<String>> registered,
            GatewaySettings settings) {
        this.tokens = tokens;
        this.ours = ours.stream().map(Credentials::comparable).collect(Collectors.toSet());
        this.registered = registered;
        this.settings = settings;
        this.own = new OwnTokens(this::isOurs);
    }

    /// @throws Refusal.RefusedException when a workload's token comes without the account
    Credential of(Inbound inbound) {
        List<String> given = inbound.headers().getValuesList("Authorization");
        if (given.isEmpty()) {
            return settings.passForeign() && hasCookie(inbound)
                    ? foreign("session", inbound)
                    : new Credential.None("the request carries no access token");
        }
        if (given.size() > 1) {
            return new Credential.None("the request has more than one `Authorization` header");
        }
        Optional<String> bearer = bearer(given.getFirst());
        if (bearer.isEmpty()) {
            return new Credential.None("`Authorization` is not `Bearer` and a token");
        }
        String token = bearer.get();
        if (token.length() > settings.maxToken()) {
            return new Credential.None("the token is too long");
        }
        return consistsOf(OPAQUE_SIGNS, token) ? opaque(token, inbound) : signed(token, inbound);
    }

    private static boolean hasCookie(Inbound inbound) {
        return inbound.headers().getValuesList("Cookie").stream().anyMatch(it -> !it.isBlank());
    }

    private Credential foreign(String kind, Inbound inbound) {
        return own.isShownBy(inbound)
                ? new Credential.None("a token or secret of ours stands where none belongs")
                : new Credential.Foreign(kind);
    }

    /// Why a request for anything but the Management API is not passed; empty when it is. Whatever
    /// any reader could take for a token of ours stays here: Quay would act on it, undecided.
    Optional<String> unfitToPass(Inbound inbound) {
        List<String> given = inbound.headers().getValuesList("Authorization");
        if (given.size() > 1) {
            return Optional.of("the request has more than one `Authorization` header");
        }
        if (!given.isEmpty()
                && bearer(given.getFirst()).isEmpty()
                && OwnTokens.basic(given.getFirst()).isEmpty()) {
            return Optional.of("`Authorization` is neither `Bearer` and a token nor `Basic`");
        }
        return own.isShownBy(inbound)
                ? Optional.of(
                        "a token or secret of ours is good for Quay's Management API (/api/v1) alone,"
                                + " as a bearer token")
                : Optional.empty();
    }

    private static Optional<String> bearer(String value) {
        if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        String token = value.substring(SCHEME.length());
        return token.isEmpty() || !consistsOf(SIGNS, token) ? Optional.empty() : Optional.of(token);
    }

    /// Of these signs, letters and digits; a pattern takes long for what is so long.
    private static boolean consistsOf(String signs, String token) {
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            boolean plain =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!plain && signs.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    private Credential opaque(String token, Inbound inbound) {
        if (token.startsWith(ClientSecret.PREFIX)) {
            return new Credential.None(
                    "this is a client secret, which is shown to the token endpoint alone; rotate it");
        }
        return settings.passForeign()
                ? foreign("opaque", inbound)
                : new Credential.None("this is no access token of ours");
    }

    private Credential signed(String token, Inbound inbound) {
        if (tokens.isOurs(token)) {
            return new Credential.Ours(token);
        }
        Optional<String> issuer = issuer(token);
        if (issuer.isEmpty()) {
            return new Credential.None("the token is no signed token that names its issuer");
        }
        if (isOurs(issuer.get())) {
            return new Credential.None("this token of ours is not for the gateway");
        }
        if (isRegistered(issuer.get())) {
            return tokens.takesWorkloads()
                    ? new Credential.Workload(token, account(inbound))
                    : new Credential.None(
                            "this is a workload's token: exchange it for an access token first");
        }
        return settings.passForeign() && settings.foreignIssuers().contains(issuer.get())
                ? foreign(issuer.get(), inbound)
                : new Credential.None("the token's issuer is not one that is taken here");
    }

    private static String account(Inbound inbound) {
        List<String> given = inbound.headers().getValuesList(ACCOUNT);
        if (given.size() == 1 && !given.getFirst().isEmpty()) {
            return given.getFirst();
        }
        throw Refusal.malformed(
                        "a workload's token needs the service account that it asks to be, in one header `"
                                + ACCOUNT
                                + "`")
                .exception();
    }

    private boolean isOurs(String issuer) {
        String named = comparable(issuer);
        return ours.stream().anyMatch(own -> named.equals(own) || named.startsWith(own + "/"));
    }

    private boolean isRegistered(String issuer) {
        return registered.get().stream()
                .map(Credentials::comparable)
                .anyMatch(comparable(issuer)::equals);
    }

    /// Quay takes an issuer with and without a slash at its end.
    private static String comparable(String issuer) {
        return issuer.strip().replaceAll("/+$", "").toLowerCase(Locale.ROOT);
    }

    /// The `iss` that a token claims, whether it is true or not; empty when it claims none in one
    /// clear way.
    private static Optional<String> issuer(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            JsonNode header = STRICT.readTree(Base64.getUrlDecoder().decode(parts[0]));
            JsonNode claims = STRICT.readTree(Base64.getUrlDecoder().decode(parts[1]));
            boolean clear =
                    header.isObject() && claims.isObject() && claims.path("iss").isTextual();
            return clear ? Optional.of(claims.path("iss").textValue()) : Optional.empty();
        } catch (IOException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
