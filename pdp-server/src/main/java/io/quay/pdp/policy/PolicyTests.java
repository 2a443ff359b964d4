package io.quay.pdp.policy;

import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.RequestMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs `tests/*.yaml` of a policy directory: with the production decision point, engine and error
/// mode. Not thread-safe.
public final class PolicyTests {
    private final Snapshot snapshot;
    private final @Nullable RequestMapper mapper;
    private final DecisionPoint.UnboundIds unboundIds;
    private final List<PolicyTest> cases = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    /// @param catalog null when the schema is not Quay's
    public PolicyTests(
            Snapshot snapshot, @Nullable Catalog catalog, DecisionPoint.UnboundIds unboundIds) {
        this.snapshot = snapshot;
        this.mapper = catalog == null ? null : new RequestMapper(catalog);
        this.unboundIds = unboundIds;
    }

    public PolicyTest.Report run(Path policies) {
        Path folder = policies.resolve("tests");
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> !file.getFileName().toString().startsWith("."))
                        .sorted()
                        .forEach(this::runFile);
            } catch (IOException e) {
                problems.add(
                        new Problem(
                                "tests",
                                "tests",
                                0,
                                0,
                                "this folder cannot be read: " + e.getMessage(),
                                null));
            }
        }
        return new PolicyTest.Report(cases, problems);
    }

    private void runFile(Path path) {
        String file = "tests/" + path.getFileName();
        if (!file.endsWith(".yaml")) {
            problems.add(
                    new Problem(
                            "tests",
                            file,
                            0,
                            0,
                            "this would not be run",
                            "tests are files *.yaml"));
            return;
        }
        try {
            YamlObject root = YamlObject.root(file, "tests", Files.readString(path), problems);
            root.objects("tests")
                    .forEach(test ->
                            cases.addAll(
                                    new PolicyTestEntry(snapshot, mapper, unboundIds, file, test)
                                            .run()));
            root.refuseUnknownKeys();
        } catch (YamlDocument.ProblemException e) {
            problems.add(e.problem());
        } catch (IOException e) {
            problems.add(
                    new Problem(
                            "tests",
                            file,
                            0,
                            0,
                            "this file cannot be read: " + e.getMessage(),
                            null));
        }
    }
}
