package io.quay.pdp.policy;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The policies in force: the last set that loaded cleanly. A thread of its own watches the
/// directory; a new set that loads cleanly replaces the old one in one step, any other leaves it
/// and is reported.
///
/// The directory is polled, because one look that follows links sees plain edits, checkouts, and
/// the swapped links of Kubernetes volumes and git-sync alike. Safe for use by any number of
/// threads.
public final class ActivePolicies implements Supplier<Snapshot>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ActivePolicies.class);

    /// The last load that was refused.
    public record Failure(Instant time, List<Problem> problems) {
        public Failure {
            problems = List.copyOf(problems);
        }
    }

    private final PolicyRepository repository;
    private final Path directory;
    private final Duration interval;
    private final Clock clock;
    private final AtomicReference<@Nullable Snapshot> current = new AtomicReference<>();
    private final AtomicReference<@Nullable Failure> failure = new AtomicReference<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Consumer<Snapshot> listener = _ -> {};
    private final LongAdder failedLoads = new LongAdder();
    private @Nullable String seen;
    private @Nullable String loaded;

    public ActivePolicies(
            PolicyRepository repository, Path directory, Duration interval, Clock clock) {
        this.repository = repository;
        this.directory = directory;
        this.interval = interval;
        this.clock = clock;
    }

    /// Loads for the first time.
    ///
    /// @return what is wrong; when that is not empty nothing is in force
    public List<Problem> open() {
        loaded = fingerprint();
        seen = loaded;
        return switch (repository.load(directory)) {
            case PolicyRepository.Result.Rejected(List<Problem> problems) -> problems;
            case PolicyRepository.Result.Loaded(Snapshot snapshot) -> {
                current.set(snapshot);
                LOG.atInfo()
                        .addKeyValue("version", snapshot.version())
                        .addKeyValue("policies", snapshot.policyCount())
                        .log("policies loaded");
                yield List.of();
            }
        };
    }

    /// Tells of the set in force, and of each that replaces it, before anybody gets it.
    public void onLoad(Consumer<Snapshot> other) {
        other.accept(get());
        listener = other;
    }

    /// Starts to watch.
    public void start() {
        Thread.ofPlatform().daemon().name("policy-watch").start(this::watch);
    }

    private void watch() {
        try {
            while (!closed.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// One look at the directory: loads it when it has changed and has then been still for one
    /// interval.
    void look() {
        String now = fingerprint();
        boolean still = now.equals(seen);
        seen = now;
        if (!still || now.equals(loaded)) {
            return;
        }
        try {
            PolicyRepository.Result result = repository.load(directory);
            if (!now.equals(fingerprint())) {
                return; // it changed while it was read
            }
            loaded = now;
            activate(result);
        } catch (RuntimeException | StackOverflowError e) {
            loaded = now;
            LOG.atError()
                    .setCause(e)
                    .log("loading policies failed, the last good set stays in force");
            failedLoads.increment();
            failure.set(
                    new Failure(
                            clock.instant(),
                            List.of(
                                    new Problem(
                                            "internal",
                                            directory.toString(),
                                            0,
                                            0,
                                            "loading failed: " + e,
                                            null))));
        }
    }

    /// Whether the listener took it; when not, the next look tries again.
    private boolean told(Snapshot snapshot) {
        try {
            listener.accept(snapshot);
            return true;
        } catch (RuntimeException e) {
            loaded = null;
            LOG.atError()
                    .setCause(e)
                    .log("new policies cannot be put into force yet, the last good set stays");
            return false;
        }
    }

    private void activate(PolicyRepository.Result result) {
        switch (result) {
            case PolicyRepository.Result.Rejected(List<Problem> problems) -> {
                failedLoads.increment();
                failure.set(new Failure(clock.instant(), problems));
                LOG.atError()
                        .addKeyValue(
                                "problems",
                                problems.stream().limit(20).map(Problem::toString).toList())
                        .addKeyValue("in_force", get().version())
                        .log("policies refused, the last good set stays in force");
            }
            case PolicyRepository.Result.Loaded(Snapshot snapshot) -> {
                if (!told(snapshot)) {
                    return;
                }
                current.set(snapshot);
                failure.set(null);
                LOG.atInfo()
                        .addKeyValue("version", snapshot.version())
                        .addKeyValue("policies", snapshot.policyCount())
                        .log("policies replaced");
            }
        }
    }

    @Override
    public Snapshot get() {
        Snapshot snapshot = current.get();
        if (snapshot == null) {
            throw new IllegalStateException("no policies are loaded");
        }
        return snapshot;
    }

    /// Why the directory as it is now is not in force; empty when it is.
    public Optional<Failure> failure() {
        return Optional.ofNullable(failure.get());
    }

    /// How many changed directories were refused since the start.
    public long failedLoads() {
        return failedLoads.sum();
    }

    /// Names, sizes and times of all files, with links followed.
    private String fingerprint() {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> walk = Files.walk(directory, 6, FileVisitOption.FOLLOW_LINKS)) {
            walk.sorted()
                    .forEach(path -> {
                        try {
                            BasicFileAttributes attributes =
                                    Files.readAttributes(path, BasicFileAttributes.class);
                            if (attributes.isRegularFile()
                                    && !directory.relativize(path).startsWith(".git")) {
                                text.append(path)
                                        .append(' ')
                                        .append(attributes.size())
                                        .append(' ')
                                        .append(attributes.lastModifiedTime())
                                        .append(' ')
                                        .append(attributes.fileKey())
                                        .append('\n');
                            }
                        } catch (IOException _) {
                            text.append(path).append(" unreadable\n");
                        }
                    });
        } catch (IOException | java.io.UncheckedIOException e) {
            text.append("unreadable ").append(e.getClass().getSimpleName());
        }
        return text.append(GitCommit.of(directory).orElse("")).toString();
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
