package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Decision;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.EntityRef;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every answer is that of exactly one version, also while versions are replaced.
class SwapUnderLoadTest {
    private static final String SCHEMA =
            "entity User; entity File; action \"read\" appliesTo { principal: [User], resource: [File] };";
    private static final int USERS = 5;
    private static final int VERSIONS = 60;

    @TempDir private Path directory;

    private record Answer(String version, int user, boolean allowed) {}

    /// Permits one user and forbids the one after it, who is permitted as well.
    private static String policies(int version) {
        int user = version % USERS;
        int other = (version + 1) % USERS;
        return """
        // version %d
        @id("one") permit (principal == User::"%d", action, resource);
        @id("other") permit (principal == User::"%d", action, resource);
        @id("no") forbid (principal == User::"%d", action, resource) when { principal == principal };
        """
                .formatted(version, user, other, other);
    }

    @Test
    void everyAnswerMatchesItsVersion() throws ExecutionException, InterruptedException {
        TestRepository repository =
                TestRepository.other(directory, SCHEMA).with("access/a.cedar", policies(0));
        ActivePolicies active =
                new ActivePolicies(
                        repository.repository(),
                        repository.directory(),
                        Duration.ofHours(1),
                        Clock.systemUTC());
        assertThat(active.open()).isEmpty();
        Map<String, Integer> permitted = new HashMap<>(Map.of(active.get().version(), 0));
        Queue<Answer> answers = new ConcurrentLinkedQueue<>();
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first = threads.submit(() -> ask(active, answers, done));
            Future<?> second = threads.submit(() -> ask(active, answers, done));
            for (int version = 1; version < VERSIONS; version++) {
                repository.with("access/a.cedar", policies(version) + " ".repeat(version));
                active.look();
                active.look();
                permitted.put(active.get().version(), version % USERS);
            }
            done.set(true);
            first.get();
            second.get();
        }
        assertThat(permitted).hasSize(VERSIONS);
        assertThat(answers).isNotEmpty();
        for (Answer answer : answers) {
            assertThat(permitted).containsKey(answer.version());
            assertThat(answer.allowed())
                    .as(answer.toString())
                    .isEqualTo(permitted.getOrDefault(answer.version(), -1) == answer.user());
        }
        assertThat(answers.stream().map(Answer::version).distinct().count()).isGreaterThan(3);
    }

    private static void ask(ActivePolicies active, Queue<Answer> answers, AtomicBoolean done) {
        DecisionPoint point =
                new DecisionPoint(active, null, DecisionPoint.UnboundIds.REFUSE, Clock.systemUTC());
        while (!done.get()) {
            for (int user = 0; user < USERS; user++) {
                Decision decision =
                        point.decide(
                                        new AccessRequest(
                                                Subject.Named.of(
                                                        new EntityRef(
                                                                "User", String.valueOf(user))),
                                                new AccessRequest.Asked.Triple(
                                                        "read",
                                                        new EntityRef("File", "f"),
                                                        Map.of(),
                                                        Map.of(),
                                                        Map.of()),
                                                null))
                                .decision();
                answers.add(new Answer(decision.version(), user, decision.allowed()));
            }
        }
    }
}
