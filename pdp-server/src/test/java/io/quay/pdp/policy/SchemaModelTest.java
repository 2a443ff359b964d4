package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.ActionModel.Action;
import io.quay.pdp.decision.Shape;
import io.quay.pdp.identity.EntityRef;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaModelTest {
    private static final String SCHEMA =
            """
            namespace Shop {
              type Money = { amount: Long, currency?: String };
              type Prices = Set<Money>;
              entity Customer, Clerk in [Team] = { name: String, boss?: Clerk, prices: Prices };
              entity Team in [Team, Base::Unit] tags Set<String>;
              entity Status enum ["open", "closed"];
              entity Order = {
                total: Money, at: datetime, from: ipaddr, took?: duration, rate: decimal,
                "odd name": Bool, status: Status, unit: Base::Unit, nested: { deep: Set<Customer> }
              };
              action all;
              action view in [all];
              action edit in [view, Base::Action::"any"];
              action "change it" in [edit] appliesTo {
                principal: [Customer, Clerk], resource: Order, context: { price?: Money, size: Base::Size }
              };
              action close appliesTo { principal: Clerk, resource: [Order, Team], context: Base::Common };
            }
            namespace Base {
              type Size = Long;
              type Common = { when: datetime };
              entity Unit;
              action any in [Base::Action::"top"];
              action top;
            }
            """;

    @TempDir private Path directory;

    private SchemaModel model() {
        return TestRepository.other(directory, SCHEMA).schema().model();
    }

    private static Shape.Member required(Shape shape) {
        return new Shape.Member(shape, true);
    }

    private static Shape.Member optional(Shape shape) {
        return new Shape.Member(shape, false);
    }

    private static final Shape.RecordOf MONEY =
            new Shape.RecordOf(
                    Map.of(
                            "amount", required(Shape.Primitive.LONG),
                            "currency", optional(Shape.Primitive.STRING)));

    @Test
    void groupsOfGroupsAreGroups_alsoOfOtherNamespaces() {
        Action action = model().find("change it", "Shop::Clerk").orElseThrow();
        assertThat(action.ref()).isEqualTo(new EntityRef("Shop::Action", "change it"));
        assertThat(action.groups())
                .containsExactlyInAnyOrder(
                        new EntityRef("Shop::Action", "edit"),
                        new EntityRef("Shop::Action", "view"),
                        new EntityRef("Shop::Action", "all"),
                        new EntityRef("Base::Action", "any"),
                        new EntityRef("Base::Action", "top"));
        assertThat(action.resourceTypes()).containsExactly("Shop::Order");
    }

    @Test
    void actionIsFoundOnlyForItsPrincipals() {
        assertThat(model().find("change it", "Shop::Customer")).isPresent();
        assertThat(model().find("close", "Shop::Customer")).isEmpty();
        assertThat(model().find("close", "Shop::Clerk").orElseThrow().resourceTypes())
                .containsExactlyInAnyOrder("Shop::Order", "Shop::Team");
        assertThat(model().find("view", "Shop::Clerk")).as("a group").isEmpty();
        assertThat(model().find("Shop::Action::\"close\"", "Shop::Clerk")).isEmpty();
    }

    @Test
    void contextIsTyped_alsoByCommonTypes() {
        assertThat(model().find("change it", "Shop::Clerk").orElseThrow().context())
                .isEqualTo(
                        new Shape.RecordOf(
                                Map.of(
                                        "price", optional(MONEY),
                                        "size", required(Shape.Primitive.LONG))));
        assertThat(model().find("close", "Shop::Clerk").orElseThrow().context())
                .isEqualTo(new Shape.RecordOf(Map.of("when", required(Shape.Primitive.DATETIME))));
    }

    @Test
    void attributesAreTyped() {
        assertThat(model().attributes("Shop::Customer").members())
                .isEqualTo(
                        Map.of(
                                "name", required(Shape.Primitive.STRING),
                                "boss", optional(new Shape.EntityOf("Shop::Clerk")),
                                "prices", required(new Shape.SetOf(MONEY))));
        assertThat(model().attributes("Shop::Order").members())
                .containsEntry("total", required(MONEY))
                .containsEntry("at", required(Shape.Primitive.DATETIME))
                .containsEntry("from", required(Shape.Primitive.IP))
                .containsEntry("took", optional(new Shape.Opaque("duration")))
                .containsEntry("rate", required(new Shape.Opaque("decimal")))
                .containsEntry("odd name", required(Shape.Primitive.BOOL))
                .containsEntry("status", required(new Shape.EntityOf("Shop::Status")))
                .containsEntry("unit", required(new Shape.EntityOf("Base::Unit")))
                .containsEntry(
                        "nested",
                        required(
                                new Shape.RecordOf(
                                        Map.of(
                                                "deep",
                                                required(
                                                        new Shape.SetOf(
                                                                new Shape.EntityOf(
                                                                        "Shop::Customer")))))));
    }

    @Test
    void typesParentsAndTags() {
        assertThat(model().knowsType("Shop::Order")).isTrue();
        assertThat(model().knowsType("Shop::Status")).isTrue();
        assertThat(model().knowsType("Order")).isFalse();
        assertThat(model().knowsType("Shop::Money")).isFalse();
        assertThat(model().parentTypes("Shop::Team")).isEqualTo(Set.of("Shop::Team", "Base::Unit"));
        assertThat(model().tags("Shop::Team")).contains(new Shape.SetOf(Shape.Primitive.STRING));
        assertThat(model().tags("Shop::Order")).isEmpty();
    }

    @Test
    void everyOperationOfTheShippedSchemaIsAnAction() {
        TestRepository repository = TestRepository.quay(directory);
        repository
                .catalog()
                .operations()
                .forEach(operation -> {
                    Action action =
                            repository
                                    .schema()
                                    .model()
                                    .find(operation.name(), "Quay::ServiceAccount")
                                    .orElseThrow();
                    assertThat(action.groups())
                            .extracting(EntityRef::id)
                            .containsExactlyInAnyOrderElementsOf(operation.groups());
                    assertThat(action.resourceTypes())
                            .containsExactlyInAnyOrderElementsOf(
                                    Set.copyOf(operation.resourceTypes()));
                });
    }
}
