package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;

/// Whether Quay's login block for our issuer is the one that is configured here, and nobody can put
/// himself between.
final class IssuerChecks {
    private static final String DUMP =
            "look at the login block in Quay's config.yaml, or set FEATURE_SUPERUSER_CONFIGDUMP:"
                    + " true there and run this with a superuser's credential";

    private final Findings findings;
    private final Settings settings;
    private final String service;

    IssuerChecks(Findings findings, Settings settings, String service) {
        this.findings = findings;
        this.settings = settings;
        this.service = service;
    }

    /// @param accepted whether Quay took a good token of it
    void run(String issuer, String audience, boolean accepted) {
        block(audience, accepted);
        binding();
        transport(URI.create(issuer));
    }

    private void block(String audience, boolean accepted) {
        int found = 0;
        String client = "";
        for (JsonNode each : settings.shown().path("external_login")) {
            if (each.path("id").asText("").equals(service)) {
                found++;
                client = each.path("config").path("CLIENT_ID").asText("");
            }
        }
        if (!settings.shown().path("external_login").isArray()) {
            findings.unknown(Check.LOGIN_SERVICE, "Quay does not show its login services", DUMP);
        } else if (found != 1) {
            findings.failed(
                    Check.LOGIN_SERVICE,
                    found + " login services of Quay are called `" + service + "`",
                    "name one block after `quay.service`: its key up to the first `_`, in lower case");
        } else if (!client.equals(audience) && !accepted) {
            findings.failed(
                    Check.LOGIN_SERVICE,
                    "its CLIENT_ID is `"
                            + Plain.text(client)
                            + "`, and `quay.audience` is `"
                            + audience
                            + "`",
                    "make them equal");
        } else {
            findings.passed(Check.LOGIN_SERVICE, "`" + service + "`");
        }
    }

    private void binding() {
        JsonNode block = settings.loginBlock(service);
        if (settings.authentication().equals("Database")) {
            findings.passed(
                    Check.LOGIN_BINDING, "AUTHENTICATION_TYPE is Database, which binds no logins");
        } else if (block.isMissingNode()) {
            findings.unknown(
                    Check.LOGIN_BINDING,
                    "Quay does not show whether LOGIN_BINDING_FIELD binds our tokens to people",
                    DUMP);
        } else if (block.path("LOGIN_BINDING_FIELD").asText("").isEmpty()) {
            findings.passed(Check.LOGIN_BINDING, "the login block binds to nobody");
        } else {
            findings.failed(
                    Check.LOGIN_BINDING,
                    "the login block has a LOGIN_BINDING_FIELD: Quay takes our accounts for people",
                    "take LOGIN_BINDING_FIELD out of the login block and restart Quay");
        }
    }

    private void transport(URI issuer) {
        if (!"https".equals(issuer.getScheme())) {
            findings.failed(
                    Plain.loopback(issuer) ? Check.ISSUER_HTTP_LOOPBACK : Check.ISSUER_HTTP,
                    "Quay fetches our keys by http: whoever is between them puts in his own and is"
                            + " any account",
                    "serve `quay.issuer` by https and take DEBUGGING out of the login block");
            return;
        }
        findings.passed(Check.ISSUER_HTTP, "https");
        JsonNode block = settings.loginBlock(service);
        Boolean debugging = Settings.truth(block.path("DEBUGGING"));
        if (block.isMissingNode()) {
            findings.unknown(
                    Check.ISSUER_TLS,
                    "Quay does not show whether DEBUGGING switches the verification of our"
                            + " certificate off",
                    DUMP);
        } else if (debugging != null && debugging) {
            findings.failed(
                    Check.ISSUER_TLS,
                    "the login block has DEBUGGING: Quay verifies no certificate of ours",
                    "take DEBUGGING out of the login block and restart Quay");
        } else {
            findings.passed(Check.ISSUER_TLS, "the login block has no DEBUGGING");
        }
    }
}
