package io.quay.pdp.accounts;

import static io.quay.pdp.accounts.SampleAccounts.bareAccount;
import static io.quay.pdp.accounts.SampleAccounts.described;
import static io.quay.pdp.accounts.SampleAccounts.fullAccount;
import static io.quay.pdp.accounts.SampleAccounts.grant;
import static io.quay.pdp.accounts.SampleAccounts.publicKey;
import static io.quay.pdp.accounts.SampleAccounts.request;
import static io.quay.pdp.accounts.SampleAccounts.revocation;
import static io.quay.pdp.accounts.SampleAccounts.secret;
import static io.quay.pdp.accounts.SampleAccounts.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.AccountName.Origin;
import io.quay.pdp.accounts.Store.ConflictException;
import io.quay.pdp.audit.SampleEvents;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.Credential.Proof;
import io.quay.pdp.identity.Revocation.Target;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// What every implementation of the store refuses.
abstract class StoreConflictsConformance extends StoreConformance {
    private void refused(Consumer<Store.Tables> work) {
        assertThatThrownBy(() -> run(work)).isInstanceOf(ConflictException.class);
    }

    final void sampleOfEverything() {
        run(tables -> {
            tables.names().insert(SampleAccounts.name(1));
            tables.accounts().insert(bareAccount(1));
            tables.credentials().insert(secret(1, 1));
            tables.grants().insert(grant(1, 1));
            tables.revocations().insert(revocation(1, new Target.Everything()));
            tables.requests().insert(request("svc-a", "k", 1));
            tables.events().append(SampleEvents.full(1));
        });
    }

    @Test
    void aNameIsTakenOnceInEachOriginAlsoWhenItIsRetired() {
        sampleOfEverything();
        run(tables -> tables.names().retire("svc-1", Origin.API, time(5)));

        refused(tables -> tables.names().insert(SampleAccounts.name(1)));
        assertThat(names())
                .containsExactly(
                        new AccountName("svc-1", Origin.API, "account-1", time(1), time(5)));
    }

    @Test
    void aNameThatIsNotThereIsNotRetired() {
        sampleOfEverything();

        refused(tables -> tables.names().retire("svc-1", Origin.GIT, time(5)));
    }

    @Test
    void anAccountsIdAndNameAreTakenOnce() {
        sampleOfEverything();
        refused(tables ->
                tables.accounts().insert(SampleAccounts.account("account-1", "svc-other")));
        refused(tables -> tables.accounts().insert(SampleAccounts.account("account-9", "svc-1")));
        assertThat(accounts()).containsExactly(bareAccount(1));
    }

    @Test
    void aSecretBelongsToOneCredentialOfAllAccounts() {
        sampleOfEverything();
        run(tables -> tables.accounts().insert(bareAccount(2)));
        Proof taken = secret(1, 1).proof();

        refused(tables -> tables.credentials().insert(SampleAccounts.credential(2, 1, taken)));
        refused(tables -> tables.credentials().insert(SampleAccounts.credential(2, 2, taken)));
        assertThat(credentials()).containsExactly(secret(1, 1));
    }

    @Test
    void aKeyBelongsToOneCredentialOfAllAccountsHoweverItIsWritten() {
        sampleOfEverything();
        Credential first = publicKey(2, 1);
        var rewritten = new Proof.PublicKey("{ }", ((Proof.PublicKey) first.proof()).thumbprint());
        run(tables -> {
            tables.accounts().insert(bareAccount(2));
            tables.credentials().insert(first);
        });

        refused(tables -> tables.credentials().insert(SampleAccounts.credential(3, 2, rewritten)));
        run(tables -> tables.credentials().insert(publicKey(3, 2)));
        run(tables -> tables.credentials().delete(first.id()));
        run(tables -> tables.credentials().insert(SampleAccounts.credential(4, 2, rewritten)));
    }

    @Test
    void aWorkloadIsOneCredentialOfAnAccountAndMayBeAnothersToo() {
        sampleOfEverything();
        run(tables -> tables.accounts().insert(bareAccount(2)));
        Proof job = new Proof.Federated("ci", "https://ci.example.com", "job", null);
        Proof sameJob =
                new Proof.Federated("ci", "https://ci.example.com", "job", "https://a.example");
        run(tables -> tables.credentials().insert(SampleAccounts.credential(2, 1, job)));

        refused(tables -> tables.credentials().insert(SampleAccounts.credential(3, 1, sameJob)));
        run(tables -> tables.credentials().insert(SampleAccounts.credential(4, 2, sameJob)));
        run(tables ->
                tables.credentials()
                        .insert(
                                SampleAccounts.credential(
                                        5,
                                        1,
                                        new Proof.Federated(
                                                "ci", "https://ci.example.com", "Job", null))));
    }

    @Test
    void idsOfTheRestAreTakenOnce() {
        sampleOfEverything();
        Credential sameId = SampleAccounts.credential(1, 1, new Proof.Secret("other"));

        refused(tables -> tables.credentials().insert(sameId));
        refused(tables -> tables.grants().insert(grant(1, 1)));
        refused(tables -> tables.revocations().insert(revocation(1, new Target.Token("t"))));
        refused(tables -> tables.requests().insert(request("svc-a", "k", 2)));
        refused(tables -> tables.events().append(SampleEvents.bare(1)));
    }

    @Test
    void grantsOfAnAccountThatIsGoneAreRefused() {
        sampleOfEverything();
        run(tables -> tables.accounts().delete("account-1"));

        refused(tables -> tables.credentials().update(secret(1, 1)));
        refused(tables -> tables.grants().insert(grant(1, 1)));
    }

    /// Accounts that Git declares are in no table.
    @Test
    void credentialsOfAnAccountOfGitAreTaken() {
        sampleOfEverything();
        run(tables -> tables.accounts().delete("account-1"));
        run(tables -> tables.credentials().insert(secret(1, 1)));

        assertThat(credentials()).containsExactly(secret(1, 1));
    }

    @Test
    void workGoesOnAfterAConflictThatItExpected() {
        sampleOfEverything();
        run(tables -> {
            assertThatThrownBy(() -> tables.accounts().insert(bareAccount(1)))
                    .isInstanceOf(ConflictException.class);
            tables.accounts().insert(bareAccount(2));
        });

        assertThat(accounts()).containsExactly(bareAccount(1), bareAccount(2));
    }

    @Test
    void anAccountIsReplacedWholeAtTheRevisionThatWasSeenOnly() {
        sampleOfEverything();
        StoredAccount second = described(fullAccount(1), "second", 2);
        StoredAccount stale = described(fullAccount(1), "stale", 2);

        assertThat(replace(second, 1)).isTrue();
        assertThat(accounts()).containsExactly(second);
        assertThat(replace(stale, 1)).isFalse();
        assertThat(replace(bareAccount(7), 1)).isFalse();
        assertThat(accounts()).containsExactly(second);
        assertThat(credentials()).containsExactly(secret(1, 1));
    }

    private boolean replace(StoredAccount account, long revision) {
        return store().<Boolean>transact(tables -> tables.accounts().replace(account, revision));
    }
}
