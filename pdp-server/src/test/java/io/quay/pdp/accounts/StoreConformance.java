package io.quay.pdp.accounts;

import static io.quay.pdp.accounts.SampleAccounts.NOON;
import static io.quay.pdp.accounts.SampleAccounts.ODD;
import static io.quay.pdp.accounts.SampleAccounts.bareAccount;
import static io.quay.pdp.accounts.SampleAccounts.credentialId;
import static io.quay.pdp.accounts.SampleAccounts.fullAccount;
import static io.quay.pdp.accounts.SampleAccounts.grant;
import static io.quay.pdp.accounts.SampleAccounts.publicKey;
import static io.quay.pdp.accounts.SampleAccounts.request;
import static io.quay.pdp.accounts.SampleAccounts.revocation;
import static io.quay.pdp.accounts.SampleAccounts.secret;
import static io.quay.pdp.accounts.SampleAccounts.time;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.accounts.AccountName.Origin;
import io.quay.pdp.audit.Events;
import io.quay.pdp.identity.Ceiling;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.Revocation;
import io.quay.pdp.identity.Revocation.Target;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What every implementation of the store keeps: each row comes back as it went in.
public abstract class StoreConformance {
    protected abstract Store store();

    /// The events that the store committed.
    protected abstract Events events();

    final void run(java.util.function.Consumer<Store.Tables> work) {
        store().transact(tables -> {
            work.accept(tables);
            return tables;
        });
    }

    final List<StoredAccount> accounts() {
        return store().transact(tables -> tables.accounts().all());
    }

    final List<Credential> credentials() {
        return store().transact(tables -> tables.credentials().all());
    }

    final List<AccountName> names() {
        return store().transact(tables -> tables.names().all());
    }

    final List<StoredGrant> grants() {
        return store().transact(tables -> tables.grants().all());
    }

    final List<Revocation> revocations() {
        return store().transact(tables -> tables.revocations().all());
    }

    final Map<String, java.time.Instant> lastUsed() {
        return store().transact(tables -> tables.credentials().lastUsed());
    }

    @Test
    void anEmptyStoreHasNothing() {
        assertThat(names()).isEmpty();
        assertThat(accounts()).isEmpty();
        assertThat(credentials()).isEmpty();
        assertThat(lastUsed()).isEmpty();
        assertThat(grants()).isEmpty();
        assertThat(revocations()).isEmpty();
        assertThat(find("a", "b")).isEmpty();
    }

    @Test
    void accountsComeBackEqual() {
        run(tables -> tables.accounts().insert(bareAccount(2)));
        run(tables -> tables.accounts().insert(fullAccount(1)));

        assertThat(accounts()).containsExactly(fullAccount(1), bareAccount(2));
    }

    @Test
    void accountsComeWithoutTheirGrants() {
        var grants = List.of(new Grant("g", "reader", EntityRef.registry(), null));
        run(tables -> tables.accounts().insert(bareAccount(1).withGrants(grants)));

        assertThat(accounts()).containsExactly(bareAccount(1));
    }

    @Test
    void namesComeBackEqualAndOutliveTheirAccount() {
        var retired = new AccountName("svc-1", Origin.GIT, ODD, time(3), time(4));
        run(tables -> {
            tables.names().insert(retired);
            tables.names().insert(SampleAccounts.name(1));
            tables.accounts().insert(bareAccount(1));
        });
        run(tables -> tables.accounts().delete("account-1"));

        assertThat(names()).containsExactly(SampleAccounts.name(1), retired);
    }

    @Test
    void aNameIsRetiredAndMadeCurrentUnderItsOwnOriginOnly() {
        var git = new AccountName("svc-1", Origin.GIT, "git-1", time(1), null);
        var retired = new AccountName("svc-1", Origin.GIT, "git-1", time(1), time(9));
        run(tables -> {
            tables.names().insert(SampleAccounts.name(1));
            tables.names().insert(git);
        });

        run(tables -> tables.names().retire("svc-1", Origin.GIT, time(9)));
        assertThat(names()).containsExactly(SampleAccounts.name(1), retired);
        run(tables -> tables.names().retire("svc-1", Origin.GIT, null));
        assertThat(names()).containsExactly(SampleAccounts.name(1), git);
    }

    @Test
    void credentialsOfBothKindsComeBackEqual() {
        var ceiling =
                new Ceiling(
                        "acme",
                        Set.of("g", "ünïcode"),
                        Map.of("__entity", "x", "tier", ODD),
                        Set.of("grant-1", ""));
        Credential full = secret(3, 1).withCeiling(ceiling).replacedBy(credentialId(2), time(50));
        Credential lowest =
                publicKey(2, 1).withCeiling(new Ceiling(null, Set.of(), Map.of(), Set.of()));
        Credential odd =
                SampleAccounts.credential(4, 1, new Credential.Proof.PublicKey(ODD, "t\"ü"));
        run(tables -> {
            tables.accounts().insert(bareAccount(1));
            List.of(full, secret(1, 1), odd, lowest).forEach(tables.credentials()::insert);
        });

        assertThat(credentials()).containsExactly(secret(1, 1), lowest, full, odd);
    }

    @Test
    void federatedCredentialsComeBackEqual() {
        Credential bare =
                SampleAccounts.credential(
                        1,
                        1,
                        new Credential.Proof.Federated(
                                "ci", "https://ci.example.com", "job " + ODD, null));
        Credential full =
                SampleAccounts.credential(
                                2,
                                1,
                                new Credential.Proof.Federated(
                                        "ci", "https://ci.example.com", "job", "https://a.example"))
                        .withCeiling(Ceiling.of(fullAccount(1).account()));
        run(tables -> {
            tables.accounts().insert(bareAccount(1));
            List.of(full, bare).forEach(tables.credentials()::insert);
        });

        assertThat(credentials()).containsExactly(bare, full);
    }

    @Test
    void anUpdateOfACredentialReplacesEndSuccessorAndCeilingOnly() {
        Ceiling ceiling = Ceiling.of(fullAccount(1).account());
        Credential other = publicKey(1, 2).replacedBy("next", time(7)).withCeiling(ceiling);
        Credential expected = secret(1, 1).replacedBy("next", time(7)).withCeiling(ceiling);
        run(tables -> {
            tables.accounts().insert(bareAccount(1));
            tables.accounts().insert(bareAccount(2));
            tables.credentials().insert(secret(1, 1));
            tables.credentials().insert(secret(2, 1));
        });

        run(tables -> tables.credentials().update(other));
        assertThat(credentials()).containsExactly(expected, secret(2, 1));
        run(tables -> tables.credentials().update(secret(1, 1)));
        assertThat(credentials()).containsExactly(secret(1, 1), secret(2, 1));
    }

    @Test
    void aDeletedCredentialIsGoneWithItsLastUse() {
        run(tables -> {
            tables.accounts().insert(bareAccount(1));
            tables.credentials().insert(secret(1, 1));
            tables.credentials().insert(secret(2, 1));
            tables.credentials().used(Map.of(credentialId(1), NOON, credentialId(2), NOON));
        });

        run(tables -> tables.credentials().delete(credentialId(1)));
        assertThat(credentials()).containsExactly(secret(2, 1));
        assertThat(lastUsed()).isEqualTo(Map.of(credentialId(2), NOON));
    }

    @Test
    void theLastUseNeverMovesBack() {
        run(tables -> {
            tables.accounts().insert(bareAccount(1));
            tables.credentials().insert(secret(1, 1));
            tables.credentials().insert(secret(2, 1));
            tables.credentials().insert(secret(3, 1));
            tables.credentials().used(Map.of(credentialId(1), time(5), credentialId(2), time(5)));
        });

        run(tables ->
                tables.credentials()
                        .used(
                                Map.of(
                                        credentialId(1),
                                        time(4),
                                        credentialId(2),
                                        time(6),
                                        "unknown",
                                        time(7))));
        assertThat(lastUsed())
                .isEqualTo(Map.of(credentialId(1), time(5), credentialId(2), time(6)));
    }

    @Test
    void grantsComeBackEqualInTheOrderInWhichTheyWereMade() {
        var registry = new Grant("a", "registry-reader", EntityRef.registry(), null);
        var last = new StoredGrant(registry, "account-1", ODD, time(9));
        run(tables -> {
            tables.accounts().insert(bareAccount(1));
            tables.accounts().insert(bareAccount(2));
            List.of(last, grant(2, 1), grant(3, 2), grant(1, 1)).forEach(tables.grants()::insert);
        });
        assertThat(grants()).containsExactly(grant(1, 1), grant(2, 1), grant(3, 2), last);

        run(tables -> tables.grants().delete("grant-00002"));
        assertThat(grants()).containsExactly(grant(1, 1), grant(3, 2), last);
    }

    @Test
    void aDeletedAccountTakesItsCredentialsAndGrantsAlong() {
        run(tables -> {
            for (int number = 1; number <= 2; number++) {
                tables.accounts().insert(bareAccount(number));
                tables.credentials().insert(secret(number, number));
                tables.credentials().used(Map.of(credentialId(number), NOON));
                tables.grants().insert(grant(number, number));
            }
        });

        run(tables -> tables.accounts().delete("account-1"));
        assertThat(accounts()).containsExactly(bareAccount(2));
        assertThat(credentials()).containsExactly(secret(2, 2));
        assertThat(lastUsed()).isEqualTo(Map.of(credentialId(2), NOON));
        assertThat(grants()).containsExactly(grant(2, 2));
    }

    @Test
    void deletingWhatIsNotThereChangesNothing() {
        run(tables -> tables.accounts().insert(bareAccount(1)));
        run(tables -> {
            tables.accounts().delete("nobody");
            tables.credentials().delete("none");
            tables.grants().delete("none");
        });

        assertThat(accounts()).containsExactly(bareAccount(1));
    }

    @Test
    void revocationsOfEveryTargetComeBackEqualAndOutliveIt() {
        List<Revocation> all =
                List.of(
                        revocation(1, new Target.Account("account-1")),
                        revocation(2, new Target.Credential(ODD)),
                        revocation(3, new Target.Issuer("github")),
                        revocation(4, new Target.Token("jti")),
                        revocation(5, new Target.Everything()));
        run(tables -> {
            tables.accounts().insert(bareAccount(1));
            all.reversed().forEach(tables.revocations()::insert);
        });
        run(tables -> tables.accounts().delete("account-1"));

        assertThat(revocations()).isEqualTo(all);
    }

    @Test
    void pruningRevocationsKeepsThoseOfTheMomentAndLater() {
        run(tables -> {
            for (int number = 1; number <= 3; number++) {
                tables.revocations().insert(revocation(number, new Target.Everything()));
            }
        });

        run(tables -> tables.revocations().prune(time(2)));
        assertThat(revocations())
                .containsExactly(
                        revocation(2, new Target.Everything()),
                        revocation(3, new Target.Everything()));
    }

    @Test
    void requestsAreFoundByCallerAndKeyUntilTheyArePruned() {
        Store.Request first = request("svc-a", ODD, 1);
        Store.Request second = request("svc-a", "k", 2);
        Store.Request other = request("svc-b", "k", 3);
        run(tables -> List.of(first, second, other).forEach(tables.requests()::insert));
        assertThat(find("svc-a", ODD)).contains(first);
        assertThat(find("svc-a", "k")).contains(second);
        assertThat(find("svc-b", "k")).contains(other);
        assertThat(find("svc-b", ODD)).isEmpty();

        run(tables -> tables.requests().prune(time(2)));
        assertThat(find("svc-a", ODD)).isEmpty();
        assertThat(find("svc-a", "k")).contains(second);
    }

    private java.util.Optional<Store.Request> find(String caller, String key) {
        return store().transact(tables -> tables.requests().find(caller, key));
    }
}
