package io.quay.pdp.accounts;

import static io.quay.pdp.accounts.Office.assertRefused;
import static io.quay.pdp.accounts.Office.caller;
import static io.quay.pdp.accounts.Office.owned;
import static io.quay.pdp.accounts.Office.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdministrationTest {
    private static final EntityRef ACME = EntityRef.organization("acme");

    @TempDir private Path directory;
    private Office office;

    @BeforeEach
    void open() {
        office = new Office(Worlds.acme(directory), new InMemoryStore());
    }

    private static Write keyed(String key, String fingerprint) {
        return new Write(false, null, new Write.Idempotency(key, fingerprint));
    }

    private static Write at(long revision) {
        return new Write(false, revision, null);
    }

    private static final Write DRY = new Write(true, null, null);

    @Test
    void aChangeOfWhatWasChangedMeanwhile_isRefused() {
        AccountView made = office.create(Office.BOSS, spec("svc-one"));
        office.administration.replace(
                caller(Office.BOSS), "svc-one", spec("svc-one"), at(made.revision()));
        assertRefused(
                Refusal.STALE,
                () ->
                        office.administration.replace(
                                caller(Office.BOSS),
                                "svc-one",
                                spec("svc-one"),
                                at(made.revision())));
        assertRefused(
                Refusal.STALE,
                () ->
                        office.administration.delete(
                                caller(Office.BOSS), "svc-one", at(made.revision())));
        assertRefused(
                Refusal.STALE,
                () ->
                        office.administration.replace(
                                caller(Office.BOSS), "svc-none", spec("svc-none"), at(1)));
    }

    @Test
    void aRepeatedCreation_givesTheSameAndNoSecond() {
        Write write = keyed("key-1", "a");
        AccountView first =
                office.administration.create(caller(Office.BOSS), spec("svc-one"), write).value();
        Write.Done<AccountView> again =
                office.administration.create(caller(Office.BOSS), spec("svc-one"), write);
        assertThat(again.fresh()).isFalse();
        assertThat(again.value().account().id()).isEqualTo(first.account().id());
    }

    @Test
    void theReplayOfACredentialsCreation_answersWithoutTheSecret() {
        office.create(Office.BOSS, spec("svc-one"));
        Write write = keyed("key-1", "a");
        NewCredential first =
                office.administration
                        .createCredential(caller(Office.BOSS), "svc-one", Office.secret(), write)
                        .value();
        NewCredential again =
                office.administration
                        .createCredential(caller(Office.BOSS), "svc-one", Office.secret(), write)
                        .value();
        assertThat(first.secret()).isNotNull();
        assertThat(again.secret()).isNull();
        assertThat(again.credential()).isEqualTo(first.credential());
        assertThat(office.directory.credentials()).hasSize(1);
    }

    @Test
    void anIdempotencyKeyForAnotherRequest_isRefused() {
        office.administration.create(caller(Office.BOSS), spec("svc-one"), keyed("key-1", "a"));
        assertRefused(
                Refusal.KEY_REUSED,
                () ->
                        office.administration.create(
                                caller(Office.BOSS), spec("svc-two"), keyed("key-1", "b")));
    }

    @Test
    void anIdempotencyKeyOfAnotherCaller_isItsOwn() {
        office.administration.create(
                caller("svc-acme"), owned("svc-one", "acme"), keyed("key-1", "a"));
        assertRefused(
                Refusal.NAME_TAKEN,
                () ->
                        office.administration.create(
                                caller(Office.BOSS),
                                owned("svc-one", "acme"),
                                keyed("key-1", "a")));
    }

    @Test
    void anIdempotencyKeyIsForgottenAfterADay() {
        office.administration.create(caller(Office.BOSS), spec("svc-one"), keyed("key-1", "a"));
        office.clock.advance(Duration.ofHours(25));
        office.administration.create(caller(Office.BOSS), spec("svc-two"), keyed("key-1", "b"));
    }

    @Test
    void aDryRun_changesNothingAndTakesNoName() {
        Caller boss = caller(Office.BOSS);
        office.administration.create(boss, spec("svc-one"), DRY);
        assertThat(office.directory.stored()).isEmpty();
        office.create(Office.BOSS, spec("svc-one"));
        NewCredential dry =
                office.administration
                        .createCredential(boss, "svc-one", Office.secret(), DRY)
                        .value();
        assertThat(dry.secret()).isNull();
        office.administration.createGrant(boss, "svc-one", Office.grant("reader", ACME), DRY);
        String id = office.mint(Office.BOSS, "svc-one").credential().id();
        office.administration.rotate(boss, "svc-one", id, Duration.ZERO, null, DRY);
        office.administration.deleteCredential(boss, "svc-one", id, DRY);
        office.administration.revoke(boss, new RevocationSpec.Everything(), null, DRY);
        office.administration.delete(boss, "svc-one", DRY);
        assertThat(office.directory.credentials()).hasSize(1);
        assertThat(office.directory.findCredential(id).orElseThrow().replacedBy()).isNull();
        assertThat(office.directory.findStored("svc-one").orElseThrow().account().grants())
                .isEmpty();
        assertThat(office.directory.revocations()).isEmpty();
    }

    @Test
    void everythingIsThereAfterARestart() {
        office.create(Office.BOSS, spec("svc-one"));
        StoredGrant grant = office.give(Office.BOSS, "svc-one", "reader", ACME);
        NewCredential made = office.mint(Office.BOSS, "svc-one");
        office.administration.revoke(
                caller(Office.BOSS), new RevocationSpec.Account("svc-one"), null, Write.PLAIN);
        Office restarted = new Office(office.repository, office.store);
        assertThat(restarted.directory.findStored("svc-one"))
                .isEqualTo(office.directory.findStored("svc-one"));
        assertThat(restarted.directory.findGrant(grant.grant().id())).contains(grant);
        assertThat(restarted.directory.findCredential(made.credential().id()))
                .contains(made.credential());
        assertThat(restarted.directory.revocations()).isEqualTo(office.directory.revocations());
        assertThat(restarted.allows("svc-one", null, "getRepo", EntityRef.repository("acme/app")))
                .isTrue();
    }

    @Test
    void aGrantCountsInTheVeryNextDecision_andNoMoreWhenItIsDeleted() {
        EntityRef app = EntityRef.repository("acme/app");
        office.create(Office.BOSS, spec("svc-one"));
        assertThat(office.allows("svc-one", null, "getRepo", app)).isFalse();
        StoredGrant grant = office.give(Office.BOSS, "svc-one", "reader", ACME);
        assertThat(office.allows("svc-one", null, "getRepo", app)).isTrue();
        office.administration.deleteGrant(
                caller(Office.BOSS), "svc-one", grant.grant().id(), Write.PLAIN);
        assertThat(office.allows("svc-one", null, "getRepo", app)).isFalse();
    }

    @Test
    void oneKeyForTwoAccounts_isRefused() throws Exception {
        String jwk = new ECKeyGenerator(Curve.P_256).generate().toPublicJWK().toJSONString();
        office.create(Office.BOSS, spec("svc-one"));
        office.create(Office.BOSS, spec("svc-two"));
        CredentialSpec key = new CredentialSpec.PublicKey(jwk, null, false);
        office.administration.createCredential(caller(Office.BOSS), "svc-one", key, Write.PLAIN);
        assertRefused(
                Refusal.CREDENTIAL_TAKEN,
                () ->
                        office.administration.createCredential(
                                caller(Office.BOSS), "svc-two", key, Write.PLAIN));
    }

    @Test
    void oneSecretForTwoAccounts_isRefused() {
        String hash = ClientSecret.sha256Hex(ClientSecret.generate(new SecureRandom()));
        office.create(Office.BOSS, spec("svc-one"));
        office.create(Office.BOSS, spec("svc-two"));
        CredentialSpec spec = new CredentialSpec.SecretHash(hash, null, false);
        NewCredential made =
                office.administration
                        .createCredential(caller(Office.BOSS), "svc-one", spec, Write.PLAIN)
                        .value();
        assertThat(made.secret()).isNull();
        assertRefused(
                Refusal.CREDENTIAL_TAKEN,
                () ->
                        office.administration.createCredential(
                                caller(Office.BOSS), "svc-two", spec, Write.PLAIN));
    }

    @Test
    void aCredentialThatNeverExpires_isRefusedWithoutAPermit() {
        office.create("svc-acme", owned("svc-one", "acme"));
        office.repository.with(
                "admin/no-never.cedar",
                "@id(\"no-never\") forbid (principal, action == Pdp::Action::\"createUnexpiringCredential\", resource);");
        office.reload();
        assertRefused(
                Refusal.FORBIDDEN,
                () ->
                        office.administration.createCredential(
                                caller("svc-acme"),
                                "svc-one",
                                new CredentialSpec.NewSecret(null, true),
                                Write.PLAIN));
    }

    @Test
    void aCredentialOfMoreThanTheLongestLife_isRefused() {
        office.create(Office.BOSS, spec("svc-one"));
        Instant late = Office.NOW.plus(Duration.ofDays(366));
        assertRefused(
                Refusal.INVALID,
                () ->
                        office.administration.createCredential(
                                caller(Office.BOSS),
                                "svc-one",
                                new CredentialSpec.NewSecret(late, false),
                                Write.PLAIN));
    }

    @Test
    void rotatingOnesOwnCredential_givesNoLongerLife() {
        office.create(Office.BOSS, spec("svc-one"));
        Credential given =
                office.administration
                        .createCredential(
                                caller(Office.BOSS),
                                "svc-one",
                                new CredentialSpec.NewSecret(
                                        Office.NOW.plus(Duration.ofDays(2)), false),
                                Write.PLAIN)
                        .value()
                        .credential();
        Caller self = caller("svc-one", given);
        assertRefused(
                Refusal.INVALID,
                () ->
                        office.administration.rotate(
                                self,
                                "svc-one",
                                given.id(),
                                Duration.ZERO,
                                new CredentialSpec.NewSecret(
                                        Office.NOW.plus(Duration.ofDays(90)), false),
                                Write.PLAIN));
        NewCredential renewed =
                office.administration
                        .rotate(self, "svc-one", given.id(), Duration.ZERO, null, Write.PLAIN)
                        .value();
        assertThat(renewed.credential().expiresAt()).isEqualTo(Office.NOW.plus(Duration.ofDays(2)));
    }

    @Test
    void rotatedCredentialsOverlap_thenTheOldOneEnds() {
        office.create(Office.BOSS, spec("svc-one"));
        String old = office.mint(Office.BOSS, "svc-one").credential().id();
        NewCredential renewed =
                office.administration
                        .rotate(
                                caller(Office.BOSS),
                                "svc-one",
                                old,
                                Duration.ofHours(24),
                                null,
                                Write.PLAIN)
                        .value();
        Credential before = office.directory.findCredential(old).orElseThrow();
        assertThat(before.replacedBy()).isEqualTo(renewed.credential().id());
        assertThat(before.liveAt(Office.NOW.plus(Duration.ofHours(23)))).isTrue();
        assertThat(before.liveAt(Office.NOW.plus(Duration.ofHours(24)))).isFalse();
    }

    @Test
    void twoRotationsAtOnce_oneWinsAndTheOtherIsTold() {
        office.create(Office.BOSS, spec("svc-one"));
        String old = office.mint(Office.BOSS, "svc-one").credential().id();
        List<CompletableFuture<Object>> rotations = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 8; i++) {
                rotations.add(
                        CompletableFuture.supplyAsync(
                                () ->
                                        office.administration.rotate(
                                                caller(Office.BOSS),
                                                "svc-one",
                                                old,
                                                Duration.ZERO,
                                                null,
                                                Write.PLAIN),
                                threads));
            }
        }
        assertThat(rotations.stream().filter(each -> !each.isCompletedExceptionally()).count())
                .isEqualTo(1);
        rotations.stream()
                .filter(CompletableFuture::isCompletedExceptionally)
                .forEach(each ->
                        assertThatThrownBy(each::join)
                                .isInstanceOf(CompletionException.class)
                                .cause()
                                .isInstanceOfSatisfying(
                                        RefusedException.class,
                                        e -> assertThat(e.refusal()).isEqualTo(Refusal.CONFLICT)));
        assertThat(office.directory.credentials()).hasSize(2);
    }

    @Test
    void fieldsThatDoNotHoldWhatTheyMust_areAllNamed() {
        assertThatThrownBy(() ->
                        office.create(
                                Office.BOSS,
                                new AccountSpec(
                                        "terraform",
                                        "x".repeat(201),
                                        "a\u0000b",
                                        "Not/an/organization",
                                        Set.of("no-such-group"),
                                        Map.of("", "x", "ok", "\u001b[2J"),
                                        true,
                                        null,
                                        false)))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e ->
                                assertThat(e.fields())
                                        .extracting(RefusedException.Field::pointer)
                                        .containsExactlyInAnyOrder(
                                                "/name",
                                                "/display_name",
                                                "/description",
                                                "/owner",
                                                "/groups",
                                                "/labels",
                                                "/labels/ok"));
    }

    @Test
    void theBootstrapAccountEndsWithTheFirstChangeOfAnotherAdministrator() {
        office.bootstrap.make(ClientSecret.generate(new SecureRandom()), Duration.ofDays(1));
        assertThat(office.bootstrap.activeUntil()).isPresent();
        office.create("svc-acme", owned("svc-one", "acme"));
        assertThat(office.bootstrap.activeUntil()).isPresent();
        office.create(Office.BOSS, spec("svc-two"));
        assertThat(office.bootstrap.activeUntil()).isEmpty();
        assertThat(office.directory.findStored(Bootstrap.NAME).orElseThrow().account().enabled())
                .isFalse();
    }

    @Test
    void disablingTheOnlyAdministrator_isRefused() {
        office.bootstrap.make(ClientSecret.generate(new SecureRandom()), Duration.ofDays(1));
        office.repository.with(
                "admin/bootstrap.cedar",
                "@id(\"bootstrap\") "
                        + Worlds.WAIVE
                        + " permit (principal == Quay::ServiceAccount::\"svc-bootstrap\", action in [Pdp::Action::\"observe\", Pdp::Action::\"administer-accounts\", Pdp::Action::\"escalate\"], resource);");
        office.reload();
        assertRefused(
                Refusal.CONFLICT,
                () ->
                        office.administration.delete(
                                caller(Bootstrap.NAME), Bootstrap.NAME, Write.PLAIN));
        office.mint(Bootstrap.NAME, Office.BOSS);
        office.administration.delete(caller(Bootstrap.NAME), Bootstrap.NAME, Write.PLAIN);
    }

    @Test
    void aResetMakesTheBootstrapAccountUsableAgain() {
        office.bootstrap.make(ClientSecret.generate(new SecureRandom()), Duration.ofDays(1));
        office.create(Office.BOSS, spec("svc-two"));
        String secret = ClientSecret.generate(new SecureRandom());
        office.bootstrap.reset(secret, Duration.ofDays(1));
        assertThat(office.bootstrap.activeUntil()).contains(Office.NOW.plus(Duration.ofDays(1)));
        assertThat(office.directory.findBySecret(ClientSecret.sha256Hex(secret))).isPresent();
        assertThat(
                        office.directory.credentialsOf(
                                office.directory.find(Bootstrap.NAME).orElseThrow().id()))
                .hasSize(1);
    }

    @Test
    void revocationsRefuseWhatWasIssuedBefore_andNothingLater() {
        office.create(Office.BOSS, spec("svc-one"));
        String id = office.directory.find("svc-one").orElseThrow().id();
        office.administration.revoke(
                caller(Office.BOSS), new RevocationSpec.Account("svc-one"), null, Write.PLAIN);
        assertThat(office.directory.findRevocation(id, null, null, "t", Office.NOW)).isPresent();
        assertThat(office.directory.findRevocation(id, null, null, "t", Office.NOW.plusMillis(1)))
                .isEmpty();
        assertThat(office.directory.findRevocation("sa_other", null, null, "t", Office.NOW))
                .isEmpty();
    }

    @Test
    void aRevocationOfTheFuture_isRefused() {
        assertRefused(
                Refusal.INVALID,
                () ->
                        office.administration.revoke(
                                caller(Office.BOSS),
                                new RevocationSpec.Everything(),
                                Office.NOW.plusSeconds(5),
                                Write.PLAIN));
    }

    @Test
    void revokingForEverybody_isRefusedToADelegatedAdministrator() {
        assertRefused(
                Refusal.FORBIDDEN,
                () ->
                        office.administration.revoke(
                                caller("svc-acme"),
                                new RevocationSpec.Everything(),
                                null,
                                Write.PLAIN));
    }

    @Test
    void listsShowOnlyWhatTheCallerMayRead() {
        office.create(Office.BOSS, owned("svc-one", "acme"));
        office.create(Office.BOSS, owned("svc-two", "payroll"));
        assertThat(office.administration.list(caller("svc-acme"), AccountFilter.NONE, null, 100))
                .extracting(view -> view.account().name())
                .containsExactly("svc-acme", "svc-one");
        assertThat(office.administration.list(caller(Office.BOSS), AccountFilter.NONE, null, 100))
                .extracting(view -> view.account().name())
                .containsExactly("svc-acme", "svc-boss", "svc-in-git", "svc-one", "svc-two");
    }

    @Test
    void nothingOfASecretIsKeptOrSaid() {
        office.create(Office.BOSS, spec("svc-one"));
        NewCredential made = office.mint(Office.BOSS, "svc-one");
        String secret = String.valueOf(made.secret());
        assertThat(made.toString()).doesNotContain(secret);
        assertThat(office.directory.credentials().toString()).doesNotContain(secret);
    }
}
