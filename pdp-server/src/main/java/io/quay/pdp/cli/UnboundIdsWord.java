package io.quay.pdp.cli;

import io.quay.pdp.decision.DecisionPoint;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// The option `--unbound-ids`, by the words of pdp.yaml.
final class UnboundIdsWord {
    private UnboundIdsWord() {}

    static DecisionPoint.UnboundIds parse(CommandSpec spec, String word) {
        return switch (word) {
            case "refuse" -> DecisionPoint.UnboundIds.REFUSE;
            case "trust_path" -> DecisionPoint.UnboundIds.TRUST_PATH;
            default ->
                    throw new ParameterException(
                            spec.commandLine(), "--unbound-ids must be refuse or trust_path");
        };
    }
}
