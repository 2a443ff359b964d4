package io.quay.pdp.accounts;

import static io.quay.pdp.accounts.Office.assertRefused;
import static io.quay.pdp.accounts.Office.caller;
import static io.quay.pdp.accounts.Office.owned;
import static io.quay.pdp.accounts.Office.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// S7: nobody gives, or makes a credential for, more than they hold; by effect.
class AttenuationTest {
    private static final String ADMIN = "svc-acme";
    private static final EntityRef ACME = EntityRef.organization("acme");
    private static final EntityRef PAYROLL = EntityRef.organization("payroll");
    private static final EntityRef APP = EntityRef.repository("acme/app");

    @TempDir private Path directory;
    private Office office;

    @BeforeEach
    void open() {
        office = new Office(Worlds.acme(directory), new InMemoryStore());
    }

    private AccountSpec made(Set<String> groups, Map<String, String> labels, boolean enabled) {
        return new AccountSpec("svc-made", "", "", "acme", groups, labels, enabled, null, false);
    }

    @Test
    void aRoleThatTheCallerHoldsCanBeGranted() {
        office.create(ADMIN, owned("svc-made", "acme"));
        office.give(ADMIN, "svc-made", "reader", ACME);
        office.give(ADMIN, "svc-made", "writer", APP);
        assertThat(office.allows("svc-made", null, "changeTag", APP)).isTrue();
    }

    @Test
    void aRoleThatTheCallerDoesNotHold_isRefused() {
        office.create(ADMIN, owned("svc-made", "acme"));
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS, () -> office.give(ADMIN, "svc-made", "keeper", ACME));
        assertThat(office.directory.findStored("svc-made").orElseThrow().account().grants())
                .isEmpty();
        assertThat(office.refusals)
                .anySatisfy(event -> {
                    assertThat(event.cause()).isEqualTo("exceeds_own_rights");
                    assertThat(event.actor()).isEqualTo(ADMIN);
                });
    }

    @Test
    void aHeldRoleOnAnObjectElsewhere_isRefused() {
        office.create(ADMIN, owned("svc-made", "acme"));
        assertRefused(Refusal.FORBIDDEN, () -> office.give(ADMIN, "svc-made", "reader", PAYROLL));
        assertRefused(
                Refusal.FORBIDDEN,
                () -> office.give(ADMIN, "svc-made", "reader", EntityRef.registry()));
    }

    @Test
    void aLabelThatAPermitReads_isRefusedToWhoDoesNotHoldThePermit() {
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () -> office.create(ADMIN, made(Set.of(), Map.of("team", "red"), true)));
        office.create(ADMIN, made(Set.of(), Map.of("team", "blue"), true));
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () ->
                        office.administration.replace(
                                caller(ADMIN),
                                "svc-made",
                                made(Set.of(), Map.of("team", "red"), true),
                                Write.PLAIN));
        office.administration.replace(
                caller(Office.BOSS),
                "svc-made",
                made(Set.of(), Map.of("team", "red"), true),
                Write.PLAIN);
    }

    @Test
    void aGroupWithRights_isRefusedToWhoDoesNotHoldThem() {
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () -> office.create(ADMIN, made(Set.of("payroll-readers"), Map.of(), true)));
    }

    @Test
    void leavingAGroupThatAForbidNames_isRefusedToWhoDoesNotHoldTheRights() {
        office.create(Office.BOSS, made(Set.of("restricted"), Map.of(), true));
        office.give(Office.BOSS, "svc-made", "keeper", ACME);
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () ->
                        office.administration.replace(
                                caller(ADMIN),
                                "svc-made",
                                made(Set.of(), Map.of(), true),
                                Write.PLAIN));
    }

    @Test
    void aCredentialForAStrongerAccount_isRefused() {
        office.create(Office.BOSS, owned("svc-made", "acme"));
        office.give(Office.BOSS, "svc-made", "keeper", ACME);
        assertRefused(Refusal.EXCEEDS_OWN_RIGHTS, () -> office.mint(ADMIN, "svc-made"));
        office.mint(Office.BOSS, "svc-made");
    }

    @Test
    void rotatingTheCredentialOfAStrongerAccount_isRefused() {
        office.create(Office.BOSS, owned("svc-made", "acme"));
        office.give(Office.BOSS, "svc-made", "keeper", ACME);
        String id = office.mint(Office.BOSS, "svc-made").credential().id();
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () ->
                        office.administration.rotate(
                                caller(ADMIN), "svc-made", id, Duration.ZERO, null, Write.PLAIN));
    }

    @Test
    void aCredentialOfALowerAuthority_doesNotInheritLaterRightsOfAHigherOne() {
        office.create(ADMIN, owned("svc-made", "acme"));
        office.give(ADMIN, "svc-made", "writer", ACME);
        String id = office.mint(ADMIN, "svc-made").credential().id();
        office.give(Office.BOSS, "svc-made", "keeper", ACME);
        Credential capped = office.directory.findCredential(id).orElseThrow();
        assertThat(capped.ceiling()).isNotNull();
        assertThat(office.allows("svc-made", capped, "changeTag", APP)).isTrue();
        assertThat(office.allows("svc-made", capped, "deleteRepository", APP)).isFalse();
        assertThat(office.allows("svc-made", null, "deleteRepository", APP)).isTrue();

        NewCredential renewed =
                office.administration
                        .rotate(
                                caller(Office.BOSS),
                                "svc-made",
                                id,
                                Duration.ofHours(1),
                                null,
                                Write.PLAIN)
                        .value();
        assertThat(office.allows("svc-made", renewed.credential(), "deleteRepository", APP))
                .isTrue();
        Credential old = office.directory.findCredential(id).orElseThrow();
        assertThat(office.allows("svc-made", old, "deleteRepository", APP)).isFalse();
    }

    @Test
    void rotatingOnesOwnCredential_doesNotLiftItsCeiling() {
        office.create(ADMIN, owned("svc-made", "acme"));
        String id = office.mint(ADMIN, "svc-made").credential().id();
        office.give(Office.BOSS, "svc-made", "keeper", ACME);
        Credential capped = office.directory.findCredential(id).orElseThrow();
        NewCredential renewed =
                office.administration
                        .rotate(
                                caller("svc-made", capped),
                                "svc-made",
                                id,
                                Duration.ZERO,
                                null,
                                Write.PLAIN)
                        .value();
        assertThat(office.allows("svc-made", renewed.credential(), "deleteRepository", APP))
                .isFalse();
    }

    /// Whoever set an account up may be gone when it is given more: nothing of it breaks.
    @Test
    void aCredentialOfTheHighestAuthority_growsWithItsAccountAlsoWhenItsMakerIsGone() {
        office.create(Office.BOSS, spec("svc-first"));
        office.repository.with(
                "admin/escalate.cedar",
                "@id(\"escalate\") "
                        + Worlds.WAIVE
                        + "permit (principal == Quay::ServiceAccount::\"svc-first\", action in [Pdp::Action::\"observe\", Pdp::Action::\"administer-accounts\", Pdp::Action::\"escalate\"], resource);");
        office.reload();
        office.create("svc-first", owned("svc-made", "acme"));
        String id = office.mint("svc-first", "svc-made").credential().id();
        Credential own = office.directory.findCredential(id).orElseThrow();
        NewCredential renewed =
                office.administration
                        .rotate(
                                caller("svc-made", own),
                                "svc-made",
                                id,
                                Duration.ZERO,
                                null,
                                Write.PLAIN)
                        .value();
        office.administration.delete(caller(Office.BOSS), "svc-first", Write.PLAIN);
        office.give(Office.BOSS, "svc-made", "keeper", ACME);
        Credential now = office.directory.findCredential(renewed.credential().id()).orElseThrow();
        assertThat(office.allows("svc-made", now, "deleteRepository", APP)).isTrue();
    }

    @Test
    void rotatingAStrongerCredentialOfOnesOwn_isRefused() {
        office.create(ADMIN, owned("svc-made", "acme"));
        String weak = office.mint(ADMIN, "svc-made").credential().id();
        office.give(Office.BOSS, "svc-made", "keeper", ACME);
        String strong = office.mint(Office.BOSS, "svc-made").credential().id();
        Credential capped = office.directory.findCredential(weak).orElseThrow();
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () ->
                        office.administration.rotate(
                                caller("svc-made", capped),
                                "svc-made",
                                strong,
                                Duration.ZERO,
                                null,
                                Write.PLAIN));
    }

    @Test
    void raisingOneself_isRefused() {
        office.create(Office.BOSS, owned("svc-second", "acme"));
        office.give(Office.BOSS, "svc-second", "reader", ACME);
        office.repository.with(
                "admin/second.cedar",
                "@id(\"second\") permit (principal == Quay::ServiceAccount::\"svc-second\", action in [Pdp::Action::\"observe\", Pdp::Action::\"administer-accounts\", Pdp::Action::\"escalate\"], resource in Quay::Organization::\"acme\");");
        office.reload();
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () -> office.give("svc-second", "svc-second", "keeper", ACME));
    }

    @Test
    void enablingWhatAHigherAuthorityDisabled_isRefused() {
        office.create(ADMIN, owned("svc-made", "acme"));
        office.administration.replace(
                caller(Office.BOSS), "svc-made", made(Set.of(), Map.of(), false), Write.PLAIN);
        assertRefused(
                Refusal.FORBIDDEN,
                () ->
                        office.administration.replace(
                                caller(ADMIN),
                                "svc-made",
                                made(Set.of(), Map.of(), true),
                                Write.PLAIN));
        office.administration.replace(
                caller(Office.BOSS), "svc-made", made(Set.of(), Map.of(), true), Write.PLAIN);
    }

    @Test
    void enablingAnAccountThatIsStronger_isRefused() {
        office.create(Office.BOSS, made(Set.of(), Map.of(), true));
        office.give(Office.BOSS, "svc-made", "keeper", ACME);
        office.administration.replace(
                caller(ADMIN), "svc-made", made(Set.of(), Map.of(), false), Write.PLAIN);
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () ->
                        office.administration.replace(
                                caller(ADMIN),
                                "svc-made",
                                made(Set.of(), Map.of(), true),
                                Write.PLAIN));
    }

    @Test
    void prolongingWhatAHigherAuthorityGaveItsEnd_isRefused() {
        Instant end = Office.NOW.plus(Duration.ofDays(1));
        AccountSpec ending =
                new AccountSpec("svc-made", "", "", "acme", Set.of(), Map.of(), true, end, false);
        office.create(Office.BOSS, ending);
        office.give(Office.BOSS, "svc-made", "keeper", ACME);
        assertRefused(
                Refusal.FORBIDDEN,
                () ->
                        office.administration.replace(
                                caller(ADMIN),
                                "svc-made",
                                made(Set.of(), Map.of(), true),
                                Write.PLAIN));
    }

    /// Found by attack: the credential of somebody whose time is over would live on.
    @Test
    void aCredentialOfALowerAuthority_endsWithTheOldEndWhenAHigherOneProlongs() {
        Instant end = Office.NOW.plus(Duration.ofHours(1));
        office.repository.with(
                "admin/short.cedar",
                "@id(\"short\") permit (principal == Quay::ServiceAccount::\"svc-short\", action in [Pdp::Action::\"observe\", Pdp::Action::\"administer-accounts\"], resource in Quay::Organization::\"acme\");");
        office.create(Office.BOSS, ending("svc-short", end));
        office.reload();
        office.create("svc-short", ending("svc-made", end));
        office.give(Office.BOSS, "svc-short", "writer", ACME);
        office.give(Office.BOSS, "svc-made", "writer", ACME);
        Credential lower = office.mint("svc-short", "svc-made").credential();
        Credential higher = office.mint(Office.BOSS, "svc-made").credential();
        office.administration.replace(
                caller(Office.BOSS), "svc-made", ending("svc-made", null), Write.PLAIN);
        assertThat(office.directory.findCredential(lower.id()).orElseThrow().expiresAt())
                .isEqualTo(end);
        assertThat(office.directory.findCredential(higher.id()).orElseThrow().expiresAt())
                .isAfter(end);
    }

    private static AccountSpec ending(String name, @Nullable Instant end) {
        return new AccountSpec(name, "", "", "acme", Set.of(), Map.of(), true, end, false);
    }

    /// Found by attack: a stolen credential of a minute would become one of a year.
    @Test
    void aCredentialForOneselfThatOutlivesTheOneUsed_isRefused() {
        Instant end = Office.NOW.plus(Duration.ofMinutes(1));
        office.create(Office.BOSS, owned("svc-self", "acme"));
        office.repository.with(
                "admin/self.cedar",
                "@id(\"self\") permit (principal == Quay::ServiceAccount::\"svc-self\", action in [Pdp::Action::\"observe\", Pdp::Action::\"administer-accounts\"], resource in Quay::Organization::\"acme\");");
        office.reload();
        Credential own =
                office.administration
                        .createCredential(
                                caller(Office.BOSS),
                                "svc-self",
                                new CredentialSpec.NewSecret(end, false),
                                Write.PLAIN)
                        .value()
                        .credential();
        assertRefused(
                Refusal.INVALID,
                () ->
                        office.administration.createCredential(
                                caller("svc-self", own),
                                "svc-self",
                                new CredentialSpec.NewSecret(end.plusSeconds(1), false),
                                Write.PLAIN));
        assertThat(
                        office.administration
                                .createCredential(
                                        caller("svc-self", own),
                                        "svc-self",
                                        Office.secret(),
                                        Write.PLAIN)
                                .value()
                                .credential()
                                .expiresAt())
                .isEqualTo(end);
        assertRefused(Refusal.EXCEEDS_OWN_RIGHTS, () -> office.mint("svc-self", "svc-self"));
    }

    /// Found by attack: the successor of a higher authority's credential would have its strength.
    @Test
    void rotatingAnotherCredentialOfOnesOwn_isRefused() {
        office.create(ADMIN, owned("svc-made", "acme"));
        String higher = office.mint(Office.BOSS, "svc-made").credential().id();
        Credential own = office.mint(ADMIN, "svc-made").credential();
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () ->
                        office.administration.rotate(
                                caller("svc-made", own),
                                "svc-made",
                                higher,
                                Duration.ZERO,
                                null,
                                Write.PLAIN));
    }

    /// Found by attack: a credential made with one under a ceiling is no stronger than that.
    @Test
    void aCeilingIsNotLostThroughASecondAccount() {
        office.repository.with(
                "admin/second.cedar",
                "@id(\"second\") permit (principal == Quay::ServiceAccount::\"svc-first\", action in [Pdp::Action::\"observe\", Pdp::Action::\"administer-accounts\"], resource in Quay::Organization::\"acme\");");
        office.create(Office.BOSS, owned("svc-first", "acme"));
        office.give(Office.BOSS, "svc-first", "writer", ACME);
        office.reload();
        Credential first = office.mint(Office.BOSS, "svc-first").credential();
        office.create(ADMIN, owned("svc-made", "acme"));
        String id =
                office.administration
                        .createCredential(
                                caller("svc-first", first),
                                "svc-made",
                                Office.secret(),
                                Write.PLAIN)
                        .value()
                        .credential()
                        .id();
        office.administration.deleteCredential(
                caller(Office.BOSS), "svc-first", first.id(), Write.PLAIN);
        office.give(Office.BOSS, "svc-first", "keeper", ACME);
        office.give(Office.BOSS, "svc-made", "keeper", ACME);
        Credential made = office.directory.findCredential(id).orElseThrow();
        assertThat(office.allows("svc-made", made, "deleteRepository", APP)).isFalse();
    }

    /// Found by attack: rights over oneself that not everybody has are given like any others.
    @Test
    void aRightOverItselfThatTheCallerLacks_isRefused() {
        office.repository.with(
                "admin/legacy.cedar",
                "@id(\"legacy\") permit (principal in Quay::Group::\"restricted\", action == Pdp::Action::\"createUnexpiringCredential\", resource is Quay::ServiceAccount) when { principal == resource };");
        office.reload();
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () -> office.create(ADMIN, made(Set.of("restricted"), Map.of(), true)));
    }

    /// Found by attack: what others may do to an account is a right, too.
    @Test
    void aLabelThatOpensAnAccountToTheCaller_isRefused() {
        office.repository.with(
                "admin/labelled.cedar",
                "@id(\"labelled\") permit (principal == Quay::ServiceAccount::\"svc-acme\", action == Pdp::Action::\"createUnexpiringCredential\", resource is Quay::ServiceAccount) when { resource.hasTag(\"team\") && resource.getTag(\"team\") == \"blue\" };");
        office.reload();
        office.create(ADMIN, owned("svc-made", "acme"));
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () ->
                        office.administration.replace(
                                caller(ADMIN),
                                "svc-made",
                                made(Set.of(), Map.of("team", "blue"), true),
                                Write.PLAIN));
    }

    @Test
    void anAccountOfAnotherOrganization_isAsIfItWereNotThere() {
        office.create(Office.BOSS, owned("svc-payroll", "payroll"));
        assertRefused(
                Refusal.NOT_FOUND, () -> office.administration.get(caller(ADMIN), "svc-payroll"));
        assertRefused(Refusal.NOT_FOUND, () -> office.mint(ADMIN, "svc-payroll"));
        assertRefused(
                Refusal.NOT_FOUND,
                () -> office.administration.delete(caller(ADMIN), "svc-payroll", Write.PLAIN));
        assertRefused(Refusal.FORBIDDEN, () -> office.create(ADMIN, spec("svc-platform")));
        assertRefused(Refusal.FORBIDDEN, () -> office.create(ADMIN, owned("svc-other", "payroll")));
    }

    @Test
    void movingAnAccountToAnotherOrganization_isRefusedToWhoDoesNotAdministerIt() {
        office.create(ADMIN, owned("svc-made", "acme"));
        assertRefused(
                Refusal.FORBIDDEN,
                () ->
                        office.administration.replace(
                                caller(ADMIN),
                                "svc-made",
                                owned("svc-made", "payroll"),
                                Write.PLAIN));
    }

    @Test
    void aScopedToken_administersNothing() {
        Caller scoped =
                new Caller(
                        new io.quay.pdp.decision.Subject.Proved(
                                EntityRef.serviceAccount(Office.BOSS),
                                new io.quay.pdp.identity.Authentication(
                                        io.quay.pdp.identity.Authentication.Method.CLIENT_SECRET,
                                        null,
                                        null,
                                        Office.NOW,
                                        Set.of("repo:admin"),
                                        null,
                                        null),
                                null),
                        null,
                        null);
        assertRefused(
                Refusal.FORBIDDEN,
                () -> office.administration.create(scoped, spec("svc-made"), Write.PLAIN));
    }

    @Test
    void aGrantThatOutlivesTheGrantersOwn_isRefused() {
        office.create(Office.BOSS, owned("svc-second", "acme"));
        office.repository.with(
                "admin/second.cedar",
                "@id(\"second\") permit (principal == Quay::ServiceAccount::\"svc-second\", action in [Pdp::Action::\"observe\", Pdp::Action::\"administer-accounts\"], resource in Quay::Organization::\"acme\");");
        office.reload();
        Instant end = Office.NOW.plus(Duration.ofDays(1));
        office.administration.createGrant(
                caller(Office.BOSS), "svc-second", new GrantSpec("reader", ACME, end), Write.PLAIN);
        office.create(Office.BOSS, owned("svc-made", "acme"));
        assertRefused(
                Refusal.EXCEEDS_OWN_RIGHTS,
                () -> office.give("svc-second", "svc-made", "reader", ACME));
        office.administration.createGrant(
                caller("svc-second"), "svc-made", new GrantSpec("reader", ACME, end), Write.PLAIN);
    }
}
