package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Field;
import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.quay.QuayNames;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/// What an account's fields may hold, and how they are told of.
final class AccountRules {
    private static final int MAX_DISPLAY_NAME = 200;
    private static final int MAX_DESCRIPTION = 2_000;
    private static final int MAX_LABELS = 64;
    private static final int MAX_LABEL_VALUE = 256;
    private static final int MAX_GROUPS = 64;
    private static final Pattern LABEL_KEY =
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private AccountRules() {}

    /// @throws RefusedException naming every field that is wrong
    static void check(AccountSpec spec, LiveView view) {
        List<Field> wrong = new ArrayList<>();
        if (!ServiceAccount.NAME.matcher(spec.name()).matches()) {
            wrong.add(new Field("/name", "must match " + ServiceAccount.NAME.pattern()));
        }
        text("/display_name", spec.displayName(), MAX_DISPLAY_NAME, wrong);
        text("/description", spec.description().replace("\n", ""), MAX_DESCRIPTION, wrong);
        String owner = spec.owner();
        if (owner != null
                && (owner.isEmpty() || !QuayNames.wellFormed(EntityRef.organization(owner)))) {
            wrong.add(new Field("/owner", "must be the name of an organization, or null"));
        }
        if (spec.groups().size() > MAX_GROUPS) {
            wrong.add(new Field("/groups", "at most " + MAX_GROUPS));
        }
        for (String group : new TreeSet<>(spec.groups())) {
            if (view.accounts().findGroup(group).isEmpty()) {
                wrong.add(
                        new Field(
                                "/groups",
                                "group `"
                                        + printable(group)
                                        + "` is not declared: groups are declared in accounts.yaml"));
            }
        }
        labels(spec.labels(), wrong);
        if (!wrong.isEmpty()) {
            throw new RefusedException(
                    Refusal.INVALID, "the account cannot be as described", wrong);
        }
    }

    private static void text(String pointer, String value, int most, List<Field> wrong) {
        if (value.length() > most) {
            wrong.add(new Field(pointer, "at most " + most + " characters"));
        }
        if (CONTROL.matcher(value).find()) {
            wrong.add(new Field(pointer, "must hold no control characters"));
        }
    }

    private static void labels(Map<String, String> labels, List<Field> wrong) {
        if (labels.size() > MAX_LABELS) {
            wrong.add(new Field("/labels", "at most " + MAX_LABELS));
        }
        new TreeMap<>(labels)
                .forEach((key, value) -> {
                    if (!LABEL_KEY.matcher(key).matches()) {
                        wrong.add(new Field("/labels", "a key must match " + LABEL_KEY.pattern()));
                    } else {
                        String pointer = "/labels/" + key.replace("/", "~1");
                        text(pointer, value, MAX_LABEL_VALUE, wrong);
                    }
                });
    }

    private static String printable(String text) {
        String safe = CONTROL.matcher(text).replaceAll("?");
        return safe.length() <= 64 ? safe : safe.substring(0, 64) + "…";
    }

    static ServiceAccount account(
            String id, AccountSpec spec, boolean enabled, Instant createdAt, List<Grant> grants) {
        return new ServiceAccount(
                id,
                spec.name(),
                spec.description(),
                spec.owner(),
                spec.groups(),
                spec.labels(),
                enabled,
                createdAt,
                spec.expiresAt(),
                grants);
    }

    /// The fields for an event.
    static Map<String, String> describe(StoredAccount stored) {
        Map<String, String> fields = new LinkedHashMap<>();
        FIELDS.forEach((name, value) -> {
            String text = value.apply(stored);
            if (!text.isEmpty()) {
                fields.put(name, text);
            }
        });
        return fields;
    }

    /// The fields that changed, each as `old -> new`.
    static Map<String, String> differences(StoredAccount before, StoredAccount after) {
        Map<String, String> changed = new LinkedHashMap<>();
        FIELDS.forEach((name, value) -> {
            String old = value.apply(before);
            String now = value.apply(after);
            if (!old.equals(now)) {
                changed.put(name, old + " -> " + now);
            }
        });
        return changed;
    }

    private static final Map<String, Function<StoredAccount, String>> FIELDS = fields();

    private static Map<String, Function<StoredAccount, String>> fields() {
        Map<String, Function<StoredAccount, String>> fields = new LinkedHashMap<>();
        fields.put("display_name", StoredAccount::displayName);
        fields.put("description", stored -> stored.account().description());
        fields.put(
                "owner",
                stored -> stored.account().owner() == null ? "" : stored.account().owner());
        fields.put("groups", stored -> String.join(",", new TreeSet<>(stored.account().groups())));
        fields.put("labels", stored -> labelText(stored.account().labels()));
        fields.put("enabled", stored -> Boolean.toString(stored.account().enabled()));
        fields.put(
                "expires_at",
                stored ->
                        stored.account().expiresAt() == null
                                ? ""
                                : stored.account().expiresAt().toString());
        fields.put("legacy_audience", stored -> stored.legacyAudience() ? "true" : "");
        return fields;
    }

    private static String labelText(Map<String, String> labels) {
        return String.join(
                ",",
                new TreeMap<>(labels)
                        .entrySet().stream()
                                .map(label -> label.getKey() + "=" + label.getValue())
                                .toList());
    }
}
