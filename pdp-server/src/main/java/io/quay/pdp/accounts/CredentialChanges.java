package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Field;
import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.Ceiling;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Making, rotating and deleting credentials. The caller holds the lock of [Administration].
final class CredentialChanges {
    private static final int MAX_SECRETS = 5;
    private static final int MAX_KEYS = 10;
    private static final int MAX_WORKLOADS = 20;
    private static final Duration MAX_OVERLAP = Duration.ofDays(30);

    private final Gate gate;
    private final Journal journal;
    private final Directory directory;
    private final CredentialMaker maker;
    private final Lifetimes lifetimes;

    CredentialChanges(
            Gate gate,
            Journal journal,
            Directory directory,
            CredentialMaker maker,
            Lifetimes lifetimes) {
        this.gate = gate;
        this.journal = journal;
        this.directory = directory;
        this.maker = maker;
        this.lifetimes = lifetimes;
    }

    Write.Done<NewCredential> create(
            Caller caller, ServiceAccount account, CredentialSpec spec, Write write) {
        LiveView view = gate.view();
        List<String> policies = gate.require(caller, view, "createCredential", account.entity());
        Optional<String> earlier = journal.findCreated(caller, write);
        if (earlier.isPresent()) {
            return new Write.Done<>(new NewCredential(existing(earlier.get()), null, null), false);
        }
        refuseBootstrap(account);
        refuseOfGit(caller, view, account);
        refuseTooMany(account, spec, 1);
        Instant end = end(caller, view, account, spec);
        CredentialMaker.Made made = maker.make(spec, account, view);
        gate.requireHeld(caller, view, null, account, "createCredential");
        Credential credential = credential(caller, view, account, made.proof(), end);
        if (!write.dryRun()) {
            Event event =
                    journal.event(
                            caller,
                            Event.Kind.CREDENTIAL_CREATED,
                            account.name(),
                            credential.id(),
                            policies,
                            describe(credential));
            insert(caller, write, credential, event, tables -> {});
            directory.put(credential);
        }
        return new Write.Done<>(
                new NewCredential(credential, write.dryRun() ? null : made.secret(), null), true);
    }

    /// One's own credential lives no longer than the one that it is made with: a proof of minutes
    /// must not become one of months.
    private @Nullable Instant end(
            Caller caller, LiveView view, ServiceAccount account, CredentialSpec spec) {
        Runnable never = () -> requireNever(caller, view, account);
        if (!caller.name().equals(account.name())) {
            return lifetimes.end(spec, never);
        }
        String used = caller.credential();
        Credential own = used == null ? null : directory.findCredential(used).orElse(null);
        if (own == null) {
            throw new RefusedException(
                    Refusal.EXCEEDS_OWN_RIGHTS,
                    "an account that proved itself without a credential of its own cannot make itself one: another administrator can");
        }
        return lifetimes.endOfSuccessor(own, spec, true, never);
    }

    private Credential existing(String id) {
        return directory
                .findCredential(id)
                .orElseThrow(() ->
                        new RefusedException(
                                Refusal.CONFLICT,
                                "the credential that this Idempotency-Key made has been deleted"));
    }

    private void insert(
            Caller caller, Write write, Credential credential, Event event, Journal.Change more) {
        try {
            journal.create(
                    caller,
                    write,
                    credential.id(),
                    event,
                    tables -> {
                        tables.credentials().insert(credential);
                        more.in(tables);
                    });
        } catch (Store.ConflictException _) {
            throw CredentialMaker.taken();
        }
    }

    private void requireNever(Caller caller, LiveView view, ServiceAccount account) {
        gate.require(caller, view, "createUnexpiringCredential", account.entity());
    }

    private static void refuseBootstrap(ServiceAccount account) {
        if (account.name().equals(Bootstrap.NAME)) {
            throw new RefusedException(
                    Refusal.CONFLICT,
                    "the bootstrap account gets no credentials here: `pdp bootstrap reset` makes one");
        }
    }

    /// What Git gives an account, it gives to all of its credentials: whoever makes one must reach
    /// as far as Git does.
    private void refuseOfGit(Caller caller, LiveView view, ServiceAccount account) {
        boolean ofGit = view.snapshot().accounts().find(account.name()).isPresent();
        if (ofGit && gate.authority(caller, view) != StoredAccount.Authority.REGISTRY) {
            throw new RefusedException(
                    Refusal.FORBIDDEN,
                    "`"
                            + account.name()
                            + "` is declared in Git: only an administrator of the whole registry makes its credentials");
        }
    }

    /// @param times more for rotations, whose predecessors live on for a while
    private void refuseTooMany(ServiceAccount account, CredentialSpec spec, int times) {
        Class<? extends Credential.Proof> kind =
                switch (spec) {
                    case CredentialSpec.NewSecret _, CredentialSpec.SecretHash _ ->
                            Credential.Proof.Secret.class;
                    case CredentialSpec.PublicKey _ -> Credential.Proof.PublicKey.class;
                    case CredentialSpec.Federated _ -> Credential.Proof.Federated.class;
                };
        long present =
                directory.credentialsOf(account.id()).stream()
                        .filter(credential -> credential.liveAt(gate.now()))
                        .filter(credential -> kind.isInstance(credential.proof()))
                        .count();
        int most =
                times
                        * switch (spec) {
                            case CredentialSpec.NewSecret _, CredentialSpec.SecretHash _ ->
                                    MAX_SECRETS;
                            case CredentialSpec.PublicKey _ -> MAX_KEYS;
                            case CredentialSpec.Federated _ -> MAX_WORKLOADS;
                        };
        if (present >= most) {
            throw new RefusedException(
                    Refusal.CONFLICT,
                    "`" + account.name() + "` has " + most + " live ones of this kind: delete one");
        }
    }

    private static RefusedException invalid(String pointer, String detail) {
        return new RefusedException(
                Refusal.INVALID,
                "the credential cannot be as described",
                List.of(new Field(pointer, detail)));
    }

    private Credential credential(
            Caller caller,
            LiveView view,
            ServiceAccount account,
            Credential.Proof proof,
            @Nullable Instant end) {
        return new Credential(
                journal.newId("cred_"),
                account.id(),
                proof,
                caller.name(),
                journal.now(),
                end,
                null,
                null,
                gate.allows(caller, view, "escalate", EntityRef.registry()),
                caller.credential());
    }

    Write.Done<NewCredential> rotate(
            Caller caller, ServiceAccount account, String id, Rotation rotation, Write write) {
        LiveView view = gate.view();
        List<String> policies = gate.require(caller, view, "rotateCredential", account.entity());
        Optional<String> earlier = journal.findCreated(caller, write);
        if (earlier.isPresent()) {
            return new Write.Done<>(
                    new NewCredential(
                            existing(earlier.get()),
                            null,
                            directory.findCredential(id).orElse(null)),
                    false);
        }
        refuseBootstrap(account);
        Credential old = rotatable(account, id);
        requireOverlap(rotation.overlap());
        CredentialSpec spec = rotation.successor(old);
        refuseTooMany(account, spec, 2);
        Instant end =
                lifetimes.endOfSuccessor(
                        old,
                        spec,
                        caller.name().equals(account.name()),
                        () -> requireNever(caller, view, account));
        CredentialMaker.Made made = maker.make(spec, account, view);
        Ceiling ceiling = ceilingOfSuccessor(caller, view, account, old);
        Credential fresh = credential(caller, view, account, made.proof(), end);
        Credential successor =
                (caller.name().equals(account.name()) ? fresh.onAuthorityOf(old) : fresh)
                        .withCeiling(ceiling);
        Instant overlapEnd = journal.now().plus(rotation.overlap());
        Instant oldEnd = old.expiresAt();
        Credential predecessor =
                old.replacedBy(
                        successor.id(),
                        oldEnd != null && oldEnd.isBefore(overlapEnd) ? oldEnd : overlapEnd);
        if (!write.dryRun()) {
            Map<String, String> details = describe(successor);
            details.put("rotated", old.id());
            details.put("rotated_expires_at", String.valueOf(predecessor.expiresAt()));
            Event event =
                    journal.event(
                            caller,
                            Event.Kind.CREDENTIAL_ROTATED,
                            account.name(),
                            successor.id(),
                            policies,
                            details);
            insert(
                    caller,
                    write,
                    successor,
                    event,
                    tables -> tables.credentials().update(predecessor));
            directory.put(successor);
            directory.put(predecessor);
        }
        return new Write.Done<>(
                new NewCredential(successor, write.dryRun() ? null : made.secret(), predecessor),
                true);
    }

    private Credential rotatable(ServiceAccount account, String id) {
        Credential old = find(account, id);
        if (old.replacedBy() != null) {
            throw new RefusedException(
                    Refusal.CONFLICT, "the credential was rotated already: rotate its successor");
        }
        if (!old.liveAt(gate.now())) {
            throw new RefusedException(
                    Refusal.CONFLICT, "the credential has expired: make a new one");
        }
        return old;
    }

    private static void requireOverlap(Duration overlap) {
        if (overlap.isNegative() || overlap.compareTo(MAX_OVERLAP) > 0) {
            throw invalid("/overlap", "must be PT0S to " + MAX_OVERLAP);
        }
    }

    /// Whoever rotates another's credential learns the new one: it may be no stronger than what
    /// they hold. An account that rotates its own keeps the ceiling.
    private @Nullable Ceiling ceilingOfSuccessor(
            Caller caller, LiveView view, ServiceAccount account, Credential old) {
        if (caller.name().equals(account.name())) {
            if (!old.id().equals(caller.credential())) {
                throw new RefusedException(
                        Refusal.EXCEEDS_OWN_RIGHTS,
                        "an account rotates the credential that it uses: another one may be of a higher authority");
            }
            return old.ceiling();
        }
        Ceiling ceiling = old.ceiling();
        if (ceiling != null && !gate.excess(caller, view, null, account).isEmpty()) {
            gate.requireHeld(caller, view, null, ceiling.applyTo(account), "rotateCredential");
            return ceiling;
        }
        gate.requireHeld(caller, view, null, account, "rotateCredential");
        return null;
    }

    void delete(Caller caller, ServiceAccount account, String id, Write write) {
        List<String> policies =
                gate.require(caller, gate.view(), "deleteCredential", account.entity());
        Credential credential = find(account, id);
        if (write.dryRun()) {
            return;
        }
        journal.keep(
                journal.event(
                        caller,
                        Event.Kind.CREDENTIAL_DELETED,
                        account.name(),
                        id,
                        policies,
                        describe(credential)),
                tables -> tables.credentials().delete(id));
        directory.remove(credential);
    }

    Credential find(ServiceAccount account, String id) {
        return directory
                .findCredential(id)
                .filter(credential -> credential.accountId().equals(account.id()))
                .orElseThrow(() ->
                        new RefusedException(
                                Refusal.NOT_FOUND,
                                "`" + account.name() + "` has no such credential"));
    }

    private static Map<String, String> describe(Credential credential) {
        Map<String, String> details = new LinkedHashMap<>();
        switch (credential.proof()) {
            case Credential.Proof.Secret _ -> details.put("kind", "client_secret");
            case Credential.Proof.PublicKey(var _, String thumbprint) -> {
                details.put("kind", "public_key");
                details.put("thumbprint", thumbprint);
            }
            case Credential.Proof.Federated(String issuer, String subject, var _) -> {
                details.put("kind", "federated");
                details.put("issuer", issuer);
                details.put("subject", subject);
            }
        }
        details.put(
                "expires_at",
                credential.expiresAt() == null ? "never" : credential.expiresAt().toString());
        return details;
    }
}
