package io.quay.pdp;

import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.cli.StartFailure;
import io.quay.pdp.config.Config;
import io.quay.pdp.policy.ActivePolicies;
import io.quay.pdp.policy.LoadedSchema;
import io.quay.pdp.policy.PolicyRepository;
import io.quay.pdp.policy.Problem;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.RequestMapper;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Schema and policies as the start finds them.
record Loaded(LoadedSchema schema, ActivePolicies policies) {
    private static final Duration POLICY_INTERVAL = Duration.ofMillis(500);

    /// @throws StartFailure with everything that is wrong with them
    static Loaded from(Config config, CedarLanguage language, Clock clock) {
        LoadedSchema schema =
                switch (LoadedSchema.load(config.schema().directory(), language)) {
                    case LoadedSchema.Result.Loaded(LoadedSchema loaded) -> loaded;
                    case LoadedSchema.Result.Rejected(List<Problem> problems) ->
                            throw invalid(problems);
                };
        ActivePolicies policies =
                new ActivePolicies(
                        new PolicyRepository(schema, language).ofServer(),
                        config.policies().directory(),
                        POLICY_INTERVAL,
                        clock);
        List<Problem> problems = policies.open();
        if (!problems.isEmpty()) {
            throw invalid(problems);
        }
        return new Loaded(schema, policies);
    }

    private static StartFailure invalid(List<Problem> problems) {
        return StartFailure.invalidPolicies(problems.stream().map(Problem::toString).toList());
    }

    /// Null when the schema is not Quay's.
    @Nullable RequestMapper mapper() {
        Catalog catalog = schema.catalog();
        return catalog == null ? null : new RequestMapper(catalog);
    }

    /// Quay's OAuth scopes.
    Set<String> scopes() {
        Catalog catalog = schema.catalog();
        return catalog == null
                ? Set.of()
                : catalog.operations().stream()
                        .flatMap(operation -> operation.scopes().stream())
                        .collect(Collectors.toUnmodifiableSet());
    }
}
