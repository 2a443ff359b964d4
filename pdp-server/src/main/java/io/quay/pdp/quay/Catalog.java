package io.quay.pdp.quay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The reviewed operations of Quay's Management API. Immutable.
public final class Catalog {
    private final String commit;
    private final List<CatalogRow> rows;
    private final Map<String, CatalogRow> byName = new HashMap<>();
    private final Set<String> neverForServiceAccounts;

    Catalog(String commit, List<CatalogRow> rows, Set<String> neverForServiceAccounts) {
        this.commit = commit;
        this.rows = List.copyOf(rows);
        this.neverForServiceAccounts = Set.copyOf(neverForServiceAccounts);
        Set<String> routes = new TreeSet<>();
        for (CatalogRow row : this.rows) {
            Operation operation = row.operation();
            if (byName.put(operation.name(), row) != null) {
                throw new InvalidCatalogException("operation " + operation.name() + ": twice");
            }
            if (!routes.add(operation.method() + " " + operation.template())) {
                throw new InvalidCatalogException(
                        "operation " + operation.name() + ": path: has this method already");
            }
        }
        for (String name : this.neverForServiceAccounts) {
            if (!byName.containsKey(name)) {
                throw new InvalidCatalogException(
                        "never_for_service_accounts: there is no operation " + name);
            }
        }
    }

    /// @throws InvalidCatalogException when the text is not a catalog
    public static Catalog parse(String json) {
        return CatalogReader.read(json);
    }

    /// @throws InvalidCatalogException when the file is not a catalog
    public static Catalog read(Path file) {
        try {
            return parse(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The commit of Quay that the catalog was read from.
    public String commit() {
        return commit;
    }

    /// In the order of the file.
    public List<Operation> operations() {
        return rows.stream().map(CatalogRow::operation).toList();
    }

    public Optional<Operation> find(String name) {
        return Optional.ofNullable(byName.get(name)).map(CatalogRow::operation);
    }

    public Optional<Operation> find(String method, String template) {
        return operations().stream()
                .filter(o -> o.method().equals(method) && o.template().equals(template))
                .findFirst();
    }

    /// Whether no service account may ever have it executed: it makes, renames, signs in or
    /// converts the calling user itself.
    public boolean neverForServiceAccounts(Operation operation) {
        return neverForServiceAccounts.contains(operation.name());
    }

    List<CatalogRow> rows() {
        return rows;
    }

    /// @throws java.util.NoSuchElementException when the operation is of another catalog
    CatalogRow row(Operation operation) {
        return rows.stream()
                .filter(row -> row.operation().equals(operation))
                .findFirst()
                .orElseThrow();
    }
}
