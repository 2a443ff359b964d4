package io.quay.pdp.accounts;

import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a change of `accounts.yaml` means for what the API keeps. What was switched off by it does
/// not come back by another change of that file alone: whoever held its secrets may be somebody
/// else by then. The caller holds the lock of [Administration].
final class GitChanges {
    private static final Logger LOG = LoggerFactory.getLogger(GitChanges.class);
    private static final String ACTOR = "pdp";

    private final Names names;
    private final Journal journal;
    private final Directory directory;

    GitChanges(Names names, Journal journal, Directory directory) {
        this.names = names;
        this.journal = journal;
        this.directory = directory;
    }

    /// @param declared the accounts of Git now
    void apply(Collection<ServiceAccount> declared) {
        names.sync(declared, journal.now()).forEach(this::deleteCredentials);
        declared.stream()
                .map(account -> directory.findStored(account.name()))
                .flatMap(Optional::stream)
                .filter(account -> account.account().enabled())
                .forEach(this::disable);
    }

    /// An account that is declared no more loses its credentials, as one that is deleted does.
    private void deleteCredentials(AccountName gone) {
        List<Credential> credentials = directory.credentialsOf(gone.accountId());
        for (Credential credential : credentials) {
            journal.keep(
                    event(
                            Event.Kind.CREDENTIAL_DELETED,
                            gone.name(),
                            credential.id(),
                            "the account is in accounts.yaml no more"),
                    tables -> tables.credentials().delete(credential.id()));
            directory.remove(credential);
        }
        if (!credentials.isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("account", gone.name())
                    .addKeyValue("credentials", credentials.size())
                    .log("an account is in accounts.yaml no more: its credentials are deleted");
        }
    }

    /// Git has taken the name: the account of the API is off, also when Git gives the name up.
    private void disable(StoredAccount account) {
        StoredAccount disabled = account.disabled(journal.now());
        journal.keep(
                event(
                        Event.Kind.ACCOUNT_UPDATED,
                        account.name(),
                        null,
                        "disabled: accounts.yaml declares an account of this name"),
                tables -> tables.accounts().replace(disabled, account.revision()));
        directory.put(disabled);
        LOG.atWarn()
                .addKeyValue("account", account.name())
                .log(
                        "accounts.yaml declares an account that was made by API: that one is disabled");
    }

    private Event event(Event.Kind kind, String account, @Nullable String target, String reason) {
        return journal.event(ACTOR, kind, account, target, Map.of("reason", reason));
    }
}
