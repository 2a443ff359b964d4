package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Requests that Quay authorizes for somebody are mapped, but for those that name no object.
class AuthorizedRequestsTest {
    @Test
    void whatQuayAuthorizes_isMappedToTheSameOperation() {
        List<String> wrong = new ArrayList<>();
        for (JsonNode entry : QuayFixtures.fixture("authorized.json").get("entries")) {
            RequestBody body =
                    entry.has(3) ? new RequestBody.Json(entry.get(3)) : new RequestBody.Absent();
            Mapping mapping =
                    QuayFixtures.map(entry.get(0).textValue(), entry.get(1).textValue(), body);
            switch (mapping) {
                case Mapping.Mapped(QuayCall call) -> {
                    if (!call.operation().name().equals(entry.get(2).textValue())) {
                        wrong.add(entry + " is " + call.operation().name());
                    }
                }
                case Mapping.Refused refused -> {
                    if (refused.problem() != Mapping.Problem.BODY_REQUIRED) {
                        wrong.add(entry + " is " + refused);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }
}
