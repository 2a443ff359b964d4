package io.quay.pdp.cli;

import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.cedar.CedarThreads;
import io.quay.pdp.policy.LoadedSchema;
import io.quay.pdp.policy.PolicyRepository;
import io.quay.pdp.policy.Problem;
import io.quay.pdp.policy.Snapshot;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options and parts of every command that works on a policy directory.
final class Workshop {
    @Option(
            names = "--policies",
            paramLabel = "DIR",
            description = "The policy directory (default: ./policies).")
    private @Nullable Path policies;

    @Option(
            names = "--schema",
            paramLabel = "DIR",
            description = "The schema directory (default: ./schema).")
    private @Nullable Path schema;

    /// The policy directory.
    Path policies() {
        return policies != null ? policies : Home.directory("policies");
    }

    Path schema() {
        return schema != null ? schema : Home.directory("schema");
    }

    /// @throws Failure 3 with everything that is wrong with the schema
    PolicyRepository repository(CedarThreads threads) {
        CedarLanguage language = new CedarLanguage(threads);
        return switch (LoadedSchema.load(schema(), language)) {
            case LoadedSchema.Result.Loaded(LoadedSchema loaded) ->
                    new PolicyRepository(loaded, language);
            case LoadedSchema.Result.Rejected(List<Problem> problems) -> throw invalid(problems);
        };
    }

    /// @throws Failure 3 with everything that is wrong
    Snapshot load(PolicyRepository repository) {
        return switch (repository.load(policies())) {
            case PolicyRepository.Result.Loaded(Snapshot snapshot) -> snapshot;
            case PolicyRepository.Result.Rejected(List<Problem> problems) ->
                    throw invalid(problems);
        };
    }

    static Failure invalid(List<Problem> problems) {
        return new Failure(Exit.INVALID, problems.stream().map(Problem::toString).toList());
    }
}
