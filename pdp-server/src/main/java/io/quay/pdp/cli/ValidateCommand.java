package io.quay.pdp.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.cedar.CedarThreads;
import io.quay.pdp.policy.LoadedSchema;
import io.quay.pdp.policy.PolicyRepository;
import io.quay.pdp.policy.Problem;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pdp validate`.
@Command(
        name = "validate",
        description = "Parses, checks against the schema and lints a policy directory.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp validate --policies policies --format github"})
final class ValidateCommand implements Callable<Integer> {
    enum Format {
        text,
        json,
        sarif,
        github
    }

    @Mixin private Workshop workshop = new Workshop();

    @Option(names = "--format", description = "text, json, sarif or github (default: text).")
    private Format format = Format.text;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        try (CedarThreads threads = new CedarThreads()) {
            CedarLanguage language = new CedarLanguage(threads);
            return switch (LoadedSchema.load(workshop.schema(), language)) {
                case LoadedSchema.Result.Rejected(List<Problem> problems) -> report(problems, "");
                case LoadedSchema.Result.Loaded(LoadedSchema schema) ->
                        switch (new PolicyRepository(schema, language).load(workshop.policies())) {
                            case PolicyRepository.Result.Rejected(List<Problem> problems) ->
                                    report(problems, "");
                            case PolicyRepository.Result.Loaded(var snapshot) ->
                                    report(
                                            List.of(),
                                            "valid: "
                                                    + snapshot.policyCount()
                                                    + " policies and grants, version "
                                                    + snapshot.version());
                        };
            };
        }
    }

    private int report(List<Problem> problems, String summary) {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        switch (format) {
            case text -> {
                problems.forEach(problem -> err.println("error: " + problem));
                if (problems.isEmpty()) {
                    out.println(summary);
                }
            }
            case json -> out.println(json(problems));
            case sarif -> out.println(sarif(problems));
            case github ->
                    problems.forEach(problem ->
                            out.println(
                                    "::error file="
                                            + escape(problem.file())
                                            + ",line="
                                            + Math.max(1, problem.line())
                                            + ",col="
                                            + Math.max(1, problem.column())
                                            + ",title="
                                            + escape(problem.rule())
                                            + "::"
                                            + escape(text(problem))));
        }
        out.flush();
        err.flush();
        return problems.isEmpty() ? Exit.OK : Exit.INVALID;
    }

    private static String text(Problem problem) {
        return problem.message() + (problem.hint() == null ? "" : "; " + problem.hint());
    }

    private static String escape(String text) {
        return text.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D");
    }

    private static ObjectNode json(List<Problem> problems) {
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("valid", problems.isEmpty());
        ArrayNode list = root.putArray("problems");
        problems.forEach(problem ->
                list.addObject()
                        .put("rule", problem.rule())
                        .put("file", problem.file())
                        .put("line", problem.line())
                        .put("column", problem.column())
                        .put("message", problem.message())
                        .put("hint", problem.hint()));
        return root;
    }

    /// SARIF 2.1.0, as code scanning services take it.
    private static ObjectNode sarif(List<Problem> problems) {
        ObjectNode root =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
                        .put("version", "2.1.0");
        ObjectNode run = root.putArray("runs").addObject();
        run.putObject("tool").putObject("driver").put("name", "pdp validate");
        ArrayNode results = run.putArray("results");
        for (Problem problem : problems) {
            ObjectNode result =
                    results.addObject().put("ruleId", problem.rule()).put("level", "error");
            result.putObject("message").put("text", text(problem));
            ObjectNode location =
                    result.putArray("locations").addObject().putObject("physicalLocation");
            location.putObject("artifactLocation").put("uri", problem.file());
            location.putObject("region")
                    .put("startLine", Math.max(1, problem.line()))
                    .put("startColumn", Math.max(1, problem.column()));
        }
        return root;
    }
}
