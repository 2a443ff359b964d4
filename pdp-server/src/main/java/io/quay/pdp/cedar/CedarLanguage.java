package io.quay.pdp.cedar;

import com.cedarpolicy.BasicAuthorizationEngine;
import com.cedarpolicy.model.DetailedError;
import com.cedarpolicy.model.ValidationRequest;
import com.cedarpolicy.model.ValidationResponse;
import com.cedarpolicy.model.exception.AuthException;
import com.cedarpolicy.model.policy.LinkValue;
import com.cedarpolicy.model.policy.Policy;
import com.cedarpolicy.model.policy.PolicySet;
import com.cedarpolicy.model.policy.TemplateLink;
import com.cedarpolicy.model.schema.Schema;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.decision.PolicyEngine;
import io.quay.pdp.policy.PolicyLanguage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Cedar's parser, validator and evaluator, each on [CedarThreads]. Safe for use by any number of
/// threads.
public final class CedarLanguage implements PolicyLanguage {
    /// One level of an expression is two of its JSON form; the texts are measured before.
    private static final int MAX_TREE_DEPTH = 10_000;

    private static final ObjectMapper JSON =
            new ObjectMapper(
                    JsonFactory.builder()
                            .streamReadConstraints(
                                    StreamReadConstraints.builder()
                                            .maxNestingDepth(MAX_TREE_DEPTH)
                                            .build())
                            .build());

    /// The binding holds 1,024 sets unless it is told otherwise, and forgets one only when the
    /// garbage collector has found that nobody holds it.
    private static final int MAX_SETS = Integer.getInteger("cedar.cache.maxPolicySets", 100_000);

    static {
        PolicySet.setCacheMaxPolicySets(MAX_SETS);
    }

    private static final String ID = "policy";
    private static final Pattern PARSE_PREFIX =
            Pattern.compile("failed to parse (policy|template) with id `[^`]*` from string: ");
    private static final Schema NO_SCHEMA = new Schema("");

    private final CedarThreads threads;

    public CedarLanguage(CedarThreads threads) {
        this.threads = threads;
    }

    @Override
    public Parsed parse(String text, boolean template) {
        return threads.call(() -> parseHere(text, template));
    }

    private static Parsed parseHere(String text, boolean template) throws AuthException {
        try {
            JsonNode tree = JSON.readTree(set(text, template).toJson());
            return new Parsed.Policy(tree.path(template ? "templates" : "staticPolicies").path(ID));
        } catch (AuthException | JsonProcessingException _) {
            // that call says only what is wrong; the validator says also where
            List<Flaw> flaws = flaws(validated(NO_SCHEMA, set(text, template)));
            // what cannot be parsed must never come out as nothing wrong
            return new Parsed.Broken(
                    flaws.isEmpty()
                            ? List.of(new Flaw("", 0, "this policy cannot be read", null))
                            : flaws);
        }
    }

    private static PolicySet set(String text, boolean template) {
        Set<Policy> only = Set.of(new Policy(text, ID));
        return template ? new PolicySet(Set.of(), only) : new PolicySet(only);
    }

    @Override
    public List<Flaw> validate(
            JsonNode schema, Map<String, String> policies, Map<String, String> templates) {
        return threads.call(() ->
                flaws(
                        validated(
                                new Schema(schema),
                                new PolicySet(named(policies), named(templates)))));
    }

    private static ValidationResponse validated(Schema schema, PolicySet policies)
            throws AuthException {
        return new BasicAuthorizationEngine().validate(new ValidationRequest(schema, policies));
    }

    /// Errors, and warnings of policies without any: a policy that can never apply is a mistake.
    private static List<Flaw> flaws(ValidationResponse response) {
        List<Flaw> flaws = new ArrayList<>();
        response.errors.ifPresent(errors -> errors.forEach(error -> flaws.add(flaw("", error))));
        response.success.ifPresent(success -> {
            success.validationErrors.forEach(
                    error -> flaws.add(flaw(error.getPolicyId(), error.getError())));
            Set<String> wrong = flaws.stream().map(Flaw::policyId).collect(Collectors.toSet());
            success.validationWarnings.stream()
                    .filter(warning -> !wrong.contains(warning.getPolicyId()))
                    .forEach(warning -> flaws.add(flaw(warning.getPolicyId(), warning.getError())));
        });
        return flaws;
    }

    private static Flaw flaw(String policyId, DetailedError error) {
        int offset = error.sourceLocations.isEmpty() ? 0 : error.sourceLocations.getFirst().start;
        Matcher prefix = PARSE_PREFIX.matcher(error.message);
        String message = prefix.lookingAt() ? error.message.substring(prefix.end()) : error.message;
        return new Flaw(
                policyId, offset, message, error.help.filter(help -> !help.isEmpty()).orElse(null));
    }

    @Override
    public String print(JsonNode tree) {
        return threads.call(() -> Policy.fromJson(ID, tree.toString()).getSource());
    }

    @Override
    public SchemaText readSchema(String text) {
        return threads.call(() -> readSchemaHere(text));
    }

    private static SchemaText readSchemaHere(String text) {
        try {
            return new SchemaText.Read(Schema.parse(Schema.JsonOrCedar.Cedar, text).toJsonFormat());
        } catch (AuthException | JsonProcessingException e) {
            return new SchemaText.Broken(
                    String.valueOf(e.getMessage())
                            .replaceFirst("^(Internal error: )?(Internal JNI Error: )?", "")
                            .replaceFirst(":\\s*$", ""));
        }
    }

    @Override
    public PolicyEngine compile(
            Map<String, String> policies, Map<String, String> templates, List<Link> links) {
        List<TemplateLink> templateLinks =
                links.stream()
                        .map(link ->
                                new TemplateLink(
                                        link.templateId(),
                                        link.id(),
                                        List.of(
                                                new LinkValue(
                                                        "?principal",
                                                        CedarValues.uid(link.principal())),
                                                new LinkValue(
                                                        "?resource",
                                                        CedarValues.uid(link.resource())))))
                        .toList();
        PolicySet set = new PolicySet(named(policies), named(templates), templateLinks);
        threads.call(() -> {
            set.cache();
            return set;
        });
        if (set.cacheKey().isEmpty()) {
            throw new IllegalStateException("the policy set was not cached");
        }
        return new CedarEngine(threads, set);
    }

    private static Set<Policy> named(Map<String, String> texts) {
        Set<Policy> named = new HashSet<>();
        texts.forEach((id, text) -> named.add(new Policy(text, id)));
        return named;
    }
}
