package io.quay.pdp.accounts;

import io.quay.pdp.accounts.StoredAccount.Authority;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.Credential.Proof;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.Revocation;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Sample rows of the store for tests. Their ids, names and times sort by their numbers.
public final class SampleAccounts {
    public static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123Z");
    public static final String ODD = "ünïcode → 💥 \"quoted\" 'single' \\ \n\t%s";

    private SampleAccounts() {}

    public static Instant time(int number) {
        return NOON.plusSeconds(number);
    }

    /// With every member set.
    public static StoredAccount fullAccount(int number) {
        return new StoredAccount(
                new ServiceAccount(
                        "account-" + number,
                        "svc-" + number,
                        ODD,
                        "acme",
                        Set.of("builders", "ünïcode", ""),
                        Map.of("tier", "gold", "__entity", "{}", "", "", "number", "1"),
                        true,
                        time(number),
                        time(number + 100),
                        List.of()),
                "Build " + ODD,
                "svc-admin",
                time(number + 1),
                Long.MAX_VALUE,
                Authority.REGISTRY,
                true);
    }

    /// At revision 1, with nothing set that may be null or empty.
    public static StoredAccount bareAccount(int number) {
        return account("account-" + number, "svc-" + number);
    }

    public static StoredAccount account(String id, String name) {
        return new StoredAccount(
                new ServiceAccount(
                        id, name, "", null, Set.of(), Map.of(), false, null, null, List.of()),
                "",
                "",
                NOON,
                1,
                null,
                false);
    }

    public static StoredAccount described(StoredAccount stored, String description, long revision) {
        ServiceAccount account = stored.account();
        return new StoredAccount(
                new ServiceAccount(
                        account.id(),
                        account.name(),
                        description,
                        account.owner(),
                        account.groups(),
                        account.labels(),
                        account.enabled(),
                        account.createdAt(),
                        account.expiresAt(),
                        account.grants()),
                stored.displayName(),
                stored.createdBy(),
                stored.updatedAt(),
                revision,
                stored.disabledBy(),
                stored.legacyAudience());
    }

    public static AccountName name(int number) {
        return new AccountName(
                "svc-" + number, AccountName.Origin.API, "account-" + number, time(number), null);
    }

    /// The secret with this number's hash.
    public static Credential secret(int number, int account) {
        return credential(number, account, new Proof.Secret(hash(number)));
    }

    public static Credential publicKey(int number, int account) {
        String jwk = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + number + "\"}";
        return credential(number, account, new Proof.PublicKey(jwk, "thumbprint-" + number));
    }

    public static Credential credential(int number, int account, Proof proof) {
        return new Credential(
                credentialId(number),
                "account-" + account,
                proof,
                "svc-admin",
                time(number),
                null,
                null,
                null,
                number % 2 == 0,
                number % 3 == 0 ? null : "credential-maker");
    }

    public static String credentialId(int number) {
        return "credential-%05d".formatted(number);
    }

    public static String hash(int number) {
        return "%064x".formatted(number);
    }

    public static StoredGrant grant(int number, int account) {
        var grant =
                new Grant(
                        "grant-%05d".formatted(number),
                        "organization-admin",
                        EntityRef.organization("acme \"" + number + '"'),
                        time(number + 100));
        return new StoredGrant(grant, "account-" + account, "svc-admin", time(number));
    }

    public static Revocation revocation(int number, Revocation.Target target) {
        return new Revocation(
                "revocation-%05d".formatted(number),
                target,
                time(number - 1),
                "svc-admin",
                time(number));
    }

    public static Store.Request request(String caller, String key, int number) {
        return new Store.Request(caller, key, hash(number), "account-" + number, time(number));
    }
}
