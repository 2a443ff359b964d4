package io.quay.pdp.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.EntityTypes;
import io.quay.pdp.identity.ServiceAccount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Conditions evaluated as far as one account settles them: what is left depends on the rest of the
/// request alone. Works on Cedar's JSON form.
///
/// What it settles, it settles as Cedar would; whatever it does not know, it leaves as it is.
final class Residual {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonNode TRUE = value(BooleanNode.TRUE);
    private static final JsonNode FALSE = value(BooleanNode.FALSE);

    private final String variable;
    private final ServiceAccount account;
    private final Set<EntityRef> ancestors;

    /// @param variable that stands for the account: `principal` or `resource`
    /// @param ancestors the account itself and all that it is in
    Residual(String variable, ServiceAccount account, Set<EntityRef> ancestors) {
        this.variable = variable;
        this.account = account;
        this.ancestors = Set.copyOf(ancestors);
    }

    /// The clauses that must all hold besides the scope; empty when the policy cannot hold.
    Optional<List<JsonNode>> clauses(JsonNode policy) {
        List<JsonNode> clauses = new ArrayList<>();
        for (JsonNode condition : policy.path("conditions")) {
            JsonNode body = settle(condition.path("body"));
            split(condition.path("kind").asText().equals("unless") ? not(body) : body, clauses);
        }
        if (clauses.contains(FALSE)) {
            return Optional.empty();
        }
        clauses.removeIf(TRUE::equals);
        return Optional.of(clauses);
    }

    private static void split(JsonNode body, List<JsonNode> clauses) {
        JsonNode and = body.path("&&");
        if (and.isObject()) {
            split(and.path("left"), clauses);
            split(and.path("right"), clauses);
        } else {
            clauses.add(body);
        }
    }

    private JsonNode settle(JsonNode expression) {
        if (expression.size() != 1) {
            return expression;
        }
        Map.Entry<String, JsonNode> only = expression.properties().iterator().next();
        JsonNode operands = only.getValue();
        return switch (only.getKey()) {
            case "Value" -> expression;
            case "Var" ->
                    operands.asText().equals(variable) ? entity(account.entity()) : expression;
            case "!" -> not(settle(operands.path("arg")));
            case "&&" -> and(settle(operands.path("left")), settle(operands.path("right")));
            case "||" -> or(settle(operands.path("left")), settle(operands.path("right")));
            case "if-then-else" -> choice(operands);
            case "==" -> equal(operands, false);
            case "!=" -> equal(operands, true);
            case "in" -> in(operands);
            case "is" -> is(operands);
            case "has" -> has(operands);
            case "." -> attribute(operands);
            case "hasTag" -> tag(operands, "hasTag");
            case "getTag" -> tag(operands, "getTag");
            default -> within(only.getKey(), operands);
        };
    }

    /// The same operator over settled operands.
    private JsonNode within(String operator, JsonNode operands) {
        return NODES.objectNode().set(operator, settledParts(operands));
    }

    private JsonNode settledParts(JsonNode operands) {
        if (operands.isArray()) {
            ArrayNode settled = NODES.arrayNode();
            operands.forEach(each -> settled.add(settle(each)));
            return settled;
        }
        if (!operands.isObject()) {
            return operands;
        }
        ObjectNode settled = NODES.objectNode();
        operands.properties()
                .forEach(part ->
                        settled.set(
                                part.getKey(),
                                part.getValue().isContainerNode()
                                        ? settledOperand(part.getValue())
                                        : part.getValue()));
        return settled;
    }

    /// An operand is an expression, or a list as patterns are.
    private JsonNode settledOperand(JsonNode operand) {
        return operand.isObject() ? settle(operand) : operand;
    }

    private static JsonNode not(JsonNode body) {
        if (body.equals(TRUE)) {
            return FALSE;
        }
        return body.equals(FALSE)
                ? TRUE
                : NODES.objectNode().set("!", NODES.objectNode().set("arg", body));
    }

    /// What comes after a part that errs is not reached: only a first part that is settled counts,
    /// or a second one that is true.
    private static JsonNode and(JsonNode left, JsonNode right) {
        if (left.equals(FALSE)) {
            return FALSE;
        }
        if (left.equals(TRUE)) {
            return right;
        }
        return right.equals(TRUE) ? left : binary("&&", left, right);
    }

    private static JsonNode or(JsonNode left, JsonNode right) {
        if (left.equals(TRUE)) {
            return TRUE;
        }
        if (left.equals(FALSE)) {
            return right;
        }
        return right.equals(FALSE) ? left : binary("||", left, right);
    }

    private JsonNode choice(JsonNode operands) {
        JsonNode test = settle(operands.path("if"));
        if (test.equals(TRUE)) {
            return settle(operands.path("then"));
        }
        return test.equals(FALSE)
                ? settle(operands.path("else"))
                : within("if-then-else", operands);
    }

    private JsonNode equal(JsonNode operands, boolean negated) {
        JsonNode left = settle(operands.path("left"));
        JsonNode right = settle(operands.path("right"));
        if (plain(left) && plain(right)) {
            return left.equals(right) != negated ? TRUE : FALSE;
        }
        return binary(negated ? "!=" : "==", left, right);
    }

    /// A literal whose equality is that of its JSON: extension values have several spellings.
    private static boolean plain(JsonNode expression) {
        JsonNode literal = expression.path("Value");
        return literal.isTextual()
                || literal.isBoolean()
                || literal.isIntegralNumber()
                || literal.has("__entity");
    }

    private JsonNode in(JsonNode operands) {
        JsonNode left = settle(operands.path("left"));
        JsonNode right = settle(operands.path("right"));
        if (isAccount(left) && literalEntities(right).isPresent()) {
            return literalEntities(right).get().stream().anyMatch(ancestors::contains)
                    ? TRUE
                    : FALSE;
        }
        return binary("in", left, right);
    }

    private static Optional<List<EntityRef>> literalEntities(JsonNode expression) {
        List<EntityRef> found = new ArrayList<>();
        if (expression.path("Value").has("__entity")) {
            return Optional.of(List.of(reference(expression)));
        }
        if (!expression.path("Set").isArray()) {
            return Optional.empty();
        }
        for (JsonNode element : expression.path("Set")) {
            if (!element.path("Value").has("__entity")) {
                return Optional.empty();
            }
            found.add(reference(element));
        }
        return Optional.of(found);
    }

    private static EntityRef reference(JsonNode expression) {
        JsonNode entity = expression.path("Value").path("__entity");
        return new EntityRef(entity.path("type").asText(), entity.path("id").asText());
    }

    private boolean isAccount(JsonNode expression) {
        return expression.path("Value").has("__entity")
                && reference(expression).equals(account.entity());
    }

    private JsonNode is(JsonNode operands) {
        JsonNode left = settle(operands.path("left"));
        if (!isAccount(left)) {
            return within("is", operands);
        }
        if (!operands.path("entity_type").asText().equals(EntityTypes.SERVICE_ACCOUNT)) {
            return FALSE;
        }
        if (!operands.has("in")) {
            return TRUE;
        }
        Optional<List<EntityRef>> above = literalEntities(settle(operands.path("in")));
        return above.map(any -> any.stream().anyMatch(ancestors::contains) ? TRUE : FALSE)
                .orElseGet(() -> within("is", operands));
    }

    private JsonNode has(JsonNode operands) {
        if (!isAccount(settle(operands.path("left")))) {
            return within("has", operands);
        }
        return attributeValue(operands.path("attr").asText()).isPresent() ? TRUE : FALSE;
    }

    private JsonNode attribute(JsonNode operands) {
        if (!isAccount(settle(operands.path("left")))) {
            return within(".", operands);
        }
        return attributeValue(operands.path("attr").asText())
                .orElseGet(() -> within(".", operands));
    }

    private Optional<JsonNode> attributeValue(String name) {
        return switch (name) {
            case "name" -> Optional.of(value(NODES.textNode(account.name())));
            case "enabled" -> Optional.of(value(NODES.booleanNode(account.enabled())));
            case "owner" ->
                    Optional.ofNullable(account.owner())
                            .map(EntityRef::organization)
                            .map(Residual::entity);
            case "created" ->
                    Optional.ofNullable(account.createdAt())
                            .map(moment ->
                                    NODES.objectNode()
                                            .set(
                                                    "datetime",
                                                    NODES.arrayNode()
                                                            .add(
                                                                    value(
                                                                            NODES.textNode(
                                                                                    moment
                                                                                            .toString())))));
            default -> Optional.empty();
        };
    }

    private JsonNode tag(JsonNode operands, String operator) {
        JsonNode left = settle(operands.path("left"));
        JsonNode key = settle(operands.path("right"));
        if (!isAccount(left)) {
            return binary(operator, left, key);
        }
        if (!key.path("Value").isTextual()) {
            // which label it is depends on the request: accounts with the same labels are alike
            ObjectNode labels = NODES.objectNode();
            new java.util.TreeMap<>(account.labels()).forEach(labels::put);
            return binary(operator, value(NODES.objectNode().set("__labels", labels)), key);
        }
        String label = account.labels().get(key.path("Value").textValue());
        if (operator.equals("hasTag")) {
            return label == null ? FALSE : TRUE;
        }
        return label == null ? binary(operator, left, key) : value(NODES.textNode(label));
    }

    private static JsonNode binary(String operator, JsonNode left, JsonNode right) {
        ObjectNode operands = NODES.objectNode();
        operands.set("left", left);
        operands.set("right", right);
        return NODES.objectNode().set(operator, operands);
    }

    private static JsonNode entity(EntityRef ref) {
        return value(
                NODES.objectNode()
                        .set(
                                "__entity",
                                NODES.objectNode().put("type", ref.type()).put("id", ref.id())));
    }

    private static JsonNode value(JsonNode literal) {
        return NODES.objectNode().set("Value", literal);
    }
}
