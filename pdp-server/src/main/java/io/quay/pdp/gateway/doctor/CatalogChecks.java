package io.quay.pdp.gateway.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.quay.Catalog;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/// Whether Quay has the operations that our catalog has, by method and path template.
final class CatalogChecks {
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

    private final Findings findings;

    CatalogChecks(Findings findings) {
        this.findings = findings;
    }

    /// @param paths of Quay's `/api/v1/discovery?internal=true`
    void run(JsonNode paths, Catalog catalog) {
        Set<String> theirs = operations(paths);
        Set<String> ours = new TreeSet<>();
        catalog.operations().forEach(each -> ours.add(shown(each.method(), each.template())));
        report(
                Check.CATALOG_LACKS,
                without(theirs, ours),
                "operations of this Quay are not in the catalog (Quay at "
                        + Plain.text(catalog.commit())
                        + "): the gateway refuses them as `unknown_operation`",
                "bring schema/management-api.json up to this Quay, or leave them refused");
        report(
                Check.QUAY_LACKS,
                without(ours, theirs),
                "operations of the catalog are not in this Quay's discovery: their features are off,"
                        + " or it does not list them",
                "nothing, unless policies or clients need one of them");
    }

    private void report(Check check, List<String> missing, String seen, String remedy) {
        if (missing.isEmpty()) {
            findings.passed(check, "none missing");
        } else {
            findings.failed(check, missing.size() + " " + seen, remedy, missing);
        }
    }

    private static List<String> without(Set<String> all, Set<String> those) {
        return all.stream().filter(each -> !those.contains(each)).toList();
    }

    private static Set<String> operations(JsonNode paths) {
        Set<String> operations = new TreeSet<>();
        paths.properties()
                .forEach(path ->
                        path.getValue()
                                .fieldNames()
                                .forEachRemaining(member -> {
                                    if (METHODS.contains(member)) {
                                        operations.add(
                                                shown(
                                                        member.toUpperCase(Locale.ROOT),
                                                        path.getKey()));
                                    }
                                }));
        return operations;
    }

    /// What parameters are called makes no difference.
    private static String shown(String method, String template) {
        return method + " " + Plain.text(template.replaceAll("\\{[^}]*}", "{}"));
    }
}
