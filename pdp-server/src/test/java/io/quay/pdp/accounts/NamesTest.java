package io.quay.pdp.accounts;

import static io.quay.pdp.accounts.Office.caller;
import static io.quay.pdp.accounts.Office.owned;
import static io.quay.pdp.accounts.Office.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// S8: names are for ever.
class NamesTest {
    private static final EntityRef ACME = EntityRef.organization("acme");

    @TempDir private Path directory;
    private final Store store = new InMemoryStore();
    private Office office;

    @BeforeEach
    void open() {
        office = new Office(Worlds.acme(directory), store);
    }

    private static void assertRefused(Refusal refusal, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.refusal()).as(e.getMessage()).isEqualTo(refusal));
    }

    private void inGit(String... names) {
        StringBuilder yaml =
                new StringBuilder(
                        "groups:\n  - name: restricted\n  - name: payroll-readers\nservice_accounts:\n  - name: svc-boss\n  - name: svc-acme\n");
        for (String name : names) {
            yaml.append("  - name: ").append(name).append('\n');
        }
        office.repository.with("accounts.yaml", yaml.toString());
        office.reload();
    }

    @Test
    void theNameOfAnAccountThatExists_isRefused() {
        office.create(Office.BOSS, spec("svc-one"));
        assertRefused(Refusal.NAME_TAKEN, () -> office.create(Office.BOSS, spec("svc-one")));
    }

    @Test
    void theNameOfADeletedAccount_isRefusedForEver() {
        office.create(Office.BOSS, spec("svc-one"));
        office.administration.delete(caller(Office.BOSS), "svc-one", Write.PLAIN);
        assertRefused(Refusal.NAME_TAKEN, () -> office.create(Office.BOSS, spec("svc-one")));
        Office restarted = new Office(Worlds.acme(directory), store);
        assertRefused(Refusal.NAME_TAKEN, () -> restarted.create(Office.BOSS, spec("svc-one")));
    }

    @Test
    void theNameOfAnAccountOfGit_isRefusedAlsoWhenGitHasItNoMore() {
        assertRefused(
                Refusal.DECLARED_IN_GIT, () -> office.create(Office.BOSS, spec("svc-in-git")));
        inGit();
        assertRefused(Refusal.NAME_TAKEN, () -> office.create(Office.BOSS, spec("svc-in-git")));
        Office restarted = new Office(office.repository, store);
        assertRefused(Refusal.NAME_TAKEN, () -> restarted.create(Office.BOSS, spec("svc-in-git")));
    }

    @Test
    void aNameThatPoliciesMention_isRefusedToDelegatedAdministrators() {
        assertRefused(
                Refusal.FORBIDDEN, () -> office.create("svc-acme", owned("svc-mentioned", "acme")));
        office.create(Office.BOSS, owned("svc-mentioned", "acme"));
    }

    /// S15: whoever first takes such a name in Quay is a superuser there.
    @Test
    void s15TheNameOfAConfiguredSuperuserOfQuay_isRefusedToEverybody() {
        Names names = new Names(store, java.util.Set.of("svc-root"));
        for (StoredAccount.Authority authority : StoredAccount.Authority.values()) {
            assertRefused(
                    Refusal.NAME_TAKEN,
                    () -> names.requireFree("svc-root", office.policies.get(), authority));
        }
        names.requireFree("svc-other", office.policies.get(), StoredAccount.Authority.REGISTRY);
    }

    @Test
    void theNameOfTheBootstrapAccount_isRefused() {
        assertRefused(Refusal.NAME_TAKEN, () -> office.create(Office.BOSS, spec(Bootstrap.NAME)));
    }

    @Test
    void anAccountThatGitDeclaresToo_isOffWithItsCredentialsAndGrants() {
        AccountView made = office.create(Office.BOSS, spec("svc-both"));
        office.give(Office.BOSS, "svc-both", "writer", ACME);
        Credential credential = office.mint(Office.BOSS, "svc-both").credential();
        assertThat(
                        office.allows(
                                "svc-both",
                                credential,
                                "changeTag",
                                EntityRef.repository("acme/app")))
                .isTrue();
        inGit("svc-both");
        AccountView seen = office.administration.get(caller(Office.BOSS), "svc-both");
        assertThat(seen.origin()).isEqualTo(AccountName.Origin.GIT);
        assertThat(seen.conflict()).isTrue();
        assertThat(seen.account().id()).isNotEqualTo(made.account().id());
        assertThat(office.directory.find("svc-both").orElseThrow().id())
                .isNotEqualTo(credential.accountId());
        assertThat(office.administration.credentials(caller(Office.BOSS), "svc-both")).isEmpty();
        assertThat(office.allows("svc-both", null, "changeTag", EntityRef.repository("acme/app")))
                .isFalse();
    }

    @Test
    void anAccountThatGitHadDeclaredToo_staysOffWhenGitGivesTheNameUp() {
        AccountView made = office.create(Office.BOSS, spec("svc-both"));
        inGit("svc-both");
        inGit();
        ServiceAccount back = office.directory.find("svc-both").orElseThrow();
        assertThat(back.id()).isEqualTo(made.account().id());
        assertThat(back.enabled()).isFalse();
        assertThat(office.directory.findStored("svc-both").orElseThrow().disabledBy())
                .isEqualTo(StoredAccount.Authority.REGISTRY);
    }

    @Test
    void credentialsOfAnAccountThatGitGaveUp_areGoneAlsoWhenItComesBack() {
        Credential credential = office.mint(Office.BOSS, "svc-in-git").credential();
        inGit();
        inGit("svc-in-git");
        assertThat(office.directory.findCredential(credential.id())).isEmpty();
        assertThat(new Office(office.repository, store).directory.credentials()).isEmpty();
    }

    @Test
    void anAccountOfGitKeepsItsId_whenItComesBack() {
        String id = office.directory.find("svc-in-git").orElseThrow().id();
        inGit();
        assertThat(office.directory.find("svc-in-git")).isEmpty();
        inGit("svc-in-git");
        assertThat(office.directory.find("svc-in-git").orElseThrow().id()).isEqualTo(id);
    }

    @Test
    void changingAnAccountOfGit_isRefused() {
        assertRefused(
                Refusal.DECLARED_IN_GIT,
                () ->
                        office.administration.replace(
                                caller(Office.BOSS),
                                "svc-in-git",
                                spec("svc-in-git"),
                                Write.PLAIN));
        assertRefused(
                Refusal.DECLARED_IN_GIT,
                () -> office.administration.delete(caller(Office.BOSS), "svc-in-git", Write.PLAIN));
        assertRefused(
                Refusal.DECLARED_IN_GIT,
                () -> office.give(Office.BOSS, "svc-in-git", "reader", ACME));
    }

    @Test
    void anAccountOfGitCanHaveCredentials() {
        NewCredential made = office.mint(Office.BOSS, "svc-in-git");
        assertThat(office.administration.credentials(caller(Office.BOSS), "svc-in-git"))
                .extracting(seen -> seen.credential().id())
                .containsExactly(made.credential().id());
    }
}
