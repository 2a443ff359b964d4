package io.quay.pdp.token;

import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.token.KeyMaker.Signer;
import io.quay.pdp.token.SigningKey.State;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The keys that sign tokens, access tokens or those for Quay: for each algorithm one that signs,
/// one that is published to sign next, and those that signed tokens which may still live. Safe for
/// use by any number of threads; every change is durable before it counts.
public final class KeyRing {
    /// Every ring has keys of these: RS256 is what all verifiers know (RFC 9068 §2.1).
    public static final List<String> ALGORITHMS = List.of("ES256", "RS256");

    /// How long a key is published after it signed last: longer than any token lives.
    static final Duration KEPT = AccessTokens.MAX_LIFETIME.plus(AccessTokens.SKEW);

    /// @param algorithms of which the ring has keys
    /// @param algorithm that tokens are signed with, one of those
    /// @param publishAhead how long a key is published at least before it signs
    /// @param rotationInterval after which the next key takes over
    /// @param kept how long a key is published after it signed last
    public record Settings(
            List<String> algorithms,
            String algorithm,
            Duration publishAhead,
            Duration rotationInterval,
            Duration kept) {
        public Settings {
            algorithms = List.copyOf(algorithms);
            if (!ALGORITHMS.containsAll(algorithms) || !algorithms.contains(algorithm)) {
                throw new IllegalArgumentException("no such signing algorithm: " + algorithm);
            }
        }

        /// Of the ring that signs access tokens.
        public Settings(String algorithm, Duration publishAhead, Duration rotationInterval) {
            this(ALGORITHMS, algorithm, publishAhead, rotationInterval, KEPT);
        }
    }

    /// Who has the ring changed; all null for the schedule.
    public record By(
            @Nullable String actor,
            @Nullable String credential,
            @Nullable String requestId,
            @Nullable String sourceIp) {
        public static final By SCHEDULE = new By(null, null, null, null);
    }

    /// What became of the wish to rotate.
    public sealed interface Rotation {
        record Done() implements Rotation {}

        /// The next keys take over by themselves at this moment: until then somebody may hold a
        /// copy of the key set without them.
        record Scheduled(Instant at) implements Rotation {}
    }

    /// One state of the ring.
    private record Ring(List<SigningKey> keys, Map<String, Signer> signers, String jwks) {
        static final Ring EMPTY = new Ring(List.of(), Map.of(), "{\"keys\":[]}");
    }

    private final SigningKeys store;
    private final KeyMaker maker;
    private final Settings settings;
    private final DecisionIds ids;
    private final Clock clock;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Ring ring = Ring.EMPTY;
    private boolean wanted;

    public KeyRing(
            SigningKeys store, KeyMaker maker, Settings settings, DecisionIds ids, Clock clock) {
        this.store = store;
        this.maker = maker;
        this.settings = settings;
        this.ids = ids;
        this.clock = clock;
    }

    /// Opens the kept ring, or makes the first one. Every key is opened: one that does not open
    /// stops the start, because a new ring in its place would pass for a rotation.
    ///
    /// @throws IllegalStateException when a key does not open
    public void open() {
        lock.lock();
        try {
            List<SigningKey> kept = store.all();
            if (kept.isEmpty()) {
                // No token is older than these keys, so nobody can hold a copy without them.
                keep(fresh(), By.SCHEDULE);
            } else {
                ring = opened(kept);
            }
        } finally {
            lock.unlock();
        }
        tick();
    }

    /// Opens the kept ring to sign beside the server whose it is: nothing is made, rotated or kept.
    ///
    /// @return whether there is one
    public boolean openKept() {
        lock.lock();
        try {
            ring = opened(store.all());
            return !ring.keys().isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /// Does what is due by the clock: called about once a minute.
    public void tick() {
        advance(By.SCHEDULE);
    }

    /// Lets the next keys take over as soon as they were published long enough: now, or at a later
    /// [#tick] of this process.
    public Rotation rotate(By by) {
        lock.lock();
        try {
            wanted = true;
            advance(by);
            return wanted ? new Rotation.Scheduled(allPublished()) : new Rotation.Done();
        } finally {
            lock.unlock();
        }
    }

    /// For a key that leaked: replaces every key by a new one at once. All tokens issued until now
    /// are refused from now on, and verifiers with a copy of the key set refuse new ones until they
    /// fetch it again.
    public void replaceAll(By by) {
        lock.lock();
        try {
            keep(fresh(), by);
            wanted = false;
        } finally {
            lock.unlock();
        }
    }

    /// Signs with the active key.
    public String sign(String type, Map<String, Object> claims) {
        Ring now = ring;
        SigningKey active =
                find(now.keys(), settings.algorithm(), State.ACTIVE)
                        .orElseThrow(() -> new IllegalStateException("the ring is not open"));
        Signer signer = now.signers().get(active.kid());
        if (signer == null) {
            throw new IllegalStateException("the ring lost a key");
        }
        return signer.sign(type, claims);
    }

    /// The key of this name that may have signed a token: one to come has signed none.
    public Optional<SigningKey> verifying(String kid) {
        return ring.keys().stream()
                .filter(key -> key.kid().equals(kid) && key.state() != State.NEXT)
                .findFirst();
    }

    /// Whether a public key is one of the ring's.
    ///
    /// @param thumbprint RFC 7638, SHA-256
    public boolean holds(String thumbprint) {
        return ring.keys().stream().anyMatch(key -> key.kid().equals(thumbprint));
    }

    /// The ring as it is.
    public List<SigningKey> keys() {
        return ring.keys();
    }

    /// The public keys as a JSON Web Key Set (RFC 7517 §5).
    public String jwks() {
        return ring.jwks();
    }

    /// How long others may keep a copy of [#jwks]: so short that none misses a key that signs.
    public Duration maxAge() {
        Duration third = settings.publishAhead().dividedBy(3);
        return third.compareTo(Duration.ofMinutes(5)) < 0 ? third : Duration.ofMinutes(5);
    }

    private void advance(By by) {
        lock.lock();
        try {
            Instant now = clock.instant();
            List<SigningKey> keys = new ArrayList<>(ring.keys());
            keys.removeIf(key ->
                    key.state() == State.RETIRING
                            && !now.isBefore(key.stateSince().plus(settings.kept())));
            boolean rotates = due(keys, now) && !now.isBefore(allPublished());
            if (rotates) {
                keys.replaceAll(key -> successor(key, now));
            }
            for (String algorithm : settings.algorithms()) {
                if (find(keys, algorithm, State.NEXT).isEmpty()) {
                    keys.add(maker.generate(algorithm, State.NEXT, now));
                }
            }
            if (!keys.equals(ring.keys())) {
                keep(keys, by);
            }
            wanted = wanted && !rotates;
        } finally {
            lock.unlock();
        }
    }

    private boolean due(List<SigningKey> keys, Instant now) {
        return wanted
                || settings.algorithms().stream()
                        .map(algorithm -> find(keys, algorithm, State.ACTIVE))
                        .anyMatch(active ->
                                active.isEmpty()
                                        || !now.isBefore(
                                                active.get()
                                                        .stateSince()
                                                        .plus(settings.rotationInterval())));
    }

    private static SigningKey successor(SigningKey key, Instant now) {
        return switch (key.state()) {
            case NEXT -> in(key, State.ACTIVE, now);
            case ACTIVE -> in(key, State.RETIRING, now);
            case RETIRING -> key;
        };
    }

    private Instant allPublished() {
        return ring.keys().stream()
                .filter(key -> key.state() == State.NEXT)
                .map(next -> next.stateSince().plus(settings.publishAhead()))
                .max(Instant::compareTo)
                .orElseGet(clock::instant);
    }

    private List<SigningKey> fresh() {
        Instant now = clock.instant();
        List<SigningKey> keys = new ArrayList<>();
        for (String algorithm : settings.algorithms()) {
            keys.add(maker.generate(algorithm, State.ACTIVE, now));
            keys.add(maker.generate(algorithm, State.NEXT, now));
        }
        return keys;
    }

    private void keep(List<SigningKey> keys, By by) {
        Ring replacement = opened(keys);
        store.replace(replacement.keys(), event(ring.keys(), keys, by));
        ring = replacement;
    }

    private Ring opened(List<SigningKey> keys) {
        Map<String, Signer> signers = new HashMap<>();
        keys.forEach(key -> signers.put(key.kid(), maker.open(key)));
        String jwks =
                keys.stream()
                        .map(SigningKey::publicJwk)
                        .collect(Collectors.joining(",", "{\"keys\":[", "]}"));
        return new Ring(List.copyOf(keys), Map.copyOf(signers), jwks);
    }

    /// What changed, by key.
    private Event event(List<SigningKey> before, List<SigningKey> after, By by) {
        Map<String, State> old =
                before.stream().collect(Collectors.toMap(SigningKey::kid, SigningKey::state));
        Map<String, String> changes = new LinkedHashMap<>();
        for (SigningKey key : after) {
            if (key.state() != old.remove(key.kid())) {
                changes.put(key.kid(), key.algorithm() + " " + word(key.state()));
            }
        }
        after.forEach(key -> old.remove(key.kid()));
        old.keySet().forEach(kid -> changes.put(kid, "removed"));
        return new Event(
                ids.next(),
                clock.instant(),
                Event.Kind.KEYS_ROTATED,
                by.actor(),
                by.credential(),
                null,
                null,
                null,
                List.of(),
                by.requestId(),
                by.sourceIp(),
                changes);
    }

    private static String word(State state) {
        return switch (state) {
            case NEXT -> "next";
            case ACTIVE -> "active";
            case RETIRING -> "retiring";
        };
    }

    private static Optional<SigningKey> find(List<SigningKey> keys, String algorithm, State state) {
        return keys.stream()
                .filter(key -> key.algorithm().equals(algorithm) && key.state() == state)
                .findFirst();
    }

    private static SigningKey in(SigningKey key, State state, Instant since) {
        return new SigningKey(
                key.kid(),
                key.algorithm(),
                state,
                key.publicJwk(),
                key.sealedPrivate(),
                key.createdAt(),
                since);
    }
}
