package io.quay.pdp.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Search;
import io.quay.pdp.decision.SearchQuery;
import io.quay.pdp.identity.ClientSecret;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedSearchesTest {
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-11-23T12:00:00.123456Z"), ZoneOffset.UTC);
    private static final SearchQuery READERS =
            new SearchQuery.Subjects(
                    "Quay::ServiceAccount",
                    "getOrganization",
                    EntityRef.organization("acme"),
                    new SearchQuery.Supplied(Map.of(), Map.of(), Map.of()));

    @TempDir private Path directory;
    private final InMemoryEventLog log = new InMemoryEventLog();
    private RecordedSearches searches;

    @BeforeEach
    void load() {
        TestRepository repository =
                TestRepository.quay(directory)
                        .withAccounts("svc-a", "svc-b")
                        .withAccess(
                                "permit (principal == Quay::ServiceAccount::\"svc-a\", action == Quay::Action::\"getOrganization\", resource == Quay::Organization::\"acme\");");
        Snapshot snapshot = repository.load();
        DecisionPoint point =
                new DecisionPoint(
                        () -> snapshot,
                        new io.quay.pdp.quay.RequestMapper(repository.catalog()),
                        DecisionPoint.UnboundIds.REFUSE,
                        CLOCK);
        searches =
                new RecordedSearches(
                        new Search(
                                () -> snapshot,
                                point,
                                new Search.Budget(100, Duration.ofSeconds(5)),
                                System::nanoTime),
                        log,
                        new DecisionIds(CLOCK, new SecureRandom()),
                        CLOCK);
    }

    private static EventQuery all() {
        return new EventQuery(null, null, null, null, null, null, 10);
    }

    @Test
    void searchIsOneEventWithWhatWasAskedAndHowMuchWasFound() {
        RecordedSearches.Answer answer = searches.find(READERS, "", 10, "pep-1", "a b");
        assertThat(answer.page().found()).containsExactly("svc-a");
        assertThat(log.find(all()))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.id()).isEqualTo(answer.id());
                    assertThat(event.kind()).isEqualTo(Event.Kind.SEARCH_ANSWERED);
                    assertThat(event.requestId()).isEqualTo("a_b");
                    assertThat(event.details())
                            .containsEntry("caller", "pep-1")
                            .containsEntry("wanted", "subject")
                            .containsEntry("found", "1")
                            .containsEntry("decided", "2");
                });
    }

    @Test
    void recordHoldsNoSecretAndNoTextWithoutEnd() {
        String secret = ClientSecret.generate(new SecureRandom());
        SearchQuery.Supplied nothing = new SearchQuery.Supplied(Map.of(), Map.of(), Map.of());
        searches.find(
                new SearchQuery.Subjects(
                        secret, "x".repeat(60_000), EntityRef.organization("acme"), nothing),
                "",
                10,
                "pep-1",
                null);
        assertThat(log.find(all()).getFirst().details().values())
                .noneMatch(text -> text.contains(secret))
                .allMatch(text -> text.length() < 700);
    }

    @Test
    void searchThatCannotBeRecorded_isNotAnswered() {
        log.unavailable(true);
        assertThatThrownBy(() -> searches.find(READERS, "", 10, "pep-1", null))
                .isInstanceOf(AuditUnavailableException.class);
    }
}
