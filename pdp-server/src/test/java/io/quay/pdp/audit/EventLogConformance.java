package io.quay.pdp.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.audit.EventLog.Spent;
import io.quay.pdp.token.SpentAssertions;
import io.quay.pdp.token.SpentAssertions.Used;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What every implementation of the port to the events that stand alone does.
public abstract class EventLogConformance {
    protected abstract EventLog eventLog();

    protected abstract Events events();

    protected abstract SpentAssertions assertions();

    @Test
    void anEventIsFoundAsItWasAppended() {
        Event full = append(SampleEvents.full(1));
        Event bare = append(SampleEvents.bare(2));

        assertThat(events().find(SampleEvents.latest(10))).containsExactly(bare, full);
    }

    @Test
    void everyFilterOfEventsKeepsOnlyWhatMatches() {
        Event full = append(SampleEvents.full(1));
        Event bare = append(SampleEvents.bare(2));

        assertThat(find(SampleEvents.kind("service_account.created"))).containsExactly(full);
        assertThat(find(new EventQuery(null, "svc-admin", null, null, null, null, 10)))
                .containsExactly(full);
        assertThat(find(new EventQuery(null, null, "svc-build", null, null, null, 10)))
                .containsExactly(full);
        assertThat(find(new EventQuery(null, null, null, bare.time(), null, null, 10)))
                .containsExactly(bare);
        assertThat(find(new EventQuery(null, null, null, null, bare.time(), null, 10)))
                .containsExactly(full);
        assertThat(find(new EventQuery(null, null, null, null, null, bare.id(), 10)))
                .containsExactly(full);
        assertThat(find(new EventQuery(null, "SVC-ADMIN", null, null, null, null, 10))).isEmpty();
    }

    @Test
    void anAssertionIsSpentWithItsEvent() {
        eventLog().append(SampleEvents.of(Event.Kind.TOKEN_ISSUED, 1), spent("a1"));

        assertThat(find(SampleEvents.kind("token.issued"))).hasSize(1);
        assertThat(assertions().since(SampleEvents.NOON))
                .containsExactly(new Used("a1", SampleEvents.time(60), 1));
    }

    @Test
    void anAssertionThatWasSpentBeforeTakesItsEventWithIt() {
        eventLog().append(SampleEvents.bare(1), spent("a1"));

        assertThatThrownBy(() -> eventLog().append(SampleEvents.bare(2), spent("a1")))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(find(SampleEvents.latest(10))).containsExactly(SampleEvents.bare(1));
    }

    @Test
    void anEventThatIsNotKeptSpendsNothing() {
        eventLog().append(SampleEvents.bare(1));

        assertThatThrownBy(() -> eventLog().append(SampleEvents.bare(1), spent("a1")))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(assertions().since(SampleEvents.NOON)).isEmpty();
    }

    @Test
    void aTokenWithSeveralUsesHasSoManyAndNoMore() {
        Spent twice = new Spent("a1", SampleEvents.time(60), 2);
        eventLog().append(SampleEvents.bare(1), twice);
        eventLog().append(SampleEvents.bare(2), twice);

        assertThatThrownBy(() -> eventLog().append(SampleEvents.bare(3), twice))
                .isInstanceOf(AuditUnavailableException.class);
        assertThat(assertions().since(SampleEvents.NOON))
                .containsExactly(new Used("a1", SampleEvents.time(60), 2));
        assertThat(find(SampleEvents.latest(10))).hasSize(2);
    }

    @Test
    void ofManyWhoSpendOneAssertionAtOnceOneDoes() throws Exception {
        int spenders = 50;
        long kept;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting =
                    IntStream.range(0, spenders)
                            .mapToObj(number -> threads.submit(() -> spends(number)))
                            .toList();
            kept = 0;
            for (var each : waiting) {
                kept += each.get() ? 1 : 0;
            }
        }
        assertThat(kept).isEqualTo(1);
        assertThat(find(SampleEvents.latest(100))).hasSize(1);
    }

    @Test
    void manyThreadsAppendEventsAtOnce() throws Exception {
        int number = 500;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var waiting =
                    IntStream.range(0, number)
                            .mapToObj(each -> threads.submit(() -> append(SampleEvents.full(each))))
                            .toList();
            for (var each : waiting) {
                each.get();
            }
        }
        assertThat(find(SampleEvents.latest(1_000)))
                .hasSize(number)
                .isSortedAccordingTo(Comparator.comparing(Event::id).reversed());
    }

    private boolean spends(int number) {
        try {
            eventLog().append(SampleEvents.bare(number), spent("one"));
            return true;
        } catch (AuditUnavailableException _) {
            return false;
        }
    }

    private Event append(Event event) {
        eventLog().append(event);
        return event;
    }

    private List<Event> find(EventQuery query) {
        return events().find(query);
    }

    private static Spent spent(String hash) {
        return new Spent(hash, SampleEvents.time(60));
    }
}
