package io.quay.pdp.cli;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.config.Config;
import io.quay.pdp.config.Secret;
import io.quay.pdp.gateway.CredentialFile;
import io.quay.pdp.gateway.doctor.Ours;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.identity.ServiceAccounts;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.jose.RingKeys;
import io.quay.pdp.policy.PolicyRepository;
import io.quay.pdp.policy.Problem;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteSigningKeys;
import io.quay.pdp.store.SqliteStore;
import io.quay.pdp.token.KeyRing;
import io.quay.pdp.token.QuayTokens;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the doctor holds Quay against: configuration, accounts and keys, as the server has them.
///
/// @param database opened to read, beside the server
record DoctorGround(Config config, Database database, SecureRandom random, Clock clock) {
    private static final String CATALOG = "management-api.json";

    /// @param names of the accounts as which Quay may be called
    /// @param superuser a file with an OAuth token of Quay; null = none
    /// @throws Failure when there is no such account, or no key to sign with
    Ours ours(List<String> names, @Nullable Path superuser) {
        ServiceAccounts declared = declared();
        Config.Quay quay = config.quay();
        Path file = quay.credentialFile();
        return new Ours(
                Objects.requireNonNull(quay.baseUrl()),
                QuayMode.of(quay),
                quay.execute() == Config.Execute.SSO_JWT ? tokens() : null,
                file == null ? null : new CredentialFile(file),
                superuser == null ? null : new CredentialFile(superuser),
                names.stream().map(name -> account(declared, name)).toList(),
                declared,
                Catalog.read(config.schema().directory().resolve(CATALOG)));
    }

    private ServiceAccounts declared() {
        List<Problem> problems = new ArrayList<>();
        ServiceAccounts declared =
                PolicyRepository.accounts(config.policies().directory(), problems);
        if (!problems.isEmpty()) {
            throw Workshop.invalid(problems);
        }
        return declared;
    }

    private ServiceAccount account(ServiceAccounts declared, String name) {
        Optional<ServiceAccount> found =
                declared.find(name)
                        .or(() ->
                                new SqliteStore(database)
                                        .accounts().stream()
                                                .filter(stored -> stored.name().equals(name))
                                                .map(stored -> stored.account())
                                                .findFirst());
        ServiceAccount account =
                found.orElseThrow(() ->
                        new Failure(
                                Exit.USAGE,
                                "--account: there is no service account `" + name + "`"));
        if (!account.usableAt(clock.instant())) {
            throw new Failure(Exit.USAGE, "--account: `" + name + "` is disabled or has expired");
        }
        return account;
    }

    private QuayTokens tokens() {
        KeyRing ring =
                new KeyRing(
                        new SqliteSigningKeys(database, SqliteSigningKeys.Purpose.QUAY),
                        new RingKeys(encryption(), random, "quay-signing-key"),
                        QuayTokens.ring(config.tokens().rotationInterval()),
                        new DecisionIds(clock, random),
                        clock);
        if (!ring.openKept()) {
            throw new Failure(
                    Exit.IO,
                    config.storage().file()
                            + ": there are no keys for Quay yet: start the server with this"
                            + " configuration first");
        }
        URI server = config.server().issuerOn(config.server().listen().port());
        return new QuayTokens(
                new QuayTokens.Settings(
                        config.quay().issuerOf(server.toString()),
                        Objects.requireNonNull(config.quay().audience())),
                ring,
                new DecisionIds(clock, random),
                clock);
    }

    private KeyEncryption encryption() {
        Secret key = config.tokens().encryptionKey();
        return key != null
                ? KeyEncryption.of(key.value(), "tokens.encryption_key", random)
                : AuditKeys.open(
                        AuditKeys.file(
                                config.tokens().encryptionKeyFile(), config.storage().directory()),
                        random);
    }
}
