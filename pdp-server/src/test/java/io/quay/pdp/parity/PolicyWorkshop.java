package io.quay.pdp.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.cedar.CedarThreads;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Outcome;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.policy.LoadedSchema;
import io.quay.pdp.policy.PolicyRepository;
import io.quay.pdp.policy.Problem;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.quay.RequestMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The shipped schema and the real engine, short ways to load policy directories and to ask them.
final class PolicyWorkshop {
    static final Path REPOSITORY = Path.of(System.getProperty("pdp.repository"));
    static final Path SHIPPED = REPOSITORY.resolve("policies");
    static final Path PARITY = REPOSITORY.resolve("test-fixtures/quay-parity");
    static final ObjectMapper JSON = new ObjectMapper();
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-06-01T08:00:00Z"), ZoneOffset.UTC);
    private static final CedarLanguage LANGUAGE = new CedarLanguage(new CedarThreads());
    static final PolicyRepository POLICIES = new PolicyRepository(schema(), LANGUAGE);
    static final Catalog CATALOG = Objects.requireNonNull(POLICIES.schema().catalog());
    private static final RequestMapper MAPPER = new RequestMapper(CATALOG);

    private PolicyWorkshop() {}

    private static LoadedSchema schema() {
        return switch (LoadedSchema.load(REPOSITORY.resolve("schema"), LANGUAGE)) {
            case LoadedSchema.Result.Loaded(LoadedSchema loaded) -> loaded;
            case LoadedSchema.Result.Rejected(List<Problem> problems) ->
                    throw new AssertionError(problems);
        };
    }

    static List<Problem> problems(Path directory) {
        return switch (POLICIES.load(directory)) {
            case PolicyRepository.Result.Loaded _ -> List.of();
            case PolicyRepository.Result.Rejected(List<Problem> problems) -> problems;
        };
    }

    static Snapshot load(Path directory) {
        return switch (POLICIES.load(directory)) {
            case PolicyRepository.Result.Loaded(Snapshot snapshot) -> snapshot;
            case PolicyRepository.Result.Rejected(List<Problem> problems) ->
                    throw new AssertionError(problems);
        };
    }

    /// @param files content by path
    static Path write(Path directory, Map<String, String> files) {
        files.forEach((path, text) -> {
            try {
                Path file = directory.resolve(path);
                Files.createDirectories(Objects.requireNonNull(file.getParent()));
                Files.writeString(file, text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return directory;
    }

    static Path copy(Path from, Path to) {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Path copy = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(path, copy);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return to;
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode json(Path file) {
        return parse(text(file));
    }

    static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static RequestBody body(@Nullable String json) {
        return json == null
                ? new RequestBody.Absent()
                : new RequestBody.Raw(json.getBytes(StandardCharsets.UTF_8), null);
    }

    /// @param line method and target
    static QuayRequest request(String line, @Nullable String json) {
        int blank = line.indexOf(' ');
        return new QuayRequest(line.substring(0, blank), line.substring(blank + 1), body(json));
    }

    /// Asks as Quay would: ids belong to the repository of the path.
    static Outcome ask(Snapshot snapshot, String account, QuayRequest request) {
        return ask(snapshot, account, request, DecisionPoint.UnboundIds.TRUST_PATH);
    }

    static Outcome ask(
            Snapshot snapshot,
            String account,
            QuayRequest request,
            DecisionPoint.UnboundIds unboundIds) {
        return decide(snapshot, account, new AccessRequest.Asked.Call(request), unboundIds);
    }

    static Outcome ask(Snapshot snapshot, String account, AccessRequest.Asked asked) {
        return decide(snapshot, account, asked, DecisionPoint.UnboundIds.REFUSE);
    }

    private static Outcome decide(
            Snapshot snapshot,
            String account,
            AccessRequest.Asked asked,
            DecisionPoint.UnboundIds unboundIds) {
        return new DecisionPoint(() -> snapshot, MAPPER, unboundIds, CLOCK)
                .decide(
                        new AccessRequest(
                                Subject.Named.of(EntityRef.serviceAccount(account)), asked, null));
    }
}
