package io.quay.pdp.decision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SearchTest {
    private static final String SCHEMA =
            """
            entity Team;
            entity User in [Team] = { owner?: Team, level?: Long };
            entity File = { by?: User };
            action "read" appliesTo { principal: [User], resource: [File] };
            action "print" appliesTo { principal: [User], resource: [File], context: { pages?: Long } };
            action "scan" appliesTo { principal: [User], resource: [File], context: { pages?: String } };
            """;
    private static final String POLICIES =
            """
            @id("team") permit (principal in Team::"a", action == Action::"read", resource is File);
            @id("named") permit (principal == User::"eve", action, resource == File::"secret");
            @id("condition") permit (principal is User, action == Action::"read", resource is File)
              when { principal == User::"kim" };
            @id("err") permit (principal == User::"max", action == Action::"read", resource is File)
              when { principal has level && principal.level + 9223372036854775807 > 0 };
            @id("user-max") forbid (principal == User::"lea", action == Action::"read", resource is File)
              when { principal has level && principal.level + 9223372036854775807 > 0 };
            """;
    private static final String ENTITIES =
            """
            [{"uid": {"type": "User", "id": "ann"}, "parents": [{"type": "Team", "id": "a"}]},
             {"uid": {"type": "User", "id": "lea"}, "attrs": {"level": 1}, "parents": [{"type": "Team", "id": "a"}]},
             {"uid": {"type": "User", "id": "tom"}},
             {"uid": {"type": "File", "id": "1"}, "attrs": {"by": {"type": "User", "id": "zoe"}}}]
            """;
    private static final EntityRef ONE = new EntityRef("File", "1");
    private static final SearchQuery.Supplied NOTHING =
            new SearchQuery.Supplied(Map.of(), Map.of(), Map.of());

    @TempDir private Path directory;
    private Knowledge knowledge;
    private final AtomicLong nanos = new AtomicLong();

    @BeforeEach
    void load() {
        knowledge =
                TestRepository.other(directory, SCHEMA)
                        .with("access/files.cedar", POLICIES)
                        .with("entities.json", ENTITIES)
                        .load();
    }

    private Search search(int decisions) {
        DecisionPoint point =
                new DecisionPoint(
                        () -> knowledge,
                        null,
                        DecisionPoint.UnboundIds.REFUSE,
                        Clock.fixed(TestPoint.NOW, ZoneOffset.UTC));
        return new Search(
                () -> knowledge,
                point,
                new Search.Budget(decisions, Duration.ofSeconds(1)),
                nanos::get);
    }

    private static SearchQuery readers() {
        return new SearchQuery.Subjects("User", "read", ONE, NOTHING);
    }

    private static SearchQuery actionsOf(String user, Map<String, Value> context) {
        return new SearchQuery.Actions(
                Subject.Named.of(new EntityRef("User", user)),
                new EntityRef("File", "secret"),
                new SearchQuery.Supplied(context, Map.of(), Map.of()));
    }

    @Test
    void namesOfFactsPoliciesConditionsAndAttributesAreKnown() {
        assertThat(knowledge.known("User"))
                .containsExactly("ann", "eve", "kim", "lea", "max", "tom", "zoe");
        assertThat(knowledge.known("File")).containsExactly("1", "secret");
        assertThat(knowledge.known("Team")).containsExactly("a");
        assertThat(knowledge.known("Nothing")).isEmpty();
    }

    @Test
    void whatPoliciesCannotBeEvaluatedFor_isNotFound() {
        Search.Page page = search(100).find(readers(), "", 100);
        assertThat(page.found()).containsExactly("ann", "kim");
        assertThat(page.undecided()).isEqualTo(1);
        assertThat(page.decided()).isEqualTo(7);
        assertThat(page.next()).isNull();
    }

    @Test
    void pageThatIsFull_saysSoOnlyWhenThereIsMore() {
        Search.Page first = search(100).find(readers(), "", 1);
        assertThat(first.found()).containsExactly("ann");
        assertThat(first.next()).isEqualTo("eve");
        Search.Page last = search(100).find(readers(), "eve", 1);
        assertThat(last.found()).containsExactly("kim");
        assertThat(last.next()).isNull();
    }

    @Test
    void budgetEndsAPage() {
        Search.Page page = search(2).find(readers(), "", 100);
        assertThat(page.found()).containsExactly("ann");
        assertThat(page.next()).isEqualTo("eve");
        assertThat(page.decided()).isEqualTo(2);
    }

    @Test
    void timeEndsAPageButNotBeforeItsFirstDecision() {
        Search slow = search(100);
        Knowledge loaded = knowledge;
        Search late =
                new Search(
                        () -> loaded,
                        new DecisionPoint(
                                () -> {
                                    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
                                    return loaded;
                                },
                                null,
                                DecisionPoint.UnboundIds.REFUSE,
                                Clock.systemUTC()),
                        new Search.Budget(100, Duration.ofSeconds(1)),
                        nanos::get);
        assertThat(late.find(readers(), "", 100).decided()).isEqualTo(1);
        assertThat(late.find(readers(), "", 100).next()).isEqualTo("ann");
        assertThat(slow.find(readers(), "", 100).decided()).isEqualTo(7);
    }

    @Test
    void valueThatFitsNoQuestion_isRefused() {
        SearchQuery misfit =
                new SearchQuery.Resources(
                        new Subject.Named(
                                new EntityRef("User", "ann"),
                                Map.of("level", Value.of("high")),
                                null),
                        "read",
                        "File",
                        NOTHING);
        assertThatThrownBy(() -> search(100).find(misfit, "", 100))
                .isInstanceOf(Shape.MisfitException.class)
                .hasMessageContaining("subject.properties.level");
    }

    @Test
    void valueThatDoesNotFitEveryAction_leavesTheOthers() {
        assertThat(search(100).find(actionsOf("eve", Map.of()), "", 100).found())
                .containsExactly("print", "read", "scan");
        assertThat(
                        search(100)
                                .find(actionsOf("eve", Map.of("pages", Value.of(1))), "", 100)
                                .found())
                .containsExactly("print", "read");
    }

    @Test
    void valueThatFitsNoAction_isRefused() {
        SearchQuery misfit =
                new SearchQuery.Actions(
                        Subject.Named.of(new EntityRef("User", "eve")),
                        ONE,
                        new SearchQuery.Supplied(
                                Map.of(), Map.of(), Map.of("by", Value.of("somebody"))));
        assertThatThrownBy(() -> search(100).find(misfit, "", 100))
                .isInstanceOf(Shape.MisfitException.class)
                .hasMessageContaining("resource.properties.by");
    }
}
