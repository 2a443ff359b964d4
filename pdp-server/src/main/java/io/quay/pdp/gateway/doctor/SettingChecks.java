package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.gateway.Executions;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whether Quay's switches let somebody else become an account's user or a superuser, or keep
/// accounts from working.
final class SettingChecks {
    private static final String RESTART = " in Quay's config.yaml, and restart it";

    private final Findings findings;
    private final Settings settings;

    SettingChecks(Findings findings, Settings settings) {
        this.findings = findings;
        this.settings = settings;
    }

    void run(Executions.Mode mode) {
        renames();
        selfRegistration();
        readOnly();
        switch (mode) {
            case Executions.Mode.Account account -> {
                creation();
                off(
                        Check.INVITE_ONLY,
                        "INVITE_ONLY_USER_CREATION",
                        "only invited e-mail addresses get users, and accounts have none: their"
                                + " first call is refused");
                off(
                        Check.MAILING,
                        "MAILING",
                        "Quay asks for an e-mail address at a first call, and accounts have none: let"
                                + " them make it while this is off");
                off(
                        Check.ORGANIZATION_CREATION,
                        "SUPERUSERS_ORG_CREATION_ONLY",
                        "only superusers make organizations, whatever policies permit");
                otherLogins(account.service());
                if (account.enrolment() != null || !account.superusers().isEmpty()) {
                    fullAccess();
                }
            }
            case Executions.Mode.OneToken _, Executions.Mode.Application _ -> {}
        }
    }

    private void renames() {
        Boolean rename = settings.feature("USER_RENAME");
        Boolean confirm = settings.feature("USERNAME_CONFIRMATION");
        if (on(rename) || on(confirm)) {
            findings.failed(
                    Check.RENAMES,
                    "users may rename themselves ("
                            + (on(rename) ? "FEATURE_USER_RENAME" : "FEATURE_USERNAME_CONFIRMATION")
                            + "): one that takes an unused name of SUPER_USERS is a superuser",
                    "set FEATURE_USER_RENAME: false and FEATURE_USERNAME_CONFIRMATION: false"
                            + RESTART);
        } else if (rename == null || confirm == null) {
            unseen(Check.RENAMES, "FEATURE_USER_RENAME and FEATURE_USERNAME_CONFIRMATION");
        } else {
            findings.passed(Check.RENAMES, "users cannot rename themselves");
        }
    }

    private void selfRegistration() {
        Boolean creation = settings.feature("USER_CREATION");
        Boolean direct = settings.feature("DIRECT_LOGIN");
        Boolean invited = settings.feature("INVITE_ONLY_USER_CREATION");
        String authentication = settings.authentication();
        boolean elsewhere = !authentication.isEmpty() && !authentication.equals("Database");
        if (off(creation) || off(direct) || on(invited) || elsewhere) {
            findings.passed(Check.SELF_REGISTRATION, "nobody registers without being asked");
        } else if (creation == null || direct == null || authentication.isEmpty()) {
            unseen(
                    Check.SELF_REGISTRATION,
                    "FEATURE_USER_CREATION, FEATURE_DIRECT_LOGIN and AUTHENTICATION_TYPE");
        } else {
            findings.failed(
                    Check.SELF_REGISTRATION,
                    "anybody may register a user of any free name: an account's before its first"
                            + " call, or an unused one of SUPER_USERS",
                    "set FEATURE_USER_CREATION: false once every account made its first call, or"
                            + " FEATURE_DIRECT_LOGIN: false,"
                            + RESTART);
        }
    }

    private void creation() {
        Boolean creation = settings.feature("USER_CREATION");
        if (creation == null) {
            unseen(Check.USER_CREATION, "FEATURE_USER_CREATION");
        } else if (creation) {
            findings.passed(
                    Check.USER_CREATION,
                    "on: an account's first call makes its user; may go off then");
        } else {
            findings.failed(
                    Check.USER_CREATION,
                    "off: accounts that have no user yet are refused with 401, also when a superuser"
                            + " made one of that name",
                    "let new accounts make their first call while FEATURE_USER_CREATION is on; when"
                            + " all have, accept this finding");
        }
    }

    private void off(Check check, String feature, String seen) {
        Boolean value = settings.feature(feature);
        if (value == null) {
            unseen(check, "FEATURE_" + feature);
        } else if (value) {
            findings.failed(check, seen, "set FEATURE_" + feature + ": false" + RESTART);
        } else {
            findings.passed(check, "FEATURE_" + feature + " is off");
        }
    }

    private void otherLogins(String service) {
        JsonNode services = settings.shown().path("external_login");
        List<String> others = new ArrayList<>();
        for (JsonNode each : services) {
            if (!each.path("id").asText("").equals(service)) {
                others.add(Plain.text(each.path("id").asText("")));
            }
        }
        if (!services.isArray()) {
            unseen(Check.OTHER_LOGINS, "other `…_LOGIN_CONFIG` blocks");
        } else if (others.isEmpty() || off(settings.feature("USER_CREATION"))) {
            findings.passed(Check.OTHER_LOGINS, "no other login service makes users");
        } else {
            findings.failed(
                    Check.OTHER_LOGINS,
                    others.size()
                            + " other login services make users, under names that they choose: an"
                            + " account's before its first call, or an unused one of SUPER_USERS",
                    "let every account make its first call, then set FEATURE_USER_CREATION: false",
                    others);
        }
    }

    private void fullAccess() {
        Boolean full = settings.feature("SUPERUSERS_FULL_ACCESS");
        if (full == null) {
            unseen(Check.FULL_ACCESS, "FEATURE_SUPERUSERS_FULL_ACCESS");
        } else if (full) {
            findings.passed(Check.FULL_ACCESS, "superusers reach what belongs to others");
        } else {
            findings.failed(
                    Check.FULL_ACCESS,
                    "superusers do not reach what belongs to others: neither enrolment nor"
                            + " privileged accounts work there",
                    "set FEATURE_SUPERUSERS_FULL_ACCESS: true" + RESTART);
        }
    }

    private void readOnly() {
        String state = settings.shown().path("registry_state").asText("");
        if (state.isEmpty()) {
            unseen(Check.REGISTRY_STATE, "REGISTRY_STATE");
        } else if (state.equals("normal")) {
            findings.passed(Check.REGISTRY_STATE, "normal");
        } else {
            findings.failed(
                    Check.REGISTRY_STATE,
                    "`" + Plain.text(state) + "`: Quay refuses every call that changes something",
                    "set REGISTRY_STATE: normal" + RESTART + ", when that is not meant");
        }
    }

    private void unseen(Check check, String what) {
        findings.unknown(
                check, "Quay does not show " + what + " here", "look for it in Quay's config.yaml");
    }

    private static boolean on(@Nullable Boolean value) {
        return value != null && value;
    }

    private static boolean off(@Nullable Boolean value) {
        return value != null && !value;
    }
}
