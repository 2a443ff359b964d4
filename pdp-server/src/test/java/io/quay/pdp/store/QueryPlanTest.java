package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecords;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.audit.SampleEvents;
import io.quay.pdp.identity.EntityRef;
import java.nio.file.Path;
import java.sql.Statement;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// That no filter makes a query read the whole log, nor sort what it found.
final class QueryPlanTest {
    @TempDir private Path temporary;
    private Database database;

    @BeforeEach
    void open() {
        database = Database.open(temporary.resolve("pdp.db"));
    }

    @AfterEach
    void close() {
        database.close();
    }

    static Stream<Arguments> filters() {
        DecisionQuery all = DecisionQuery.latest(50);
        return Stream.of(
                Arguments.of(
                        "decision_by_principal",
                        decisions(all.withPrincipal(EntityRef.serviceAccount("svc-a")))),
                Arguments.of("decision_by_action", decisions(all.withAction("createRepo"))),
                Arguments.of(
                        "decision_by_resource",
                        decisions(all.withResource(EntityRef.organization("acme")))),
                Arguments.of("decision_by_cause", decisions(all.withCause("no_permit"))),
                Arguments.of(
                        "decision_by_action",
                        decisions(
                                all.withAction("createRepo").between(DecisionRecords.NOON, null))),
                Arguments.of("event_by_kind", events("token.issued", null, null)),
                Arguments.of("event_by_actor", events(null, "svc-a", null)),
                Arguments.of("event_by_account", events(null, null, "svc-a")));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("filters")
    void aFilterIsFoundByItsIndexInOrder(String index, String sql) {
        assertThat(plan(sql))
                .contains("SEARCH", "USING INDEX " + index)
                .doesNotContain("TEMP B-TREE");
    }

    @Test
    void withoutAFilterOrWithOneEndOfTime_theLogIsReadInOrder() {
        DecisionQuery all = DecisionQuery.latest(50);
        for (DecisionQuery query :
                new DecisionQuery[] {
                    all,
                    all.after("x"),
                    all.between(DecisionRecords.NOON, null),
                    all.between(null, DecisionRecords.NOON)
                }) {
            assertThat(plan(decisions(query))).doesNotContain("TEMP B-TREE", "USING INDEX");
        }
    }

    @Test
    void aSpanOfTime_isFoundByItsIndex() {
        assertThat(
                        plan(
                                decisions(
                                        DecisionQuery.latest(50)
                                                .between(
                                                        DecisionRecords.NOON,
                                                        DecisionRecords.NOON.plusSeconds(1)))))
                .contains("decision_by_time");
        assertThat(
                        plan(
                                new EventTable.Select()
                                        .sql(
                                                new EventQuery(
                                                        null,
                                                        null,
                                                        null,
                                                        SampleEvents.NOON,
                                                        SampleEvents.NOON.plusSeconds(1),
                                                        null,
                                                        50))))
                .contains("event_by_time");
    }

    private static String decisions(DecisionQuery query) {
        return new DecisionSelect().sql(query);
    }

    private static String events(
            @org.jspecify.annotations.Nullable String kind,
            @org.jspecify.annotations.Nullable String actor,
            @org.jspecify.annotations.Nullable String account) {
        return new EventTable.Select()
                .sql(new EventQuery(kind, actor, account, null, null, null, 50));
    }

    private String plan(String sql) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    var rows = statement.executeQuery("EXPLAIN QUERY PLAN " + sql)) {
                StringBuilder plan = new StringBuilder();
                while (rows.next()) {
                    plan.append(rows.getString("detail")).append('\n');
                }
                return plan.toString();
            }
        });
    }
}
