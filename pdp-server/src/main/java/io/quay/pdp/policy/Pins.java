package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.SpiffeId;
import io.quay.pdp.identity.EntityRef;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What surely holds of every workload that a trust permit lets in: the parts of its conditions
/// that are joined by `&&` and compare with fixed values. Whatever else it says is passed over, so
/// it may demand more than this, never less. For one permit.
///
/// Claims are called as policies call them: `repository_id`, and `#repository_id` for a tag.
final class Pins {
    private static final String TAG = "#";

    private final Map<String, Set<String>> equal = new HashMap<>();
    private final Set<String> truths = new HashSet<>();
    private final Map<String, List<String>> prefixes = new HashMap<>();
    private @Nullable IssuerKind kind;

    private Pins() {}

    static Pins of(PolicyDefinition permit) {
        Pins pins = new Pins();
        switch (permit.scope().principal()) {
            case Constraint.Equal(EntityRef workload) -> pins.name(workload);
            case Constraint.Is(String type, var _) -> pins.kind = kindOf(type).orElse(null);
            case Constraint.Any _, Constraint.In _, Constraint.Slot _ -> {}
        }
        permit.tree()
                .path("conditions")
                .forEach(condition -> {
                    if (condition.path("kind").asText().equals("when")) {
                        pins.hold(condition.path("body"));
                    } else {
                        pins.fail(condition.path("body"));
                    }
                });
        return pins;
    }

    /// The kind of its workloads; empty when it names none.
    Optional<IssuerKind> kind() {
        return Optional.ofNullable(kind);
    }

    /// The values of which the claim has one; empty when it may have any.
    Set<String> values(String claim) {
        return equal.getOrDefault(claim, Set.of());
    }

    boolean pins(String claim) {
        return !values(claim).isEmpty();
    }

    boolean pinsTag(String claim) {
        return pins(TAG + claim);
    }

    boolean holds(String truth) {
        return truths.contains(truth);
    }

    /// What the claim surely begins with, by `like` patterns that have their first `*` after it.
    List<String> prefixes(String claim) {
        return prefixes.getOrDefault(claim, List.of());
    }

    private static Optional<IssuerKind> kindOf(String type) {
        return Arrays.stream(IssuerKind.values())
                .filter(known -> known.entityType().equals(type))
                .findFirst();
    }

    /// `principal == Workload::Oidc::"ci/subject"`.
    private void name(EntityRef workload) {
        kind = kindOf(workload.type()).orElse(null);
        String id = workload.id();
        if (kind == IssuerKind.SPIFFE) {
            SpiffeId.parse(id)
                    .ifPresent(svid -> {
                        pin("trust_domain", Set.of(svid.trustDomain()));
                        pin("path", Set.of(svid.path()));
                    });
            return;
        }
        int slash = id.indexOf('/');
        if (slash > 0) {
            pin("issuer", Set.of(id.substring(0, slash)));
            pin("subject", Set.of(id.substring(slash + 1)));
        }
    }

    private void pin(String claim, Set<String> values) {
        equal.merge(
                claim,
                values,
                (before, more) -> {
                    Set<String> both = new HashSet<>(before);
                    both.retainAll(more);
                    // a permit that can never hold keeps what it said
                    return both.isEmpty() ? before : both;
                });
    }

    private void hold(JsonNode expression) {
        if (expression.has("&&")) {
            hold(expression.path("&&").path("left"));
            hold(expression.path("&&").path("right"));
        } else if (expression.has("!")) {
            fail(expression.path("!").path("arg"));
        } else if (expression.has("==")) {
            compare(expression.path("=="))
                    .ifPresent(found -> {
                        if (found.values().equals(Set.of("true"))) {
                            truths.add(found.claim());
                        }
                        pin(found.claim(), found.values());
                    });
        } else if (expression.has("contains")) {
            member(expression.path("contains"))
                    .ifPresent(found -> pin(found.claim(), found.values()));
        } else if (expression.has("like")) {
            like(expression.path("like"));
        } else if (expression.has("is")) {
            is(expression.path("is"));
        } else {
            claim(expression).ifPresent(truths::add);
        }
    }

    private void fail(JsonNode expression) {
        if (expression.has("||")) {
            fail(expression.path("||").path("left"));
            fail(expression.path("||").path("right"));
        } else if (expression.has("!")) {
            hold(expression.path("!").path("arg"));
        }
    }

    private record Found(String claim, Set<String> values) {}

    private static Optional<Found> compare(JsonNode sides) {
        return found(sides.path("left"), sides.path("right"))
                .or(() -> found(sides.path("right"), sides.path("left")));
    }

    /// `["a", "b"].contains(principal.claim)`.
    private static Optional<Found> member(JsonNode sides) {
        return sides.path("left").has("Set")
                ? found(sides.path("right"), sides.path("left"))
                : Optional.empty();
    }

    private static Optional<Found> found(JsonNode access, JsonNode fixed) {
        Set<String> values = values(fixed);
        return values.isEmpty()
                ? Optional.empty()
                : claim(access).map(claim -> new Found(claim, values));
    }

    private static Set<String> values(JsonNode fixed) {
        Set<String> values = new HashSet<>();
        List<JsonNode> elements = new ArrayList<>();
        if (fixed.has("Set")) {
            fixed.path("Set").forEach(elements::add);
        } else {
            elements.add(fixed);
        }
        for (JsonNode element : elements) {
            JsonNode value = element.path("Value");
            if (!value.isTextual() && !value.isBoolean()) {
                return Set.of();
            }
            values.add(value.asText());
        }
        return values;
    }

    /// The claim that an expression reads.
    static Optional<String> claim(JsonNode expression) {
        JsonNode attribute = expression.path(".");
        if (isPrincipal(attribute.path("left"))) {
            return Optional.of(attribute.path("attr").asText());
        }
        JsonNode tag = expression.path("getTag");
        return isPrincipal(tag.path("left")) && tag.path("right").path("Value").isTextual()
                ? Optional.of(TAG + tag.path("right").path("Value").asText())
                : Optional.empty();
    }

    private static boolean isPrincipal(JsonNode expression) {
        return expression.path("Var").asText().equals("principal");
    }

    private void like(JsonNode like) {
        StringBuilder prefix = new StringBuilder();
        for (JsonNode element : like.path("pattern")) {
            if (!element.has("Literal")) {
                break;
            }
            prefix.append(element.path("Literal").asText());
        }
        claim(like.path("left"))
                .filter(_ -> !prefix.isEmpty())
                .ifPresent(claim ->
                        prefixes.computeIfAbsent(claim, _ -> new ArrayList<>())
                                .add(prefix.toString()));
    }

    private void is(JsonNode is) {
        if (kind == null && isPrincipal(is.path("left"))) {
            kind = kindOf(is.path("entity_type").asText()).orElse(null);
        }
    }
}
