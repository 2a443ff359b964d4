package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.Caller;
import io.quay.pdp.http.Route.Method;
import io.quay.pdp.http.Route.Trait;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.SigningKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// `/v1/signing-keys`: the key rings that sign access tokens and tokens for Quay, without key
/// material; the public keys are at `/oauth2/jwks` and `/quay/jwks`.
final class SigningKeysEndpoint {
    private static final String KEYS = "/v1/signing-keys";

    private final Administration administration;
    private final AdministrationFace.Rings rings;

    SigningKeysEndpoint(Administration administration, AdministrationFace.Rings rings) {
        this.administration = administration;
        this.rings = rings;
    }

    private record Listed(String ring, SigningKey key) {}

    List<Route> routes() {
        return List.of(
                Route.of(
                                Method.GET,
                                KEYS,
                                "listSigningKeys",
                                "Lists the keys that sign, signed or will sign tokens",
                                "readSigningKeys",
                                this::list)
                        .answer("SigningKey")
                        .with(Trait.LIST),
                Route.of(
                                Method.POST,
                                KEYS + "/rotate",
                                "rotateSigningKeys",
                                "Lets the next keys sign as soon as they were published long"
                                        + " enough; with `compromised`, replaces all keys now",
                                "rotateSigningKeys",
                                this::rotate)
                        .body("KeyRotationRequest")
                        .answer("KeyRotation")
                        .with(Trait.BODY_OPTIONAL));
    }

    private Reply list(ApiRequest request) {
        administration.require(request.caller(), request.route().action(), EntityRef.registry());
        List<Listed> all = new ArrayList<>();
        rings.access().keys().forEach(key -> all.add(new Listed("access", key)));
        if (rings.quay() != null) {
            rings.quay().keys().forEach(key -> all.add(new Listed("quay", key)));
        }
        return Pages.ofAll(request, all, listed -> listed.key().kid(), SigningKeysEndpoint::write);
    }

    private Reply rotate(ApiRequest request) {
        BodyFields fields = new BodyFields(request.body());
        boolean compromised = fields.flag("compromised", false);
        KeyRing ring = ring(fields);
        fields.end();
        administration.require(request.caller(), request.route().action(), EntityRef.registry());
        ObjectNode json = BodyFields.empty();
        switch (compromised ? replaceAll(ring, by(request)) : ring.rotate(by(request))) {
            case KeyRing.Rotation.Done _ ->
                    json.put("rotated", true).set("takes_over_at", Times.json(null));
            case KeyRing.Rotation.Scheduled(Instant at) ->
                    json.put("rotated", false).set("takes_over_at", Times.json(at));
        }
        return Reply.ok(json);
    }

    private KeyRing ring(BodyFields fields) {
        String name = fields.text("ring");
        KeyRing quay = rings.quay();
        if (name == null || name.equals("access")) {
            return rings.access();
        }
        if (!name.equals("quay") || quay == null) {
            fields.wrong("ring", "must be `access`, or `quay` where tokens are made for Quay");
            return rings.access();
        }
        return quay;
    }

    private static KeyRing.Rotation replaceAll(KeyRing ring, KeyRing.By by) {
        ring.replaceAll(by);
        return new KeyRing.Rotation.Done();
    }

    private static KeyRing.By by(ApiRequest request) {
        Caller caller = request.caller();
        return new KeyRing.By(
                caller.name(), caller.credential(), caller.requestId(), caller.sourceIp());
    }

    private static ObjectNode write(Listed listed) {
        SigningKey key = listed.key();
        ObjectNode json =
                BodyFields.empty()
                        .put("ring", listed.ring())
                        .put("kid", key.kid())
                        .put("algorithm", key.algorithm())
                        .put(
                                "state",
                                switch (key.state()) {
                                    case NEXT -> "next";
                                    case ACTIVE -> "active";
                                    case RETIRING -> "retiring";
                                });
        json.set("created_at", Times.json(key.createdAt()));
        json.set("state_since", Times.json(key.stateSince()));
        return json;
    }
}
