package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.decision.PolicyEngine;
import io.quay.pdp.identity.EntityRef;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The port to the Cedar language. Implementations are safe for use by any number of threads.
public interface PolicyLanguage {
    /// Parses one policy or template whose nesting was measured before.
    Parsed parse(String text, boolean template);

    /// Checks policies and templates, by id, against a schema in Cedar's JSON form: strictly,
    /// warnings included.
    List<Flaw> validate(
            JsonNode schema, Map<String, String> policies, Map<String, String> templates);

    /// The text of a policy in Cedar's JSON form.
    String print(JsonNode tree);

    /// Reads a schema in Cedar's own syntax into its JSON form.
    SchemaText readSchema(String text);

    /// Prepares policies for evaluation.
    ///
    /// @throws IllegalStateException when the engine takes no more sets
    PolicyEngine compile(
            Map<String, String> policies, Map<String, String> templates, List<Link> links);

    sealed interface Parsed {
        /// @param tree the policy in Cedar's JSON form
        record Policy(JsonNode tree) implements Parsed {}

        record Broken(List<Flaw> flaws) implements Parsed {}
    }

    sealed interface SchemaText {
        record Read(JsonNode json) implements SchemaText {}

        record Broken(String message) implements SchemaText {}
    }

    /// What is wrong with a text.
    ///
    /// @param policyId empty when only one text was given
    /// @param offset in bytes of UTF-8
    record Flaw(String policyId, int offset, String message, @Nullable String hint) {}

    /// A template with its slots filled.
    record Link(String templateId, String id, EntityRef principal, EntityRef resource) {}
}
