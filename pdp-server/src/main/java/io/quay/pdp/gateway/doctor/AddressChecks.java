package io.quay.pdp.gateway.doctor;

import java.net.URI;

/// Whether what is between us and Quay, and Quay's router, treat addresses as the gateway expects.
final class AddressChecks {
    private static final String PROXY =
            "look for a proxy or a path rule before Quay that rewrites, merges or refuses paths";

    private final Findings findings;
    private final Questions questions;

    AddressChecks(Findings findings, Questions questions) {
        this.findings = findings;
        this.questions = questions;
    }

    void run(URI baseUrl) {
        transport(baseUrl);
        redirects();
        encoded();
    }

    private void transport(URI baseUrl) {
        if (!"http".equals(baseUrl.getScheme()) || Plain.loopback(baseUrl)) {
            findings.passed(Check.QUAY_HTTP, "https, or within this machine");
            return;
        }
        findings.failed(
                Check.QUAY_HTTP,
                "`quay.base_url` is http: whoever is on the way reads tokens, which are whole users",
                "reach Quay by https, with `quay.ca_file` where its certificate is your own CA's");
    }

    private void redirects() {
        String first = redirect("/api/v1/user", "/api/v1/user/");
        String second = redirect("/api/v1//discovery", "/api/v1/discovery");
        String wrong = first.isEmpty() ? second : first;
        if (wrong.isEmpty()) {
            findings.passed(
                    Check.SLASH_REDIRECTS, "a missing slash is added, a double one merged, by 308");
        } else {
            findings.failed(
                    Check.SLASH_REDIRECTS,
                    wrong + ": the gateway, which answers such redirects itself, expects a 308",
                    PROXY);
        }
    }

    /// Empty when it redirects as expected.
    private String redirect(String from, String to) {
        Answer answer = questions.get(from);
        if (answer instanceof Answer.Given given
                && given.status() == 308
                && given.location().endsWith(to)) {
            return "";
        }
        return "`" + from + "` is answered " + answer.show();
    }

    private void encoded() {
        Answer answer = questions.get("/api/v1%2Fdiscovery");
        if (answer instanceof Answer.Given given && given.ok()) {
            findings.passed(Check.ENCODED_SLASH, "`%2F` in a path is read as a slash");
        } else {
            findings.failed(
                    Check.ENCODED_SLASH,
                    "a path with `%2F` is answered "
                            + answer.show()
                            + ": Terraform's provider names repositories that way",
                    PROXY);
        }
    }
}
