package io.quay.pdp.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.cedar.CedarThreads;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.policy.PolicyRepository;
import io.quay.pdp.policy.PolicyTest;
import io.quay.pdp.policy.PolicyTests;
import io.quay.pdp.policy.Snapshot;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pdp test`.
@Command(
        name = "test",
        description =
                "Runs the tests of a policy directory with the engine and error mode of the server.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp test --policies policies --format junit > report.xml"})
final class TestCommand implements Callable<Integer> {
    enum Format {
        text,
        json,
        junit,
        github
    }

    @Mixin private Workshop workshop = new Workshop();

    @Option(names = "--format", description = "text, json, junit or github (default: text).")
    private Format format = Format.text;

    @Option(
            names = "--unbound-ids",
            description = "refuse or trust_path, as in pdp.yaml (default: refuse).")
    private String unboundIds = "refuse";

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        DecisionPoint.UnboundIds ids = UnboundIdsWord.parse(spec, unboundIds);
        try (CedarThreads threads = new CedarThreads()) {
            PolicyRepository repository = workshop.repository(threads);
            Snapshot snapshot = workshop.load(repository);
            PolicyTest.Report report =
                    new PolicyTests(snapshot, repository.schema().catalog(), ids)
                            .run(workshop.policies());
            if (!report.problems().isEmpty()) {
                throw Workshop.invalid(report.problems());
            }
            PrintWriter out = spec.commandLine().getOut();
            switch (format) {
                case text -> text(report, out);
                case json -> out.println(json(report));
                case junit -> out.print(junit(report));
                case github -> github(report, out);
            }
            out.flush();
            return report.failed() == 0 ? Exit.OK : Exit.TESTS_FAILED;
        }
    }

    private static void text(PolicyTest.Report report, PrintWriter out) {
        for (PolicyTest test : report.cases()) {
            if (!test.passed()) {
                out.println(
                        "FAILED "
                                + test.file()
                                + ":"
                                + test.line()
                                + ": "
                                + test.test()
                                + ": "
                                + test.name());
                out.println("       " + test.failure());
            }
        }
        if (report.cases().isEmpty()) {
            out.println(
                    "warning: there are no tests: they are files tests/*.yaml of the directory");
        }
        out.println(report.cases().size() + " cases, " + report.failed() + " failed");
    }

    private static ObjectNode json(PolicyTest.Report report) {
        ObjectNode root =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("cases", report.cases().size())
                        .put("failed", report.failed());
        ArrayNode results = root.putArray("results");
        report.cases()
                .forEach(test ->
                        results.addObject()
                                .put("file", test.file())
                                .put("line", test.line())
                                .put("test", test.test())
                                .put("case", test.name())
                                .put("passed", test.passed())
                                .put("failure", test.failure()));
        return root;
    }

    private static void github(PolicyTest.Report report, PrintWriter out) {
        report.cases().stream()
                .filter(test -> !test.passed())
                .forEach(test ->
                        out.println(
                                "::error file="
                                        + test.file()
                                        + ",line="
                                        + test.line()
                                        + ",title=policy test::"
                                        + (test.test() + ": " + test.name() + ": " + test.failure())
                                                .replace("%", "%25")
                                                .replace("\n", "%0A")));
    }

    private static String junit(PolicyTest.Report report) {
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml.append(
                "<testsuites tests=\"%d\" failures=\"%d\">\n"
                        .formatted(report.cases().size(), report.failed()));
        Map<String, List<PolicyTest>> suites =
                report.cases().stream()
                        .collect(
                                Collectors.groupingBy(
                                        PolicyTest::test, TreeMap::new, Collectors.toList()));
        suites.forEach((name, tests) -> {
            long failures = tests.stream().filter(test -> !test.passed()).count();
            xml.append(
                    "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\">\n"
                            .formatted(xmlText(name), tests.size(), failures));
            for (PolicyTest test : tests) {
                xml.append(
                        "    <testcase classname=\"%s\" name=\"%s\""
                                .formatted(xmlText(test.file()), xmlText(test.name())));
                String failure = test.failure();
                xml.append(
                        failure == null
                                ? "/>\n"
                                : "><failure message=\"%s\"/></testcase>\n"
                                        .formatted(xmlText(failure)));
            }
            xml.append("  </testsuite>\n");
        });
        return xml.append("</testsuites>\n").toString();
    }

    private static String xmlText(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replaceAll("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]", " ");
    }
}
