package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.ServiceAccount;

/// Whether Quay takes an account's token, and for the account's own user. For one thread.
final class AccountChecks {
    private final Findings findings;
    private final Questions questions;
    private final ForgedTokens tokens;
    private final String service;
    private final String issuer;

    AccountChecks(
            Findings findings,
            Questions questions,
            ForgedTokens tokens,
            String service,
            String issuer) {
        this.findings = findings;
        this.questions = questions;
        this.tokens = tokens;
        this.service = service;
        this.issuer = issuer;
    }

    /// @param privileged whether it may be a superuser
    /// @return whether Quay took its token
    boolean run(ServiceAccount account, boolean privileged) {
        Answer answer = questions.get("/api/v1/user/", "Bearer " + tokens.good(account));
        if (answer instanceof Answer.Given given && given.ok()) {
            findings.passed(Check.GOOD_TOKEN, "`" + account.name() + "`: taken");
            name(account, given.body());
            login(account, given.body());
            power(account, given.body(), privileged);
            return true;
        }
        boolean silent = !(answer instanceof Answer.Given given) || given.status() >= 500;
        if (silent) {
            findings.failed(
                    Check.GOOD_TOKEN,
                    "Quay fails on a token of ours ("
                            + answer.show()
                            + ") while it answers others: so it does when it cannot fetch our issuer"
                            + " or keys",
                    "see that Quay reaches "
                            + issuer
                            + "/.well-known/openid-configuration and the jwks_uri in it: name,"
                            + " route, certificate, and that this server runs");
        } else {
            findings.failed(
                    Check.GOOD_TOKEN,
                    "`" + account.name() + "`: Quay answers " + answer.show(),
                    "see that a login block of Quay has OIDC_SERVER: "
                            + issuer
                            + "/ and CLIENT_ID as `quay.audience`, that Quay reaches it, that users"
                            + " are made at a first call, and that this user is not disabled");
        }
        return false;
    }

    private void name(ServiceAccount account, JsonNode user) {
        String name = user.path("username").asText("");
        if (name.equals(account.name())) {
            findings.passed(Check.USER_NAME, "`" + name + "`");
            return;
        }
        findings.failed(
                Check.USER_NAME,
                "Quay takes `"
                        + account.name()
                        + "` for its user `"
                        + Plain.text(name)
                        + "`: the name was taken already, or changed; calls of this account are"
                        + " refused",
                "look at what both users own, delete them in Quay, and let the account make its"
                        + " first call again");
    }

    private void login(ServiceAccount account, JsonNode user) {
        JsonNode logins = user.path("logins");
        boolean ours =
                logins.size() == 1
                        && logins.path(0).path("service").asText("").equals(service)
                        && logins.path(0)
                                .path("service_identifier")
                                .asText("")
                                .equals(account.id());
        if (ours) {
            findings.passed(
                    Check.USER_LOGIN,
                    "`" + account.name() + "`: one login, of `" + service + "`, with its id");
            return;
        }
        findings.failed(
                Check.USER_LOGIN,
                "`"
                        + account.name()
                        + "`: its user has not just the one login of `"
                        + service
                        + "` with the account's id ("
                        + logins.size()
                        + " found, first of `"
                        + Plain.text(logins.path(0).path("service").asText(""))
                        + "`): somebody else may be that user",
                "detach the others or delete the user, see that `quay.service` is the login block's"
                        + " id, and that no LOGIN_BINDING_FIELD binds logins to people");
    }

    private void power(ServiceAccount account, JsonNode user, boolean privileged) {
        boolean superuser = truth(user, "super_user");
        boolean powerful = superuser || truth(user, "global_readonly_super_user");
        if (privileged) {
            if (superuser) {
                findings.passed(Check.SUPERUSER_POWER, "`" + account.name() + "`: a superuser");
            } else {
                findings.failed(
                        Check.SUPERUSER_POWER,
                        "`"
                                + account.name()
                                + "` is of `quay.superusers`, and no superuser in Quay",
                        "now that its user exists, put it into SUPER_USERS of Quay's config.yaml and"
                                + " restart Quay");
            }
        } else if (powerful) {
            findings.failed(
                    Check.USER_POWER,
                    "`" + account.name() + "` is a superuser of Quay, and not of `quay.superusers`",
                    "take it out of SUPER_USERS of Quay's config.yaml and restart Quay");
        } else {
            findings.passed(Check.USER_POWER, "`" + account.name() + "`: no superuser");
        }
    }

    static boolean truth(JsonNode user, String member) {
        Boolean value = Settings.truth(user.path(member));
        return value != null && value;
    }
}
