package io.quay.pdp.quay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Reads the catalog's file: what holds for all rows, then row by row.
final class CatalogReader {
    static final Set<String> CLASSES =
            Set.of("credential:mint", "credential:read", "authority:grant", "dataflow:install");

    private static final Set<String> TOP_MEMBERS =
            Set.of(
                    "source",
                    "recorded_parameters",
                    "secret_parameters",
                    "origin_parameters",
                    "reference_parameters",
                    "never_for_service_accounts",
                    "operations");

    private CatalogReader() {}

    static Catalog read(String json) {
        JsonNode root;
        try {
            root = StrictJson.MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new InvalidCatalogException("not JSON: " + e.getOriginalMessage());
        }
        RowFields top = RowFields.of("catalog", root, TOP_MEMBERS);
        RowFields source =
                RowFields.of(
                        "source",
                        root.get("source"),
                        Set.of("product", "repository", "commit", "date"));
        CatalogRowReader rows =
                new CatalogRowReader(
                        Set.copyOf(top.texts("recorded_parameters")),
                        Set.copyOf(top.texts("secret_parameters")),
                        Set.copyOf(top.texts("origin_parameters")),
                        Set.copyOf(top.texts("reference_parameters")));
        List<CatalogRow> all = new ArrayList<>();
        JsonNode operations = root.path("operations");
        if (!operations.isArray() || operations.isEmpty()) {
            throw top.error("operations", "no rows");
        }
        for (JsonNode node : operations) {
            all.add(rows.read(node, all.size()));
        }
        return new Catalog(
                source.text("commit"), all, Set.copyOf(top.texts("never_for_service_accounts")));
    }
}
