package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.accounts.AccountName;
import io.quay.pdp.accounts.AccountSpec;
import io.quay.pdp.accounts.AccountView;
import io.quay.pdp.identity.ServiceAccount;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Service accounts on the wire.
final class AccountJson {
    /// Members that the server sets: accepted and passed over, so that what GET gave can be put
    /// back.
    private static final List<String> READ_ONLY =
            List.of(
                    "id",
                    "created_at",
                    "created_by",
                    "updated_at",
                    "last_used_at",
                    "origin",
                    "account_conflict");

    private static final String STRICT = "strict";
    private static final String LEGACY = "legacy";

    private AccountJson() {}

    /// @param name of the path; null = the body must hold it
    /// @throws io.quay.pdp.accounts.RefusedException 422 with every member that is wrong
    static AccountSpec read(ObjectNode body, @Nullable String name) {
        BodyFields fields = new BodyFields(body);
        fields.ignore(READ_ONLY);
        String given = name == null ? fields.required("name") : fields.text("name");
        if (name != null && given != null && !given.equals(name)) {
            fields.wrong("name", "must be the name in the path: names do not change");
        }
        String audience = fields.text("client_assertion_audience");
        if (audience != null && !audience.equals(STRICT) && !audience.equals(LEGACY)) {
            fields.wrong("client_assertion_audience", "must be `strict` or `legacy`");
        }
        String displayName = fields.text("display_name");
        String description = fields.text("description");
        AccountSpec spec =
                new AccountSpec(
                        name == null ? String.valueOf(given) : name,
                        displayName == null ? "" : displayName,
                        description == null ? "" : description,
                        fields.text("owner"),
                        fields.texts("groups"),
                        fields.textMap("labels"),
                        fields.flag("enabled"),
                        fields.time("expires_at"),
                        LEGACY.equals(audience));
        fields.end();
        return spec;
    }

    static ObjectNode write(AccountView view) {
        ServiceAccount account = view.account();
        ObjectNode json =
                BodyFields.empty()
                        .put("id", account.id())
                        .put("name", account.name())
                        .put("display_name", view.displayName())
                        .put("description", account.description())
                        .put("owner", account.owner());
        ArrayNode groups = json.putArray("groups");
        account.groups().forEach(groups::add);
        ObjectNode labels = json.putObject("labels");
        new TreeMap<>(account.labels()).forEach(labels::put);
        json.put("enabled", account.enabled());
        json.set("expires_at", Times.json(account.expiresAt()));
        json.put("client_assertion_audience", view.legacyAudience() ? LEGACY : STRICT);
        json.set("created_at", Times.json(account.createdAt()));
        json.put("created_by", view.createdBy());
        json.set("updated_at", Times.json(view.updatedAt()));
        json.set("last_used_at", Times.json(view.lastUsedAt()));
        json.put("origin", word(view.origin()));
        if (view.conflict()) {
            json.put("account_conflict", true);
        }
        return json;
    }

    private static String word(AccountName.Origin origin) {
        return switch (origin) {
            case API -> "api";
            case GIT -> "git";
        };
    }
}
