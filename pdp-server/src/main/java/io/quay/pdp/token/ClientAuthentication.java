package io.quay.pdp.token;

import io.quay.pdp.accounts.Directory;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import java.net.URLDecoder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Authenticates clients (RFC 6749 §2.3): by secret in the header or in the body, by an assertion
/// that they signed, or by a workload's token. Exactly one of these; every failure has the same
/// answer. Safe for use by any number of threads.
public final class ClientAuthentication {
    private static final String BASIC = "Basic ";
    private static final int MAX_HEADER = 8 * 1024;
    private static final String NO_HASH = "0".repeat(64);

    /// A JWT-SVID (draft-ietf-oauth-spiffe-client-auth).
    private static final String SVID = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe";

    private final Directory directory;
    private final ClientAssertions assertions;
    private final WorkloadTokens workloads;
    private final Clock clock;

    public ClientAuthentication(
            Directory directory,
            ClientAssertions assertions,
            WorkloadTokens workloads,
            Clock clock) {
        this.directory = directory;
        this.assertions = assertions;
        this.workloads = workloads;
        this.clock = clock;
    }

    /// @param authorization the header; null = none
    /// @return empty when the request holds no proof at all
    public Optional<Client> authenticate(@Nullable String authorization, Form form)
            throws OAuthException {
        Optional<String> id = form.one("client_id");
        Optional<String> secret = form.one("client_secret");
        Optional<String> assertion = form.one("client_assertion");
        Optional<String> type = form.one("client_assertion_type");
        int proofs =
                (authorization == null ? 0 : 1)
                        + (secret.isPresent() ? 1 : 0)
                        + (assertion.isPresent() || type.isPresent() ? 1 : 0);
        if (proofs > 1) {
            throw OAuthException.request("more than one way of client authentication is used");
        }
        if (authorization != null) {
            return Optional.of(basic(authorization, id));
        }
        if (secret.isPresent()) {
            String name =
                    id.orElseThrow(() -> OAuthException.request("parameter client_id is missing"));
            return Optional.of(bySecret(name, secret.get()));
        }
        return assertion.isEmpty() && type.isEmpty()
                ? Optional.empty()
                : Optional.of(byAssertion(form, id));
    }

    /// An assertion that the account signed itself, or one of a registered issuer: then the account
    /// has to be named, because a workload may be several.
    private Client byAssertion(Form form, Optional<String> id) throws OAuthException {
        String assertion = form.required("client_assertion");
        return switch (form.one("client_assertion_type").orElse("")) {
            case ClientAssertions.TYPE ->
                    assertions.isOfAccount(assertion)
                            ? assertions.verify(assertion, id)
                            : byWorkload(assertion, form, Federation.Way.EXCHANGED);
            case SVID -> byWorkload(assertion, form, Federation.Way.SVID);
            default -> throw OAuthException.client("the client_assertion_type is not known");
        };
    }

    private Client byWorkload(String assertion, Form form, Federation.Way way)
            throws OAuthException {
        return Client.of(
                workloads.accept(assertion, form, way, WorkloadTokens.Place.CLIENT_ASSERTION));
    }

    private Client basic(String header, Optional<String> clientId) throws OAuthException {
        if (header.length() > MAX_HEADER
                || !header.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
            throw OAuthException.client("the Authorization header is not Basic");
        }
        String pair;
        try {
            byte[] decoded = Base64.getDecoder().decode(header.substring(BASIC.length()).strip());
            pair =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(java.nio.ByteBuffer.wrap(decoded))
                            .toString();
        } catch (IllegalArgumentException | CharacterCodingException _) {
            throw OAuthException.client("the Basic credentials cannot be decoded");
        }
        int colon = pair.indexOf(':');
        if (colon < 0) {
            throw OAuthException.client("the Basic credentials hold no colon");
        }
        String id = decoded(pair.substring(0, colon));
        if (clientId.isPresent() && !clientId.get().equals(id)) {
            throw OAuthException.request("client_id differs from the Authorization header");
        }
        return bySecret(id, decoded(pair.substring(colon + 1)));
    }

    /// Clients differ in whether they encode (RFC 6749 §2.3.1 says so): our ids and secrets are the
    /// same either way.
    private static String decoded(String text) throws OAuthException {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            throw OAuthException.client("the Basic credentials are not form-encoded");
        }
    }

    /// Does the same work whatever is wrong.
    private Client bySecret(String name, String secret) throws OAuthException {
        boolean ours = ClientSecret.isWellFormed(secret);
        String hash = ClientSecret.sha256Hex(secret);
        Optional<ServiceAccount> account = directory.find(name);
        Optional<Credential> credential = directory.findBySecret(hash);
        String kept =
                credential
                        .map(Credential::proof)
                        .map(proof ->
                                proof instanceof Credential.Proof.Secret(String sha256)
                                        ? sha256
                                        : NO_HASH)
                        .orElse(NO_HASH);
        boolean same =
                MessageDigest.isEqual(
                        kept.getBytes(StandardCharsets.US_ASCII),
                        hash.getBytes(StandardCharsets.US_ASCII));
        if (!ours) {
            throw OAuthException.client("the secret is not of our form");
        }
        if (account.isEmpty()) {
            throw OAuthException.client("no such account");
        }
        if (credential.isEmpty()
                || !same
                || !credential.get().accountId().equals(account.get().id())) {
            throw OAuthException.client("wrong secret");
        }
        return usable(
                account.get(),
                credential.get(),
                new Client(
                        account.get(),
                        credential.get(),
                        Authentication.Method.CLIENT_SECRET,
                        null));
    }

    private Client usable(ServiceAccount account, Credential credential, Client client)
            throws OAuthException {
        requireUsable(account, credential, clock);
        return client;
    }

    static void requireUsable(ServiceAccount account, Credential credential, Clock clock)
            throws OAuthException {
        if (!account.usableAt(clock.instant())) {
            throw OAuthException.client("the account is disabled or has expired");
        }
        if (!credential.liveAt(clock.instant())) {
            throw OAuthException.client("the credential has expired");
        }
    }
}
