package io.quay.pdp.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.gateway.doctor.Check;
import io.quay.pdp.gateway.doctor.Examination;
import io.quay.pdp.gateway.doctor.Finding;
import java.io.PrintWriter;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What the doctor found, for people and for programs.
///
/// @param accepted checks whose warnings count no more
record DoctorReport(URI quay, Examination.Report report, Set<Check> accepted) {
    private static final int SHOWN_ITEMS = 10;

    boolean inOrder() {
        return report.findings().stream().noneMatch(this::counts);
    }

    private boolean counts(Finding finding) {
        return finding.counts() && !isAccepted(finding);
    }

    private boolean isAccepted(Finding finding) {
        return accepted.contains(finding.check()) && finding.acceptable();
    }

    void print(PrintWriter out) {
        out.println((report.version().isEmpty() ? "Quay" : report.version()) + " at " + quay);
        for (Finding finding : report.findings()) {
            out.printf(
                    "%-8s %-22s %s%n",
                    word(finding) + (isAccepted(finding) && finding.counts() ? "*" : ""),
                    finding.check().id(),
                    finding.seen());
            List<String> items = finding.items();
            items.stream().limit(SHOWN_ITEMS).forEach(item -> out.println(" ".repeat(33) + item));
            if (items.size() > SHOWN_ITEMS) {
                out.println(
                        " ".repeat(33)
                                + "… and "
                                + (items.size() - SHOWN_ITEMS)
                                + " more, see --format json");
            }
            if (!finding.remedy().isEmpty()) {
                out.println(" ".repeat(9) + "to do: " + finding.remedy());
            }
        }
        long findings = report.findings().stream().filter(this::counts).count();
        long taken =
                report.findings().stream().filter(each -> each.counts() && !counts(each)).count();
        out.println(findings + " findings" + (taken == 0 ? "" : ", " + taken + " accepted (*)"));
    }

    private static String word(Finding finding) {
        return switch (finding.outcome()) {
            case FAILED -> finding.check().severity().name().toLowerCase(Locale.ROOT);
            case UNKNOWN -> "unknown";
            case PASSED -> "ok";
        };
    }

    /// `{"quay", "version", "in_order", "findings": [{"id", "severity", "accepted", "seen",
    /// "to_do", "items"}], "passed": [{"id", "seen"}]}`.
    String json() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("quay", quay.toString());
        root.put("version", report.version());
        root.put("in_order", inOrder());
        ArrayNode findings = root.putArray("findings");
        ArrayNode passed = root.putArray("passed");
        for (Finding finding : report.findings()) {
            boolean fine = finding.outcome() == Finding.Outcome.PASSED;
            ObjectNode node = (fine ? passed : findings).addObject();
            node.put("id", finding.check().id());
            if (!fine) {
                node.put("severity", word(finding));
                node.put("accepted", isAccepted(finding));
            }
            node.put("seen", finding.seen());
            if (!fine) {
                node.put("to_do", finding.remedy());
                finding.items().forEach(node.putArray("items")::add);
            }
        }
        return root.toPrettyString();
    }
}
