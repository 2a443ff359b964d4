package io.quay.pdp.cedar;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyEngine;
import io.quay.pdp.policy.PolicyLanguage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelfTestTest {
    /// A language whose engine always gives the same answer.
    private record Stubborn(Evaluation answer) implements PolicyLanguage {
        @Override
        public PolicyEngine compile(
                Map<String, String> policies, Map<String, String> templates, List<Link> links) {
            return _ -> answer;
        }

        @Override
        public Parsed parse(String text, boolean template) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Flaw> validate(
                JsonNode schema, Map<String, String> policies, Map<String, String> templates) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String print(JsonNode tree) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SchemaText readSchema(String text) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void realEnginePasses() {
        try (CedarThreads threads = new CedarThreads(1)) {
            assertThatCode(() -> SelfTest.run(new CedarLanguage(threads)))
                    .doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"permitted", "forbidden", "unmatched", "failed"})
    void engineThatAlwaysAnswersTheSame_isFound(String answer) {
        Evaluation evaluation =
                switch (answer) {
                    case "permitted" -> new Evaluation.Permitted(Set.of("permit"));
                    case "forbidden" -> new Evaluation.Forbidden(Set.of("forbid"));
                    case "unmatched" -> new Evaluation.Unmatched();
                    default -> new Evaluation.Failed("x", Set.of());
                };
        assertThatThrownBy(() -> SelfTest.run(new Stubborn(evaluation)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("self-test");
    }
}
