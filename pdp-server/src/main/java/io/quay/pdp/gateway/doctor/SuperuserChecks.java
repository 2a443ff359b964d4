package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.ServiceAccount;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whether anybody may become a superuser of Quay by taking a name. For one thread.
final class SuperuserChecks {
    private final Findings findings;
    private final Questions questions;

    SuperuserChecks(Findings findings, Questions questions) {
        this.findings = findings;
        this.questions = questions;
    }

    /// Whether Quay has a user of this name; null = it does not say. Asking makes none.
    @Nullable Boolean exists(String name) {
        return switch (questions.get("/api/v1/users/" + name)) {
            case Answer.Given(int status, String _, JsonNode _) when status == 200 -> true;
            case Answer.Given(int status, String _, JsonNode _) when status == 404 -> false;
            case Answer.Given _, Answer.None _ -> null;
        };
    }

    /// @param configured `quay.superusers`
    void list(Settings settings, Set<String> configured) {
        if (!settings.isDumped()) {
            findings.unknown(
                    Check.SUPERUSER_LIST,
                    "Quay does not show SUPER_USERS here",
                    "see in Quay's config.yaml that every name of SUPER_USERS and"
                            + " GLOBAL_READONLY_SUPER_USERS has a user, and which are accounts'; or"
                            + " set FEATURE_SUPERUSER_CONFIGDUMP: true there and run this with a"
                            + " superuser's credential");
            return;
        }
        List<String> wrong = new ArrayList<>();
        for (String key : new String[] {"SUPER_USERS", "GLOBAL_READONLY_SUPER_USERS"}) {
            for (JsonNode each : settings.dumped(key)) {
                String problem = problem(each.asText(""), configured);
                if (!problem.isEmpty()) {
                    wrong.add(key + ": `" + Plain.text(each.asText("")) + "` " + problem);
                }
            }
        }
        if (wrong.isEmpty()) {
            findings.passed(
                    Check.SUPERUSER_LIST, "every name in SUPER_USERS is taken, as it should");
        } else {
            findings.failed(
                    Check.SUPERUSER_LIST,
                    "names in SUPER_USERS that nobody has, or that accounts have which are not of"
                            + " `quay.superusers`: whoever is a user of that name is a superuser",
                    "take them out of Quay's config.yaml and restart Quay, until their users exist",
                    wrong);
        }
    }

    private String problem(String name, Set<String> configured) {
        if (ServiceAccount.NAME.matcher(name).matches() && !configured.contains(name)) {
            return "is a service account's name, and not of `quay.superusers`";
        }
        if (!name.matches("[A-Za-z0-9_.-]{1,255}")) {
            return "is no user's name";
        }
        Boolean exists = exists(name);
        if (exists == null) {
            return "may or may not have a user: Quay does not say";
        }
        return exists ? "" : "has no user yet";
    }
}
