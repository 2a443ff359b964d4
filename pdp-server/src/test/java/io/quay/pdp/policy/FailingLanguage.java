package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.PolicyEngine;
import java.util.List;
import java.util.Map;

/// A language whose native half is broken.
final class FailingLanguage implements PolicyLanguage {
    @Override
    public Parsed parse(String text, boolean template) {
        throw new StackOverflowError("made by the test");
    }

    @Override
    public List<Flaw> validate(
            JsonNode schema, Map<String, String> policies, Map<String, String> templates) {
        throw new IllegalStateException("made by the test");
    }

    @Override
    public String print(JsonNode tree) {
        throw new IllegalStateException("made by the test");
    }

    @Override
    public SchemaText readSchema(String text) {
        throw new IllegalStateException("made by the test");
    }

    @Override
    public PolicyEngine compile(
            Map<String, String> policies, Map<String, String> templates, List<Link> links) {
        throw new IllegalStateException("made by the test");
    }
}
