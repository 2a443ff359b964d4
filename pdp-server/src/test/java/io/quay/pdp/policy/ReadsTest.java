package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.EntityRef;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a condition reads: too much denies too often, too little switches a forbid off.
class ReadsTest {
    private static com.fasterxml.jackson.databind.JsonNode tree(String condition) {
        PolicyLanguage.Parsed parsed =
                TestRepository.LANGUAGE.parse(
                        "forbid (principal, action, resource) when { " + condition + " };", false);
        if (parsed instanceof PolicyLanguage.Parsed.Policy(var tree)) {
            return tree;
        }
        throw new AssertionError(condition + ": " + parsed);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '#',
            textBlock =
                    """
                    true                                                  #
                    resource.visibility == "private"                      # resource.visibility
                    resource has visibility                               # resource.visibility
                    resource["visibility"] == "x"                         # resource.visibility
                    resource has "visibility"                             # resource.visibility
                    context has parameters.tag                            # context.parameters, context.parameters.tag
                    context.parameters has tag && context.parameters.tag like "v*" # context.parameters.tag
                    context.parameters["new name"] == "x"                 # context.parameters.new name
                    context == {a: 1}                                     # context
                    [context].contains({a: 1})                            # context
                    context.parameters == {tag: "x"}                      # context.parameters
                    principal == Quay::User::"a" && resource in Quay::Organization::"b" #
                    principal.owner in Quay::Registry::"quay"             # principal.owner
                    principal has owner.kind                              # principal.owner, principal.owner.kind
                    principal.owner.kind == resource.kind                 # principal.owner.kind, resource.kind
                    resource.hasTag("team") && resource.getTag("team") == context.scopes # context.scopes
                    (if context.a then principal else resource).name == "x" # context.a, principal.name, resource.name
                    (if context.a then principal.owner else resource) has kind # context.a, principal.kind, principal.owner, principal.owner.kind, resource.kind, resource.owner.kind
                    (if context.a then principal else resource).owner.kind == "x" # context.a, principal.kind, principal.owner, principal.owner.kind, resource.kind, resource.owner, resource.owner.kind
                    (if context.a then context.b else context.c).d == 1 # context.a, context.b, context.c, principal.d, resource.d
                    (if context.a then context else {b: 1}).b == 1 # context, context.a, principal.b, resource.b
                    if resource.kind == "a" then context.b else principal.c # resource.kind, context.b, principal.c
                    context.source_ip.isInRange(ip("10.0.0.0/8"))         # context.source_ip
                    [1, context.n].contains(resource.size)                # context.n, resource.size
                    context.list.containsAny([resource.kind])             # context.list, resource.kind
                    !(context.flag) || -context.n + context.m * 2 > 3     # context.flag, context.n, context.m
                    {a: resource.kind} == {a: "x"}                        # resource.kind
                    {Value: resource.kind} == {Value: "x"}                # resource.kind
                    {Var: resource.kind} == {Var: "x"}                    # resource.kind
                    {"has": resource.kind, "like": context.x} == {"has": "a", "like": "b"} # resource.kind, context.x
                    {a: {b: context.x}}.a.b == 1                          # context.x, principal.a, principal.b, resource.a, resource.b
                    context.time < datetime("2026-01-01")                 # context.time
                    principal is Quay::ServiceAccount in context.group    # context.group
                    Quay::Registry::"quay".features.contains("X")         # Quay::Registry::"quay".features
                    """)
    void readsOfConditions(String condition, @org.jspecify.annotations.Nullable String expected) {
        String[] paths = expected == null ? new String[0] : expected.split(",\\s*");
        assertThat(Reads.of(tree(condition)))
                .as(condition)
                .containsExactlyInAnyOrderElementsOf(Arrays.asList(paths));
    }

    @Test
    void allConditionsCount_alsoUnless() {
        assertThat(Reads.of(tree("context.a } unless { context.b")))
                .containsExactlyInAnyOrder("context.a", "context.b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Org::\"x\".kind == \"a\"",
                "Org::\"x\" has kind",
                "Org::\"x\".hasTag(\"t\")",
                "Org::\"x\".getTag(\"t\") == \"a\"",
                "Org::\"x\" in Org::\"y\"",
                "Org::\"x\" in [Org::\"y\", resource]",
                "(if context.a then Org::\"x\" else resource).kind == \"a\"",
                "!(context.a || [Org::\"x\".kind].contains(\"a\"))"
            })
    void entityOfWhichMoreThanTheNameCounts_isReadByName(String condition) {
        assertThat(Reads.entities(tree(condition))).containsExactly(new EntityRef("Org", "x"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "resource == Org::\"x\"",
                "resource in Org::\"x\"",
                "resource in [Org::\"x\", Org::\"y\"]",
                "[Org::\"x\"].contains(resource)",
                "context.owner != Org::\"x\"",
                "resource is Org in Org::\"x\""
            })
    void entityThatIsOnlyCompared_isNotRead(String condition) {
        assertThat(Reads.entities(tree(condition))).isEmpty();
    }
}
