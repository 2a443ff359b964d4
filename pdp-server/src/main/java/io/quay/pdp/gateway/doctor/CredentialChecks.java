package io.quay.pdp.gateway.doctor;

import io.quay.pdp.gateway.CredentialFile;
import io.quay.pdp.gateway.Executions;
import java.util.Optional;

/// Whether Quay takes what `quay.credential_file` holds. For one thread.
final class CredentialChecks {
    private final Findings findings;
    private final Questions questions;

    CredentialChecks(Findings findings, Questions questions) {
        this.findings = findings;
        this.questions = questions;
    }

    /// The header's value, a secret; empty when it is of no use.
    Optional<String> run(CredentialFile file, Executions.Mode mode) {
        Optional<String> held = look(file);
        if (held.isEmpty()) {
            return held;
        }
        Answer answer = questions.get("/api/v1/user/", held.get());
        if (!(answer instanceof Answer.Given given) || !given.ok()) {
            findings.failed(
                    Check.CREDENTIAL,
                    "Quay answers " + answer.show() + " to what `quay.credential_file` holds",
                    "make another OAuth token in Quay and write it there, with the scope user:read"
                            + " beside those that docs/quay-execution.md names");
            return Optional.empty();
        }
        String user = Plain.text(given.body().path("username").asText(""));
        boolean enrolling =
                mode instanceof Executions.Mode.Account account && account.enrolment() != null;
        if (enrolling && !AccountChecks.truth(given.body(), "super_user")) {
            findings.failed(
                    Check.CREDENTIAL,
                    "it is of `"
                            + user
                            + "`, whom Quay does not call a superuser: enrolment needs one",
                    "write a superuser's token into `quay.credential_file`, with the scopes org:admin,"
                            + " super:user and user:read");
        } else {
            findings.passed(Check.CREDENTIAL, "taken, of `" + user + "`");
        }
        return held;
    }

    /// The header's value, a secret; empty when there is none.
    Optional<String> look(CredentialFile file) {
        try {
            return Optional.of(file.get().authorization());
        } catch (CredentialFile.UnusableException e) {
            findings.failed(
                    Check.CREDENTIAL,
                    String.valueOf(e.getMessage()),
                    "write an OAuth token of Quay into that file");
            return Optional.empty();
        }
    }
}
