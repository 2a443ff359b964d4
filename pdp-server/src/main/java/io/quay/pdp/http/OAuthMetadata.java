package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.token.ClientAssertions;
import io.quay.pdp.token.Grant;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.TokenIssuance;
import java.util.Collection;
import java.util.List;

/// What the authorization server says of itself (RFC 8414 §2, OpenID Connect Discovery §3): made
/// from its configuration, never from a request.
final class OAuthMetadata {
    private static final List<String> AUTHENTICATION =
            List.of("client_secret_basic", "client_secret_post", "private_key_jwt", "spiffe_jwt");

    private final TokenIssuance service;
    private final String issuer;
    private final String base;

    OAuthMetadata(TokenIssuance service, String issuer) {
        this.service = service;
        this.issuer = issuer;
        this.base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
    }

    ObjectNode authorizationServer() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("issuer", issuer);
        document.put("token_endpoint", base + "/oauth2/token");
        document.put("jwks_uri", base + "/oauth2/jwks");
        document.put("introspection_endpoint", base + "/oauth2/introspect");
        document.put("revocation_endpoint", base + "/oauth2/revoke");
        put(document, "grant_types_supported", service.grants().stream().map(Grant::type).toList());
        put(document, "response_types_supported", List.of());
        put(document, "scopes_supported", service.settings().scopes().stream().sorted().toList());
        for (String endpoint : List.of("token", "introspection", "revocation")) {
            put(document, endpoint + "_endpoint_auth_methods_supported", AUTHENTICATION);
            put(
                    document,
                    endpoint + "_endpoint_auth_signing_alg_values_supported",
                    ClientAssertions.ALGORITHMS);
        }
        document.put("service_documentation", base + "/docs");
        return document;
    }

    /// The same for clients that look for OpenID Connect's document first. There are no users and
    /// no id tokens here; the members are there because they are required.
    ObjectNode openId() {
        ObjectNode document = authorizationServer();
        put(document, "subject_types_supported", List.of("public"));
        put(document, "id_token_signing_alg_values_supported", KeyRing.ALGORITHMS);
        return document;
    }

    /// What is protected by our tokens here (RFC 9728 §2): this server's own API.
    ObjectNode protectedResource() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("resource", issuer);
        put(document, "authorization_servers", List.of(issuer));
        put(document, "bearer_methods_supported", List.of("header"));
        document.put("resource_documentation", base + "/docs");
        return document;
    }

    private static void put(ObjectNode document, String name, Collection<String> values) {
        ArrayNode array = document.putArray(name);
        values.forEach(array::add);
    }
}
