package io.quay.pdp.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.AdminDecision;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.jose.PublicKeys;
import io.quay.pdp.policy.LivePolicies;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.policy.TestRepository;
import io.quay.pdp.quay.RequestMapper;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/// The administration of a test's policies, on a store of the test's choice, and short ways to use
/// it. The clock stands unless it is moved.
public final class Office {
    public static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    public static final String BOSS = "svc-boss";

    public final TestClock clock = new TestClock();

    /// Thumbprints of keys that no account may have.
    public final Set<String> ours = ConcurrentHashMap.newKeySet();

    public final List<Event> refusals = new CopyOnWriteArrayList<>();
    public final Store store;
    public final TestRepository repository;
    public final Directory directory;
    public final LivePolicies policies;
    public final Bootstrap bootstrap;
    public final Administration administration;
    public final DecisionIds ids;
    private Snapshot snapshot;

    public Office(TestRepository repository, Store store) {
        this.repository = repository;
        this.store = store;
        this.snapshot = repository.load();
        this.directory = new Directory(() -> snapshot.accounts());
        this.policies = new LivePolicies(() -> snapshot, directory.managed());
        SecureRandom random = new SecureRandom();
        this.ids = new DecisionIds(clock, random);
        this.bootstrap = new Bootstrap(store, directory, ids, clock);
        EventLog log = (event, _) -> refusals.add(event);
        this.administration =
                new Administration(
                        policies,
                        directory,
                        bootstrap,
                        new Administration.Ports(store, log, new PublicKeys(), ours::contains),
                        new Administration.CredentialLifetimes(
                                Duration.ofDays(90), Duration.ofDays(365)),
                        new Administration.Sources(ids, random, clock));
        directory.load(store);
        administration.load();
        administration.declaredInGit(snapshot.accounts().all());
    }

    /// Loads the repository again, as it is now.
    public void reload() {
        snapshot = repository.load();
        administration.declaredInGit(snapshot.accounts().all());
    }

    public static Caller caller(String name) {
        return caller(name, null);
    }

    /// The account with a token that this credential got.
    public static Caller caller(String name, @Nullable Credential credential) {
        return new Caller(subject(name, credential), "10.0.0.1", "request-1");
    }

    public static Subject.Proved subject(String name, @Nullable Credential credential) {
        return new Subject.Proved(
                EntityRef.serviceAccount(name),
                new Authentication(
                        Authentication.Method.CLIENT_SECRET,
                        null,
                        null,
                        NOW,
                        null,
                        credential == null ? null : credential.id(),
                        null),
                credential == null ? null : credential.ceiling());
    }

    public static AccountSpec spec(String name) {
        return new AccountSpec(name, "", "", null, Set.of(), Map.of(), true, null, false);
    }

    public static AccountSpec owned(String name, String owner) {
        return new AccountSpec(name, "", "", owner, Set.of(), Map.of(), true, null, false);
    }

    public static GrantSpec grant(String role, EntityRef resource) {
        return new GrantSpec(role, resource, null);
    }

    public static CredentialSpec secret() {
        return new CredentialSpec.NewSecret(null, false);
    }

    public AccountView create(String caller, AccountSpec spec) {
        return administration.create(caller(caller), spec, Write.PLAIN).value();
    }

    public StoredGrant give(String caller, String account, String role, EntityRef resource) {
        return administration
                .createGrant(caller(caller), account, grant(role, resource), Write.PLAIN)
                .value();
    }

    public NewCredential mint(String caller, String account) {
        return administration
                .createCredential(caller(caller), account, secret(), Write.PLAIN)
                .value();
    }

    /// Whether the decision point allows it to the account, with this credential.
    public boolean allows(
            String account, @Nullable Credential credential, String action, EntityRef resource) {
        DecisionPoint point =
                new DecisionPoint(
                        policies,
                        new RequestMapper(repository.catalog()),
                        DecisionPoint.UnboundIds.REFUSE,
                        clock);
        return point.decide(
                        new AccessRequest(
                                subject(account, credential),
                                new AccessRequest.Asked.Triple(
                                        action, resource, Map.of(), Map.of(), Map.of()),
                                "10.0.0.1"))
                .decision()
                .allowed();
    }

    public boolean administers(
            String account, @Nullable Credential credential, String action, EntityRef resource) {
        return AdminDecision.decide(
                        policies.get(),
                        subject(account, credential),
                        action,
                        resource,
                        clock.instant(),
                        "10.0.0.1")
                .allowed();
    }

    /// @return the refusal itself
    static RefusedException assertRefused(Refusal refusal, ThrowingCallable call) {
        RefusedException thrown = catchThrowableOfType(RefusedException.class, call);
        assertThat(thrown).isNotNull();
        assertThat(thrown.refusal()).as(thrown.getMessage()).isEqualTo(refusal);
        return thrown;
    }

    /// Stands at [#NOW] until it is moved.
    public static final class TestClock extends Clock {
        private volatile Instant now = NOW;

        public void advance(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException();
        }
    }
}
