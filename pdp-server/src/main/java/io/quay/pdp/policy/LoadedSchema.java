package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.InvalidCatalogException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A schema directory, loaded: all `*.cedarschema` in the order of their names, and the catalog
/// when there is one. Immutable.
public final class LoadedSchema {
    private static final String PDP_NAMESPACE = "Pdp";
    private static final String ASSUME = "assume";

    private final JsonNode json;
    private final SchemaModel model;
    private final @Nullable Catalog catalog;
    private final String hash;

    private LoadedSchema(JsonNode json, @Nullable Catalog catalog, String hash) {
        this.json = json;
        this.model = SchemaModel.of(json);
        this.catalog = catalog;
        this.hash = hash;
    }

    /// What loading gives.
    public sealed interface Result {
        record Loaded(LoadedSchema schema) implements Result {}

        record Rejected(List<Problem> problems) implements Result {
            public Rejected {
                problems = List.copyOf(problems);
            }
        }
    }

    /// Loads a directory.
    public static Result load(Path directory, PolicyLanguage language) {
        List<Path> files;
        try (Stream<Path> found = Files.list(directory)) {
            files =
                    found.filter(path -> path.getFileName().toString().endsWith(".cedarschema"))
                            .sorted()
                            .toList();
        } catch (IOException e) {
            return rejected(
                    directory.toString(),
                    "this schema directory cannot be read",
                    "pass --schema DIR");
        }
        if (files.isEmpty()) {
            return rejected(
                    directory.toString(), "no *.cedarschema file here", "pass --schema DIR");
        }
        StringBuilder text = new StringBuilder();
        ContentHash hash = new ContentHash();
        try {
            for (Path file : files) {
                String content = Files.readString(file);
                hash.add(file.getFileName().toString(), content);
                text.append(content).append('\n');
            }
        } catch (IOException e) {
            return rejected(
                    directory.toString(),
                    "a schema file cannot be read as UTF-8: " + e.getMessage(),
                    null);
        }
        return switch (language.readSchema(text.toString())) {
            case PolicyLanguage.SchemaText.Broken(String message) ->
                    rejected(
                            String.join(", ", names(files)),
                            message,
                            "a namespace may be declared only once");
            case PolicyLanguage.SchemaText.Read(JsonNode json) ->
                    withCatalog(directory, json, hash);
        };
    }

    private static Result withCatalog(Path directory, JsonNode json, ContentHash hash) {
        Path file = directory.resolve("management-api.json");
        if (!Files.exists(file)) {
            return new Result.Loaded(new LoadedSchema(json, null, hash.hex()));
        }
        try {
            hash.add("management-api.json", Files.readString(file));
            return new Result.Loaded(new LoadedSchema(json, Catalog.read(file), hash.hex()));
        } catch (IOException | UncheckedIOException | InvalidCatalogException e) {
            return rejected("management-api.json", String.valueOf(e.getMessage()), null);
        }
    }

    private static Result rejected(String file, String message, @Nullable String hint) {
        return new Result.Rejected(List.of(new Problem("schema", file, 0, 0, message, hint)));
    }

    private static List<String> names(List<Path> files) {
        List<String> names = new ArrayList<>();
        files.forEach(file -> names.add(file.getFileName().toString()));
        return names;
    }

    SchemaModel model() {
        return model;
    }

    /// Null when the schema is not Quay's.
    public @Nullable Catalog catalog() {
        return catalog;
    }

    String hash() {
        return hash;
    }

    /// The schema that policies of one kind are checked against: no set sees the actions of
    /// another.
    JsonNode forKind(PolicyKind kind) {
        ObjectNode copy = json.deepCopy();
        for (Map.Entry<String, JsonNode> namespace : copy.properties()) {
            if (namespace.getValue().path("actions") instanceof ObjectNode actions) {
                boolean pdp = namespace.getKey().equals(PDP_NAMESPACE);
                List<String> names = new ArrayList<>();
                actions.fieldNames().forEachRemaining(names::add);
                names.removeIf(name -> belongs(kind, pdp, name));
                actions.remove(names);
            }
        }
        return copy;
    }

    private static boolean belongs(PolicyKind kind, boolean pdp, String action) {
        return switch (kind) {
            case ACCESS -> !pdp;
            case TRUST -> pdp && action.equals(ASSUME);
            case ADMIN -> pdp && !action.equals(ASSUME);
        };
    }
}
