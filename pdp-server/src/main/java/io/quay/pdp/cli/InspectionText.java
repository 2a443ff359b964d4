package io.quay.pdp.cli;

import io.quay.pdp.federation.WorkloadToken;
import io.quay.pdp.policy.JsonValues;
import io.quay.pdp.policy.TokenInspection;
import java.io.PrintWriter;
import java.util.TreeMap;

/// What a token is worth, for people.
final class InspectionText {
    private InspectionText() {}

    static void print(TokenInspection inspection, PrintWriter out) {
        switch (inspection) {
            case TokenInspection.Refused(String detail) -> out.println("not accepted: " + detail);
            case TokenInspection.Accepted accepted -> {
                print(accepted.token(), out);
                accepted.accounts().forEach(verdict -> print(verdict, out));
            }
        }
    }

    private static void print(WorkloadToken token, PrintWriter out) {
        out.println("accepted: signature, times and audience hold");
        out.println(
                "  issuer " + token.issuer().name() + " (" + token.issuer().kind().word() + ")");
        out.println("  issued " + token.issuedAt() + ", expires " + token.expiresAt());
        out.println("  " + token.workload().entity());
        JsonValues.write(new TreeMap<>(token.workload().attributes()))
                .properties()
                .forEach(claim ->
                        out.println("    principal." + claim.getKey() + " == " + claim.getValue()));
        new TreeMap<>(token.workload().tags())
                .forEach((name, value) ->
                        out.println("    principal.getTag(\"" + name + "\") == \"" + value + '"'));
        new TreeMap<>(token.workload().run())
                .forEach((name, value) -> out.println("    run " + name + " " + value));
    }

    private static void print(TokenInspection.Verdict verdict, PrintWriter out) {
        out.println(
                (verdict.allowed() ? "may be " : "may not be ")
                        + verdict.account().name()
                        + (verdict.message().isEmpty() ? "" : ": " + verdict.message()));
        if (!verdict.credential().isEmpty()) {
            out.println("  by credential " + verdict.credential());
        }
        ExplanationText.printDetermining(verdict.determining(), out);
        ExplanationText.printNearest(verdict.nearest(), out);
    }
}
