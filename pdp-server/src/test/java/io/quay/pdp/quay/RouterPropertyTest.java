package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Random requests; the seed is printed and can be set with `-Dpdp.seed=`.
class RouterPropertyTest {
    private static final long SEED = Long.getLong("pdp.seed", System.nanoTime());
    private static final RouterOracle ORACLE = new RouterOracle(QuayFixtures.CATALOG);
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "DELETE", "HEAD");

    private static Mapping map(String method, String target, CatalogRow row) {
        RequestBody body =
                method.equals("GET") || method.equals("HEAD")
                        ? new RequestBody.Absent()
                        : RequestBodies.full(row);
        return QuayFixtures.map(method, target, body);
    }

    @Test
    void oracle_answersAsTheRecordedRouter() {
        List<String> wrong = new ArrayList<>();
        for (JsonNode entry : QuayFixtures.fixture("corpus.json").get("entries")) {
            String target = entry.get(1).textValue();
            String word = entry.get(2).textValue();
            if (target.contains("//") || target.contains("%2F%2F")) {
                continue;
            }
            Optional<RouterOracle.Verdict> verdict = ORACLE.route(entry.get(0).textValue(), target);
            boolean same =
                    switch (word) {
                        case "404", "405", "other" -> verdict.isEmpty();
                        case "308" -> verdict.map(RouterOracle.Verdict::redirected).orElse(true);
                        default ->
                                verdict.isPresent()
                                        && !verdict.get().redirected()
                                        && verdict.get().operation().equals(word)
                                        && verdict.get().parameters().equals(texts(entry.get(3)));
                    };
            if (!same) {
                wrong.add(entry + " but " + verdict);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new LinkedHashMap<>();
        object.properties().forEach(e -> texts.put(e.getKey(), e.getValue().textValue()));
        return texts;
    }

    @Test
    void validRequest_alwaysMapsToItsOperationAndResource() {
        System.out.println("seed " + SEED);
        RandomRequests requests = new RandomRequests(new Random(SEED));
        for (int i = 0; i < 20; i++) {
            for (CatalogRow row : QuayFixtures.CATALOG.rows()) {
                RandomRequests.Sample sample = requests.valid(row.operation());
                Mapping mapping = map(row.operation().method(), sample.target(), row);
                assertThat(mapping)
                        .as("%s %s, seed %d", row.operation().method(), sample.target(), SEED)
                        .isInstanceOfSatisfying(
                                Mapping.Mapped.class,
                                mapped ->
                                        assertThat(agrees(mapped.call(), sample.values())).isTrue())
                        .extracting(m -> ((Mapping.Mapped) m).call().operation())
                        .isEqualTo(row.operation());
            }
        }
    }

    @Test
    void damagedRequest_isRefusedOrMeansWhatQuayReads() {
        System.out.println("seed " + SEED);
        Random random = new Random(SEED);
        RandomRequests requests = new RandomRequests(random);
        List<CatalogRow> rows = QuayFixtures.CATALOG.rows();
        int accepted = 0;
        for (int i = 0; i < 40_000; i++) {
            CatalogRow row = rows.get(random.nextInt(rows.size()));
            String target = requests.damaged(requests.valid(row.operation()).target());
            if (random.nextInt(3) == 0 && target.length() > 1) {
                target = requests.damaged(target);
            }
            String method =
                    random.nextInt(4) == 0
                            ? METHODS.get(random.nextInt(METHODS.size()))
                            : row.operation().method();
            if (map(method, target, row) instanceof Mapping.Mapped(QuayCall call)) {
                accepted++;
                int question = target.indexOf('?');
                String path = question < 0 ? target : target.substring(0, question);
                assertThat(ORACLE.route(method, path))
                        .as("%s %s, seed %d: %s", method, target, SEED, call)
                        .hasValueSatisfying(verdict -> {
                            assertThat(verdict.operation()).isEqualTo(call.operation().name());
                            assertThat(agrees(call, verdict.parameters())).isTrue();
                        });
            }
        }
        assertThat(accepted).isGreaterThan(1000);
    }

    private static boolean agrees(QuayCall call, Map<String, String> path) {
        String organization = path.getOrDefault("orgname", "");
        String repository = path.getOrDefault("repository", "");
        boolean sameResource =
                switch (call.operation().level()) {
                    case ORGANIZATION ->
                            organization.isEmpty()
                                    || call.resource().equals(EntityRef.organization(organization));
                    case REPOSITORY -> call.resource().equals(EntityRef.repository(repository));
                    case USER -> call.resource().equals(EntityRef.user(QuayFixtures.ACCOUNT));
                    case REGISTRY, NONE -> true;
                };
        return sameResource
                && call.operation().parameters().stream()
                        .filter(parameter -> parameter.place() == Parameter.Place.PATH)
                        .allMatch(parameter ->
                                call.parameters().get(parameter.name())
                                                instanceof Value.Text(String text)
                                        && text.equals(path.get(parameter.wireName())));
    }
}
