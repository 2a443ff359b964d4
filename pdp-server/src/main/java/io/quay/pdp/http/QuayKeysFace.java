package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Header;
import io.quay.pdp.token.KeyRing;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;

/// What Quay fetches to verify the tokens that are made for it: a discovery document (OpenID
/// Connect Discovery 1.0 §3) and the keys.
///
/// Quay fetches again for any `kid` that it does not know, so that strangers decide how often: the
/// answers come from memory, nothing is looked up, and no more than [#CAPACITY] are under way at
/// once, so that a flood of them takes nothing from the other endpoints.
public final class QuayKeysFace implements Face {
    static final int CAPACITY = 64;

    private static final String DISCOVERY = "/quay/.well-known/openid-configuration";
    private static final String KEYS = "/quay/jwks";

    private final KeyRing ring;
    private final byte[] discovery;
    private final Semaphore capacity;

    /// @param issuer the `iss` of tokens for Quay
    /// @param keysUri where Quay finds the keys
    public QuayKeysFace(KeyRing ring, String issuer, String keysUri) {
        this(ring, issuer, keysUri, new Semaphore(CAPACITY));
    }

    QuayKeysFace(KeyRing ring, String issuer, String keysUri, Semaphore capacity) {
        this.ring = ring;
        this.discovery = document(issuer, keysUri);
        this.capacity = capacity;
    }

    /// Where Quay finds the keys: beside the discovery document, at the issuer.
    public static String keysUri(URI issuer) {
        return issuer + "/jwks";
    }

    private static byte[] document(String issuer, String keysUri) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("issuer", issuer);
        document.put("jwks_uri", keysUri);
        document.putArray("id_token_signing_alg_values_supported").add("RS256");
        document.putArray("response_types_supported").add("none");
        document.putArray("subject_types_supported").add("public");
        return document.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void register(RoutesConfig routes) {
        Face.read(routes, DISCOVERY, context -> answer(context, "application/json", discovery));
        Face.read(
                routes,
                KEYS,
                context ->
                        answer(
                                context,
                                "application/jwk-set+json",
                                ring.jwks().getBytes(StandardCharsets.UTF_8)));
    }

    private void answer(Context context, String type, byte[] body) throws IOException {
        if (!capacity.tryAcquire()) {
            context.status(503).header(Header.RETRY_AFTER, "1");
            return;
        }
        try {
            // Quay keeps its copy an hour whatever is said here; others need not.
            context.contentType(type).header(Header.CACHE_CONTROL, "public, max-age=300");
            if (context.method().equals(io.javalin.http.HandlerType.HEAD)) {
                return;
            }
            context.res().setContentLength(body.length);
            // Written here, so that a slow reader counts until it has read.
            context.res().getOutputStream().write(body);
            context.res().flushBuffer();
        } finally {
            capacity.release();
        }
    }
}
