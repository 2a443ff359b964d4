package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.quay.pdp.gateway.CredentialFile;
import io.quay.pdp.gateway.Executions;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.token.QuayTokens;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Examines a live Quay. It only reads, but for one thing: Quay makes a user at an account's first
/// call, so that no account is used whose user does not exist unless it is named. For one thread.
public final class Doctor implements AutoCloseable {
    private final Ours ours;
    private final SecureRandom random;
    private final Clock clock;
    private final Questions questions;
    private final Findings findings = new Findings();

    private Doctor(Ours ours, SecureRandom random, Clock clock, Questions questions) {
        this.ours = ours;
        this.random = random;
        this.clock = clock;
        this.questions = questions;
    }

    /// @param tls null = the system's certificates
    public static Doctor open(
            Ours ours, @Nullable SSLContext tls, SecureRandom random, Clock clock) {
        return new Doctor(ours, random, clock, Questions.open(ours.baseUrl(), tls));
    }

    public Examination examine() {
        Answer discovery = questions.get("/api/v1/discovery?internal=true");
        if (!(discovery instanceof Answer.Given given)) {
            return new Examination.Unreachable(discovery.show());
        }
        if (given.status() >= 300 && given.status() < 400) {
            findings.failed(
                    Check.BASE_URL,
                    "Quay is not at `quay.base_url`: redirected to " + Plain.text(given.location()),
                    "set `quay.base_url` to where Quay itself answers; redirects are not followed");
            return new Examination.Report("", findings.sorted());
        }
        if (!given.ok() || !given.body().path("paths").isObject()) {
            return new Examination.Unreachable(
                    "what is there does not answer as Quay does: " + given.show());
        }
        findings.passed(Check.BASE_URL, "Quay answers");
        new CatalogChecks(findings).run(given.body().path("paths"), ours.catalog());
        new AddressChecks(findings, questions).run(ours.baseUrl());
        JsonNode shown = object(questions.get("/config"));
        tokens(shown, superusers());
        return new Examination.Report(
                Plain.text(shown.path("version_number").asText("")), findings.sorted());
    }

    /// Header values that may be a superuser's, secrets.
    private List<String> superusers() {
        List<String> superusers = new ArrayList<>();
        CredentialChecks checks = new CredentialChecks(findings, questions);
        CredentialFile file = ours.credential();
        if (file != null) {
            checks.run(file, ours.mode()).ifPresent(superusers::add);
        }
        CredentialFile given = ours.superuser();
        if (given != null) {
            checks.look(given).ifPresent(superusers::add);
        }
        return superusers;
    }

    private static JsonNode object(Answer answer) {
        return answer instanceof Answer.Given given && given.ok()
                ? given.body()
                : MissingNode.getInstance();
    }

    /// @param superusers header values that may be a superuser's, secrets
    private void tokens(JsonNode shown, List<String> superusers) {
        QuayTokens tokens = ours.tokens();
        if (!(ours.mode() instanceof Executions.Mode.Account mode) || tokens == null) {
            Settings settings = new Settings(shown, dump(superusers));
            new SettingChecks(findings, settings).run(ours.mode());
            new SuperuserChecks(findings, questions).list(settings, Set.of());
            testing(settings);
            return;
        }
        ForgedTokens forged = new ForgedTokens(tokens, random, clock);
        Set<ServiceAccount> used = used(mode);
        boolean accepted = accounts(mode, forged, used);
        used.stream()
                .filter(account -> mode.superusers().contains(account.name()))
                .forEach(account -> superusers.add("Bearer " + forged.good(account)));
        Settings settings = new Settings(shown, dump(superusers));
        new SettingChecks(findings, settings).run(mode);
        new IssuerChecks(findings, settings, mode.service())
                .run(tokens.settings().issuer(), tokens.settings().audience(), accepted);
        new SuperuserChecks(findings, questions).list(settings, mode.superusers());
        if (used.isEmpty()) {
            testing(settings);
        }
    }

    /// @return whether Quay took a good token
    private boolean accounts(
            Executions.Mode.Account mode, ForgedTokens forged, Set<ServiceAccount> used) {
        QuayTokens.Settings settings = java.util.Objects.requireNonNull(ours.tokens()).settings();
        AccountChecks checks =
                new AccountChecks(findings, questions, forged, mode.service(), settings.issuer());
        ServiceAccount taken = null;
        for (ServiceAccount account : used) {
            if (checks.run(account, privileged(mode, account)) && taken == null) {
                taken = account;
            }
        }
        if (used.stream().allMatch(account -> privileged(mode, account))) {
            findings.failed(
                    Check.ACCOUNT,
                    "no ordinary account is named: what Quay makes of one was not checked",
                    "run this with --account and the name of an account; Quay makes its user when it"
                            + " has none yet");
        }
        if (!used.isEmpty()) {
            new TokenChecks(findings, questions, forged)
                    .run(taken == null ? used.iterator().next() : taken, taken != null);
        }
        return taken != null;
    }

    private boolean privileged(Executions.Mode.Account mode, ServiceAccount account) {
        return mode.superusers().contains(account.name())
                && ours.declared()
                        .find(account.name())
                        .filter(declared -> declared.id().equals(account.id()))
                        .isPresent();
    }

    /// The accounts as which Quay is called: those that are named, and privileged ones that have
    /// their users.
    private Set<ServiceAccount> used(Executions.Mode.Account mode) {
        Set<ServiceAccount> used = new LinkedHashSet<>(ours.named());
        for (String name : mode.superusers().stream().sorted().toList()) {
            Optional<ServiceAccount> declared = ours.declared().find(name);
            if (declared.isEmpty()) {
                findings.failed(
                        Check.SUPERUSER_ACCOUNT,
                        "`" + name + "` is of `quay.superusers`, and not declared",
                        "declare it in accounts.yaml: an account that the API made is not let through");
            } else if (!used.contains(declared.get()) && hasUser(name)) {
                used.add(declared.get());
            }
        }
        return used;
    }

    private boolean hasUser(String name) {
        Boolean exists = new SuperuserChecks(findings, questions).exists(name);
        String remedy =
                "run this with --account "
                        + name
                        + ", which makes its first call, before its name is"
                        + " in SUPER_USERS";
        if (exists == null) {
            findings.unknown(
                    Check.SUPERUSER_ACCOUNT,
                    "Quay does not say whether `" + name + "` exists",
                    remedy);
            return false;
        }
        if (exists) {
            findings.passed(Check.SUPERUSER_ACCOUNT, "`" + name + "` has its user");
        } else {
            findings.failed(
                    Check.SUPERUSER_ACCOUNT,
                    "`" + name + "` has no user in Quay: whoever takes the name may be a superuser",
                    remedy);
        }
        return exists;
    }

    /// Where no token was tried.
    private void testing(Settings settings) {
        Boolean testing = settings.testing();
        if (testing == null) {
            findings.unknown(
                    Check.BROKEN_SIGNATURE,
                    "no token of ours was tried, and Quay does not show TESTING here",
                    "see that Quay's config.yaml has TESTING: false: unless it is set, it is true, and"
                            + " Quay checks no signatures");
        } else if (testing) {
            findings.failed(
                    Check.BROKEN_SIGNATURE,
                    "TESTING is true: Quay checks no signatures of login services' tokens",
                    "set TESTING: false in Quay's config.yaml and restart it");
        } else {
            findings.passed(Check.BROKEN_SIGNATURE, "TESTING is false");
        }
    }

    /// What a superuser is shown of the configuration; it holds more secrets than Quay hides.
    private JsonNode dump(List<String> superusers) {
        for (String authorization : superusers) {
            JsonNode dump = object(questions.get("/api/v1/superuser/config", authorization));
            if (dump.path("config").isObject()) {
                return dump;
            }
        }
        return MissingNode.getInstance();
    }

    @Override
    public void close() {
        questions.close();
    }
}
