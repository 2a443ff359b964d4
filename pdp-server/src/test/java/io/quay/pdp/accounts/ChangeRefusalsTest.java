package io.quay.pdp.accounts;

import static io.quay.pdp.accounts.Office.assertRefused;
import static io.quay.pdp.accounts.Office.caller;
import static io.quay.pdp.accounts.Office.grant;
import static io.quay.pdp.accounts.Office.owned;
import static io.quay.pdp.accounts.Office.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.EntityRef;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Changes that are refused for what the account, the credential or the request is.
class ChangeRefusalsTest {
    private static final EntityRef ACME = EntityRef.organization("acme");
    private static final String ADMIN = "svc-acme";

    @TempDir private Path directory;
    private Office office;

    @BeforeEach
    void open() {
        office = new Office(Worlds.acme(directory), new InMemoryStore());
    }

    private static AccountSpec enabled(String name, @Nullable Boolean enabled) {
        return new AccountSpec(name, "", "", "acme", Set.of(), Map.of(), enabled, null, false);
    }

    @Test
    void aReplayOfWhoLostTheRight_isRefused() {
        Write write = new Write(false, null, new Write.Idempotency("key-1", "a"));
        office.create(Office.BOSS, owned("svc-one", "acme"));
        office.administration.createCredential(caller(ADMIN), "svc-one", Office.secret(), write);
        office.repository.with("admin/test.cedar", "");
        office.reload();
        assertRefused(
                Refusal.NOT_FOUND,
                () ->
                        office.administration.createCredential(
                                caller(ADMIN), "svc-one", Office.secret(), write));
    }

    @Test
    void leavingEnabledOut_keepsADisabledAccountDisabled() {
        office.create(ADMIN, enabled("svc-one", false));
        AccountView replaced =
                office.administration
                        .replace(caller(ADMIN), "svc-one", enabled("svc-one", null), Write.PLAIN)
                        .value();
        assertThat(replaced.account().enabled()).isFalse();
        assertThat(office.create(ADMIN, enabled("svc-two", null)).account().enabled()).isTrue();
    }

    @Test
    void enablingTheBootstrapAccountThatHasEnded_isRefused() {
        office.bootstrap.make(ClientSecret.generate(new SecureRandom()), Duration.ofDays(1));
        office.create(Office.BOSS, spec("svc-one"));
        RefusedException refused =
                assertRefused(
                        Refusal.CONFLICT,
                        () ->
                                office.administration.replace(
                                        caller(Office.BOSS),
                                        Bootstrap.NAME,
                                        spec(Bootstrap.NAME),
                                        Write.PLAIN));
        assertThat(refused).hasMessageContaining("pdp bootstrap reset");
        assertThat(office.bootstrap.activeUntil()).isEmpty();
    }

    @Test
    void aCredentialForTheBootstrapAccount_isRefused() {
        office.bootstrap.make(ClientSecret.generate(new SecureRandom()), Duration.ofDays(1));
        assertRefused(Refusal.CONFLICT, () -> office.mint(Office.BOSS, Bootstrap.NAME));
    }

    @Test
    void aCredentialForAnAccountOfGit_isRefusedToADelegatedAdministrator() {
        office.repository.with(
                "accounts.yaml",
                """
                groups:
                  - name: restricted
                  - name: payroll-readers
                service_accounts:
                  - name: svc-boss
                  - name: svc-acme
                  - name: svc-in-git
                    owner: acme
                """);
        office.reload();
        assertRefused(Refusal.FORBIDDEN, () -> office.mint(ADMIN, "svc-in-git"));
        assertThat(office.mint(Office.BOSS, "svc-in-git").secret()).isNotNull();
    }

    @Test
    void theSameGrantTwice_isRefused() {
        office.create(Office.BOSS, spec("svc-one"));
        StoredGrant first = office.give(Office.BOSS, "svc-one", "reader", ACME);
        RefusedException refused =
                assertRefused(
                        Refusal.CONFLICT,
                        () ->
                                office.administration.createGrant(
                                        caller(Office.BOSS),
                                        "svc-one",
                                        grant("reader", ACME),
                                        Write.PLAIN));
        assertThat(refused).hasMessageContaining(first.grant().id());
    }

    @Test
    void moreLiveSecretsThanAnAccountMayHave_areRefused() {
        office.create(Office.BOSS, spec("svc-one"));
        String last = "";
        for (int i = 0; i < 5; i++) {
            last = office.mint(Office.BOSS, "svc-one").credential().id();
        }
        assertRefused(Refusal.CONFLICT, () -> office.mint(Office.BOSS, "svc-one"));
        for (int i = 0; i < 5; i++) {
            last = rotated(last);
        }
        String full = last;
        assertRefused(Refusal.CONFLICT, () -> rotated(full));
        office.clock.advance(Duration.ofHours(2));
        rotated(full);
    }

    private String rotated(String id) {
        return office.administration
                .rotate(caller(Office.BOSS), "svc-one", id, Duration.ofHours(1), null, Write.PLAIN)
                .value()
                .credential()
                .id();
    }

    @Test
    void anAccountThatTheCallerMayNotSee_isAnsweredAsOneThatIsNotThere() {
        office.create(Office.BOSS, owned("svc-hidden", "payroll"));
        for (Write write : new Write[] {Write.PLAIN, new Write(false, 1L, null)}) {
            assertThat(refusal("svc-hidden", write)).isEqualTo(refusal("svc-none", write));
        }
        assertRefused(
                Refusal.NOT_FOUND,
                () -> office.give(ADMIN, "svc-hidden", "reader", EntityRef.registry()));
    }

    /// Of replacing an account on the Registry, which the caller may not make.
    private Refusal refusal(String name, Write write) {
        try {
            office.administration.replace(caller(ADMIN), name, spec(name), write);
        } catch (RefusedException e) {
            return e.refusal();
        }
        throw new AssertionError("not refused: " + name);
    }
}
