package io.quay.pdp.quay;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.EntityRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The shipped catalog, a mapper over it, and short ways to ask.
final class QuayFixtures {
    static final String ACCOUNT = "svc-terraform";
    static final Path REPOSITORY = Path.of(System.getProperty("pdp.repository"));
    static final Catalog CATALOG = Catalog.read(REPOSITORY.resolve("schema/management-api.json"));
    static final RequestMapper MAPPER = new RequestMapper(CATALOG);

    private QuayFixtures() {}

    static JsonNode fixture(String name) {
        try {
            return StrictJson.MAPPER.readTree(
                    Files.readString(REPOSITORY.resolve("test-fixtures/quay-router/" + name)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static RequestBody body(@Nullable String json) {
        return json == null
                ? new RequestBody.Absent()
                : new RequestBody.Raw(json.getBytes(StandardCharsets.UTF_8), null);
    }

    static Mapping map(String method, String target, RequestBody body) {
        return MAPPER.map(new QuayRequest(method, target, body), ACCOUNT);
    }

    static Mapping map(String line, @Nullable String json) {
        int blank = line.indexOf(' ');
        return map(line.substring(0, blank), line.substring(blank + 1), body(json));
    }

    static QuayCall call(String line, @Nullable String json) {
        Mapping mapping = map(line, json);
        if (mapping instanceof Mapping.Mapped(QuayCall call)) {
            return call;
        }
        throw new AssertionError(line + " is refused: " + mapping);
    }

    static QuayCall call(String line) {
        return call(line, null);
    }

    static Mapping.Problem problem(String line, @Nullable String json) {
        Mapping mapping = map(line, json);
        if (mapping instanceof Mapping.Refused(Mapping.Problem problem, _)) {
            return problem;
        }
        throw new AssertionError(line + " is mapped: " + mapping);
    }

    static String outcome(String line, @Nullable String json) {
        return switch (map(line, json)) {
            case Mapping.Mapped(QuayCall call) ->
                    call.operation().name() + " " + spelled(call.resource());
            case Mapping.Refused(Mapping.Problem problem, _) -> problem.name();
        };
    }

    static String spelled(EntityRef entity) {
        return entity.type().substring(entity.type().lastIndexOf(':') + 1) + " " + entity.id();
    }
}
