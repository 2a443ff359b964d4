package io.quay.pdp.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.Administration;
import io.quay.pdp.accounts.CredentialSpec;
import io.quay.pdp.accounts.NewCredential;
import io.quay.pdp.identity.Credential;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Credentials on the wire. A secret is written once, when it was made, and never read back; its
/// hash is read and never written.
final class CredentialJson {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final String SECRET = "client_secret";
    private static final String KEY = "public_key";
    private static final String FEDERATED = "federated";

    private CredentialJson() {}

    /// @throws io.quay.pdp.accounts.RefusedException 422 with every member that is wrong
    static CredentialSpec read(ObjectNode body) {
        BodyFields fields = new BodyFields(body);
        String kind = fields.required("kind");
        Instant expiresAt = fields.time("expires_at");
        boolean never = fields.isNull("expires_at");
        CredentialSpec spec =
                switch (kind) {
                    case SECRET -> secret(fields, expiresAt, never);
                    case KEY -> key(fields, expiresAt, never);
                    case FEDERATED ->
                            new CredentialSpec.Federated(
                                    fields.required("issuer"),
                                    fields.required("subject"),
                                    fields.text("audience"),
                                    expiresAt,
                                    never);
                    default -> {
                        if (fields.has("kind")) {
                            fields.wrong(
                                    "kind", "must be `client_secret`, `public_key` or `federated`");
                        }
                        yield null;
                    }
                };
        fields.end();
        return java.util.Objects.requireNonNull(spec);
    }

    private static CredentialSpec secret(
            BodyFields fields, @Nullable Instant expiresAt, boolean never) {
        String hash = fields.text("secret_sha256");
        if (hash == null) {
            return new CredentialSpec.NewSecret(expiresAt, never);
        }
        if (!SHA256.matcher(hash).matches()) {
            fields.wrong("secret_sha256", "must be 64 lower-case hex digits");
        }
        return new CredentialSpec.SecretHash(hash, expiresAt, never);
    }

    private static CredentialSpec key(
            BodyFields fields, @Nullable Instant expiresAt, boolean never) {
        ObjectNode jwk = fields.free("jwk");
        String pem = fields.text("pem");
        if (fields.has("jwk") == fields.has("pem")) {
            fields.wrong("jwk", "one of `jwk` and `pem` is needed");
        }
        String key = jwk != null ? jwk.toString() : pem == null ? "" : pem;
        return new CredentialSpec.PublicKey(key, expiresAt, never);
    }

    /// What a rotation is asked for: null = a successor of the same kind with the default end.
    static @Nullable CredentialSpec readSuccessor(BodyFields fields) {
        Instant expiresAt = fields.time("expires_at");
        boolean never = fields.isNull("expires_at");
        boolean key = fields.has("jwk") || fields.has("pem");
        boolean hash = fields.has("secret_sha256");
        if (key && hash) {
            fields.wrong("secret_sha256", "excludes `jwk` and `pem`");
        }
        if (key) {
            return key(fields, expiresAt, never);
        }
        return hash || never || expiresAt != null ? secret(fields, expiresAt, never) : null;
    }

    static ObjectNode write(Administration.SeenCredential seen) {
        Credential credential = seen.credential();
        ObjectNode json = common(credential);
        json.put("created_by", credential.createdBy());
        json.set("last_used_at", Times.json(seen.lastUsedAt()));
        return json.put("rotated_to", credential.replacedBy());
    }

    /// @param account the account's name
    /// @param dryRun whether nothing was made: no secret is shown then
    static ObjectNode write(NewCredential made, String account, boolean dryRun) {
        ObjectNode json = common(made.credential());
        json.put("client_id", account);
        if (made.secret() != null && !dryRun) {
            json.put("client_secret", made.secret());
        }
        Credential old = made.predecessor();
        if (old != null) {
            json.putObject("rotated")
                    .put("id", old.id())
                    .set("expires_at", Times.json(old.expiresAt()));
        }
        return json;
    }

    private static ObjectNode common(Credential credential) {
        ObjectNode json = BodyFields.empty().put("id", credential.id());
        switch (credential.proof()) {
            case Credential.Proof.Secret _ -> json.put("kind", SECRET);
            case Credential.Proof.PublicKey(String jwk, String thumbprint) -> {
                JsonNode key = parse(jwk);
                json.put("kind", KEY);
                json.put("thumbprint", thumbprint);
                json.put("kid", key.path("kid").asText(thumbprint));
                json.set("jwk", key);
            }
            case Credential.Proof.Federated(
                            String issuer,
                            var _,
                            String subject,
                            String audience) -> {
                json.put("kind", FEDERATED);
                json.put("issuer", issuer);
                json.put("subject", subject);
                json.put("audience", audience);
            }
        }
        json.set("created_at", Times.json(credential.createdAt()));
        json.set("expires_at", Times.json(credential.expiresAt()));
        return json;
    }

    private static JsonNode parse(String jwk) {
        try {
            return JSON.readTree(jwk);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a kept key is no JSON", e);
        }
    }
}
