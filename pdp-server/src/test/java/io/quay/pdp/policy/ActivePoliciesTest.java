package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The watcher, look by look: a change is loaded by the look after the one that saw it.
class ActivePoliciesTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final String SCHEMA =
            "entity User; entity File; action \"read\" appliesTo { principal: [User], resource: [File] };";

    @TempDir private Path parent;
    private TestRepository repository;

    @BeforeEach
    void write() {
        repository = TestRepository.other(parent, SCHEMA);
        repository.with("access/a.cedar", policy("one"));
    }

    private static String policy(String id) {
        return "@id(\"%s\") permit (principal == User::\"u\", action, resource);\n".formatted(id);
    }

    private ActivePolicies opened(Path directory) {
        ActivePolicies policies =
                new ActivePolicies(
                        repository.repository(),
                        directory,
                        Duration.ofHours(1),
                        Clock.fixed(NOW, ZoneOffset.UTC));
        assertThat(policies.open()).isEmpty();
        return policies;
    }

    private ActivePolicies opened() {
        return opened(repository.directory());
    }

    private static void lookTwice(ActivePolicies policies) {
        policies.look();
        policies.look();
    }

    private static String inForce(ActivePolicies policies) {
        return String.join(
                ",",
                policies
                        .get()
                        .set(io.quay.pdp.decision.PolicyKind.ACCESS)
                        .members()
                        .keySet()
                        .stream()
                        .sorted()
                        .toList());
    }

    @Test
    void unchangedDirectoryIsNotLoadedAgain() {
        ActivePolicies policies = opened();
        Snapshot first = policies.get();
        lookTwice(policies);
        assertThat(policies.get()).isSameAs(first);
    }

    @Test
    void plainEditReplacesTheSet_onceItHasBeenStill() {
        ActivePolicies policies = opened();
        repository.with("access/a.cedar", policy("two!"));
        policies.look();
        assertThat(inForce(policies)).isEqualTo("one");
        repository.with("access/b.cedar", policy("three"));
        policies.look();
        assertThat(inForce(policies)).isEqualTo("one");
        policies.look();
        assertThat(inForce(policies)).isEqualTo("three,two!");
        assertThat(policies.failure()).isEmpty();
    }

    @Test
    void editOfTheSameSizeAtTheSameTime_isSeenWhenTheFileIsAnother() throws IOException {
        ActivePolicies policies = opened();
        Path file = repository.directory().resolve("access/a.cedar");
        var time = Files.getLastModifiedTime(file);
        Path other = Files.writeString(parent.resolve("new"), policy("two"));
        Files.setLastModifiedTime(other, time);
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        lookTwice(policies);
        assertThat(inForce(policies)).isEqualTo("two");
    }

    @Test
    void linksSwappedAsKubernetesDoes_replaceTheSet() throws IOException {
        Path volume = Files.createDirectories(parent.resolve("volume"));
        version(volume, "..2026_01", "one");
        Files.createSymbolicLink(volume.resolve("..data"), Path.of("..2026_01"));
        Files.createSymbolicLink(volume.resolve("access"), Path.of("..data/access"));
        ActivePolicies policies = opened(volume);
        assertThat(inForce(policies)).isEqualTo("one");

        version(volume, "..2026_02", "two");
        Files.createSymbolicLink(volume.resolve("..data_tmp"), Path.of("..2026_02"));
        Files.move(
                volume.resolve("..data_tmp"),
                volume.resolve("..data"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        Files.delete(volume.resolve("..2026_01/access/a.cedar"));
        lookTwice(policies);
        assertThat(inForce(policies)).isEqualTo("two");
        assertThat(policies.failure()).isEmpty();
    }

    private static void version(Path volume, String name, String id) throws IOException {
        Path access = Files.createDirectories(volume.resolve(name).resolve("access"));
        Files.writeString(access.resolve("a.cedar"), policy(id));
    }

    @Test
    void directoryThatIsALink_isFollowedToItsNextTarget() throws IOException {
        version(parent, "checkout-1", "one");
        version(parent, "checkout-2", "two");
        Path link = Files.createSymbolicLink(parent.resolve("current"), Path.of("checkout-1"));
        ActivePolicies policies = opened(link);
        Path next = Files.createSymbolicLink(parent.resolve("next"), Path.of("checkout-2"));
        Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        lookTwice(policies);
        assertThat(inForce(policies)).isEqualTo("two");
    }

    @Test
    void anotherCommitWithTheSameFiles_isAnotherVersion() throws IOException {
        Path git = Files.createDirectories(repository.directory().resolve(".git"));
        Files.writeString(git.resolve("HEAD"), "a".repeat(40) + "\n");
        ActivePolicies policies = opened();
        assertThat(policies.get().version()).startsWith("a".repeat(12) + "-");
        Files.writeString(git.resolve("HEAD"), "b".repeat(40) + "\n");
        lookTwice(policies);
        assertThat(policies.get().version()).startsWith("b".repeat(12) + "-");
    }

    @Test
    void brokenSet_leavesTheLastGoodOneAndSaysWhy() {
        ActivePolicies policies = opened();
        String version = policies.get().version();
        repository.with("access/a.cedar", "permit (");
        lookTwice(policies);
        assertThat(policies.get().version()).isEqualTo(version);
        assertThat(inForce(policies)).isEqualTo("one");
        assertThat(policies.failure())
                .hasValueSatisfying(failure -> {
                    assertThat(failure.time()).isEqualTo(NOW);
                    assertThat(failure.problems())
                            .extracting(Problem::file)
                            .containsExactly("access/a.cedar");
                });
        repository.with("access/a.cedar", policy("mended"));
        lookTwice(policies);
        assertThat(policies.failure()).isEmpty();
        assertThat(inForce(policies)).isEqualTo("mended");
    }

    @Test
    void deletedDirectory_keepsServingAndComesBack() throws IOException {
        ActivePolicies policies = opened();
        Path away = parent.resolve("away");
        Files.move(repository.directory(), away);
        lookTwice(policies);
        assertThat(inForce(policies)).isEqualTo("one");
        assertThat(policies.failure().orElseThrow().problems().getFirst().message())
                .contains("no such policy directory");
        Files.move(away, repository.directory());
        lookTwice(policies);
        assertThat(policies.failure()).isEmpty();
    }

    @Test
    void languageThatFails_leavesTheLastGoodSet() {
        PolicyLanguage failing = new FailingLanguage();
        ActivePolicies policies =
                new ActivePolicies(
                        new PolicyRepository(repository.schema(), failing),
                        repository.directory().resolve("empty"),
                        Duration.ofHours(1),
                        Clock.fixed(NOW, ZoneOffset.UTC));
        List<Problem> problems = policies.open();
        assertThat(problems).hasSize(1);
        repository.with("empty/access/a.cedar", policy("x"));
        lookTwice(policies);
        assertThat(policies.failure().orElseThrow().problems())
                .singleElement()
                .asString()
                .contains("loading failed");
    }
}
