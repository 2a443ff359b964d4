package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.identity.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Whatever the mapper accepts, Quay's own router reads in the same way.
class RecordedRouterTest {
    private static final JsonNode ENTRIES = QuayFixtures.fixture("corpus.json").get("entries");

    /// Decides the target only: the body is whatever the operation needs.
    private static Mapping route(String method, String target) {
        RequestMapper mapper = QuayFixtures.MAPPER;
        RequestBody body = RequestBodies.valid(method, target);
        return mapper.map(new QuayRequest(method, target, body), QuayFixtures.ACCOUNT);
    }

    private static Map<String, JsonNode> byLine() {
        Map<String, JsonNode> verdicts = new HashMap<>();
        for (JsonNode entry : ENTRIES) {
            verdicts.put(entry.get(0).textValue() + " " + entry.get(1).textValue(), entry);
        }
        return verdicts;
    }

    @Test
    void everyAcceptedRequest_isReadByQuayInTheSameWay() {
        Map<String, JsonNode> verdicts = byLine();
        List<String> wrong = new ArrayList<>();
        int accepted = 0;
        for (JsonNode entry : ENTRIES) {
            String method = entry.get(0).textValue();
            if (route(method, entry.get(1).textValue()) instanceof Mapping.Mapped(QuayCall call)) {
                accepted++;
                JsonNode verdict = entry;
                if (entry.get(2).textValue().equals("308")) {
                    String line = method + " " + entry.get(1).textValue() + "/";
                    verdict = verdicts.getOrDefault(line, entry);
                }
                if (!agrees(call, verdict)) {
                    wrong.add(entry + " but " + call.operation().name() + call.parameters());
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(accepted).isGreaterThan(1500);
    }

    private static boolean agrees(QuayCall call, JsonNode verdict) {
        if (!call.operation().name().equals(verdict.get(2).textValue())) {
            return false;
        }
        JsonNode parameters = verdict.get(3);
        boolean sameResource =
                switch (call.operation().level()) {
                    case ORGANIZATION -> same(parameters, "orgname", call.resource().id());
                    case REPOSITORY -> same(parameters, "repository", call.resource().id());
                    case REGISTRY, USER, NONE -> true;
                };
        return sameResource
                && call.operation().parameters().stream()
                        .filter(parameter -> parameter.place() == Parameter.Place.PATH)
                        .allMatch(parameter ->
                                call.parameters().get(parameter.name())
                                                instanceof Value.Text(String text)
                                        && same(parameters, parameter.wireName(), text));
    }

    /// createRepo is the one operation whose organization Quay's router does not see.
    private static boolean same(JsonNode parameters, String name, String value) {
        return (name.equals("orgname") && !parameters.has(name))
                || parameters.path(name).asText().equals(value);
    }
}
