package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The page for proxies lists every operation that cannot be decided without its body.
final class BodyOperationsPageTest {
    private static final String BEGIN = "written by BodyOperationsPageTest -->\n";
    private static final String END = "<!-- end -->";

    @Test
    void theListIsTheCatalogs() throws IOException {
        Path page = QuayFixtures.REPOSITORY.resolve("docs/gateways/README.md");
        String text = Files.readString(page);
        int from = text.indexOf(BEGIN) + BEGIN.length();
        int to = text.indexOf(END);
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(page, text.substring(0, from) + table() + text.substring(to));
        }
        assertThat(Files.readString(page)).contains(BEGIN + table() + END);
    }

    @Test
    void theyAreThoseThatAreRefusedWithoutIt() {
        for (Operation operation : QuayFixtures.CATALOG.operations()) {
            QuayRequest request = CatalogRequests.full(operation);
            Mapping mapping =
                    QuayFixtures.map(request.method(), request.target(), new RequestBody.Omitted());
            boolean refused =
                    mapping instanceof Mapping.Refused(Mapping.Problem problem, var _)
                            && problem == Mapping.Problem.BODY_REQUIRED;
            assertThat(refused)
                    .as(operation.name())
                    .isEqualTo(QuayFixtures.CATALOG.row(operation).needsBody());
        }
    }

    /// `changeInstallUser` takes a member that it does not declare: `superuser`.
    @Test
    void aClassifiedOperationWhoseBodyIsUnknown_isRefused() {
        assertThat(
                        QuayFixtures.map(
                                "PUT",
                                "/api/v1/superuser/users/someone",
                                new RequestBody.Omitted()))
                .isInstanceOfSatisfying(
                        Mapping.Refused.class,
                        refused ->
                                assertThat(refused.problem())
                                        .isEqualTo(Mapping.Problem.BODY_REQUIRED));
    }

    private static String table() {
        List<CatalogRow> rows =
                QuayFixtures.CATALOG.rows().stream()
                        .filter(CatalogRow::needsBody)
                        .sorted(Comparator.comparing(row -> row.operation().name()))
                        .toList();
        return "| operation | request |\n|---|---|\n"
                + rows.stream()
                        .map(CatalogRow::operation)
                        .map(operation ->
                                "| `%s` | `%s %s` |\n"
                                        .formatted(
                                                operation.name(),
                                                operation.method(),
                                                operation.template()))
                        .collect(Collectors.joining());
    }
}
