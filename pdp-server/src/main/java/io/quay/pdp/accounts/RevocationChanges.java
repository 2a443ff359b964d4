package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Field;
import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Revocation;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Revoking tokens. The caller holds the lock of [Administration].
final class RevocationChanges {
    private final Gate gate;
    private final Journal journal;
    private final Directory directory;
    private final CredentialChanges credentials;

    RevocationChanges(
            Gate gate, Journal journal, Directory directory, CredentialChanges credentials) {
        this.gate = gate;
        this.journal = journal;
        this.directory = directory;
        this.credentials = credentials;
    }

    Write.Done<Revocation> revoke(
            Caller caller, RevocationSpec spec, @Nullable Instant before, Write write) {
        LiveView view = gate.view();
        ServiceAccount account = named(spec, view);
        List<String> policies =
                gate.require(
                        caller,
                        view,
                        "revoke",
                        account == null ? EntityRef.registry() : account.entity());
        Optional<String> earlier = journal.findCreated(caller, write);
        if (earlier.isPresent()) {
            return new Write.Done<>(existing(earlier.get()), false);
        }
        Revocation revocation =
                new Revocation(
                        journal.newId("rev_"),
                        target(spec, account, view),
                        moment(before),
                        caller.name(),
                        journal.now());
        if (!write.dryRun()) {
            keep(caller, revocation, account, policies, write);
        }
        return new Write.Done<>(revocation, true);
    }

    /// The account that it is about, if any.
    private static @Nullable ServiceAccount named(RevocationSpec spec, LiveView view) {
        return switch (spec) {
            case RevocationSpec.Account(String name) -> AccountViews.present(view, name);
            case RevocationSpec.OneCredential(String name, var _) ->
                    AccountViews.present(view, name);
            case RevocationSpec.Issuer _, RevocationSpec.Everything _ -> null;
        };
    }

    /// Those that the caller may see, oldest first.
    List<Revocation> list(Caller caller, @Nullable String after, int limit) {
        LiveView view = gate.view();
        return directory.revocations().stream()
                .filter(revocation -> after == null || revocation.id().compareTo(after) > 0)
                .filter(revocation ->
                        gate.allows(
                                caller, view, "readRevocations", about(view, revocation.target())))
                .limit(limit)
                .toList();
    }

    /// The account that a revocation is about, or the Registry.
    private EntityRef about(LiveView view, Revocation.Target target) {
        Optional<String> accountId =
                switch (target) {
                    case Revocation.Target.Account(String id) -> Optional.of(id);
                    case Revocation.Target.Credential(String id) ->
                            directory.findCredential(id).map(Credential::accountId);
                    case Revocation.Target.Issuer _,
                            Revocation.Target.Token _,
                            Revocation.Target.Everything _ ->
                            Optional.empty();
                };
        return accountId
                .flatMap(id ->
                        view.accounts().all().stream()
                                .filter(account -> account.id().equals(id))
                                .findFirst())
                .map(ServiceAccount::entity)
                .orElse(EntityRef.registry());
    }

    /// Revokes one token for the client that it was issued to (RFC 7009 §2.1), which needs no
    /// permit.
    ///
    /// @param account the client's name
    void revokeToken(
            String account,
            @Nullable String credential,
            String tokenId,
            @Nullable String requestId,
            @Nullable String sourceIp) {
        Instant now = journal.now();
        Revocation revocation =
                new Revocation(
                        journal.newId("rev_"),
                        new Revocation.Target.Token(tokenId),
                        now.plusMillis(1),
                        account,
                        now);
        Event event =
                new Event(
                        journal.newId(""),
                        now,
                        Event.Kind.TOKEN_REVOKED,
                        account,
                        credential,
                        account,
                        tokenId,
                        null,
                        List.of(),
                        requestId,
                        sourceIp,
                        Map.of());
        journal.keep(event, tables -> tables.revocations().insert(revocation));
        directory.put(revocation);
    }

    private Revocation existing(String id) {
        return directory.revocations().stream()
                .filter(revocation -> revocation.id().equals(id))
                .findFirst()
                .orElseThrow(() ->
                        new RefusedException(
                                Refusal.CONFLICT,
                                "the revocation that this Idempotency-Key made is no longer needed"));
    }

    private Revocation.Target target(
            RevocationSpec spec, @Nullable ServiceAccount account, LiveView view) {
        return switch (spec) {
            case RevocationSpec.Account(String name) ->
                    new Revocation.Target.Account(required(account, name).id());
            case RevocationSpec.OneCredential(String name, String id) ->
                    new Revocation.Target.Credential(
                            credentials.find(required(account, name), id).id());
            case RevocationSpec.Issuer(String name) -> {
                if (view.issuers().stream().noneMatch(issuer -> issuer.name().equals(name))) {
                    throw invalid("/issuer", "is not in issuers.yaml: GET /v1/issuers lists them");
                }
                yield new Revocation.Target.Issuer(name);
            }
            case RevocationSpec.Everything() -> new Revocation.Target.Everything();
        };
    }

    private static ServiceAccount required(@Nullable ServiceAccount account, String name) {
        if (account == null) {
            throw Gate.noSuchAccount(name);
        }
        return account;
    }

    /// Without a moment: all that was issued up to now, this millisecond included.
    private Instant moment(@Nullable Instant before) {
        Instant now = journal.now().plusMillis(1);
        if (before != null && before.isAfter(now)) {
            throw invalid("/before", "must not be in the future");
        }
        return before == null ? now : before.truncatedTo(ChronoUnit.MILLIS);
    }

    private static RefusedException invalid(String pointer, String detail) {
        return new RefusedException(
                Refusal.INVALID,
                "the revocation cannot be as described",
                List.of(new Field(pointer, detail)));
    }

    private void keep(
            Caller caller,
            Revocation revocation,
            @Nullable ServiceAccount account,
            List<String> policies,
            Write write) {
        Event event =
                journal.event(
                        caller,
                        Event.Kind.REVOKED,
                        account == null ? null : account.name(),
                        revocation.id(),
                        policies,
                        Map.of(
                                "target",
                                describe(revocation.target()),
                                "before",
                                revocation.before().toString()));
        journal.create(
                caller,
                write,
                revocation.id(),
                event,
                tables -> tables.revocations().insert(revocation));
        directory.put(revocation);
    }

    private static String describe(Revocation.Target target) {
        return switch (target) {
            case Revocation.Target.Account(String id) -> "account " + id;
            case Revocation.Target.Credential(String id) -> "credential " + id;
            case Revocation.Target.Issuer(String name) -> "issuer " + name;
            case Revocation.Target.Token(String id) -> "token " + id;
            case Revocation.Target.Everything() -> "everything";
        };
    }
}
