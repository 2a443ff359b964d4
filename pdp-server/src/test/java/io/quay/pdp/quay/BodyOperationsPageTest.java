package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The page for proxies lists every operation that cannot be decided without its body, and every
/// one that can be though it has a body.
final class BodyOperationsPageTest {
    private static final String BEGIN = "written by BodyOperationsPageTest -->\n";
    private static final String END = "<!-- end -->";
    private static final String BEGIN_WITHOUT =
            "decided without their body: written by BodyOperationsPageTest -->\n";
    private static final String END_WITHOUT = "<!-- end of those -->";

    @Test
    void theListIsTheCatalogs() throws IOException {
        Path page = QuayFixtures.REPOSITORY.resolve("docs/gateways/README.md");
        if (Boolean.getBoolean("golden.update")) {
            write(page, BEGIN, table(), END);
            write(page, BEGIN_WITHOUT, decidedWithout(), END_WITHOUT);
        }
        assertThat(Files.readString(page))
                .contains(BEGIN + table() + END)
                .contains(BEGIN_WITHOUT + decidedWithout() + END_WITHOUT);
    }

    private static void write(Path page, String begin, String table, String end)
            throws IOException {
        String text = Files.readString(page);
        int from = text.indexOf(begin) + begin.length();
        Files.writeString(
                page, text.substring(0, from) + table + text.substring(text.indexOf(end)));
    }

    @Test
    void theOtherOperationsWithABodyAreDecidedWithoutIt() {
        for (CatalogRow row : QuayFixtures.CATALOG.rows()) {
            if (!row.body().isEmpty() && !row.needsBody()) {
                QuayRequest request = CatalogRequests.full(row.operation());
                assertThat(
                                QuayFixtures.map(
                                        request.method(),
                                        request.target(),
                                        new RequestBody.Omitted()))
                        .as(row.operation().name())
                        .isInstanceOf(Mapping.Mapped.class);
            }
        }
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

    private static String decidedWithout() {
        return "| operation | request | members of the body |\n|---|---|---|\n"
                + QuayFixtures.CATALOG.rows().stream()
                        .filter(row -> !row.body().isEmpty() && !row.needsBody())
                        .sorted(Comparator.comparing(row -> row.operation().name()))
                        .map(row ->
                                "| `%s` | `%s %s` | %s |\n"
                                        .formatted(
                                                row.operation().name(),
                                                row.operation().method(),
                                                row.operation().template(),
                                                row.body().keySet().stream()
                                                        .sorted()
                                                        .map(name -> "`" + name + "`")
                                                        .collect(Collectors.joining(", "))))
                        .collect(Collectors.joining());
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
