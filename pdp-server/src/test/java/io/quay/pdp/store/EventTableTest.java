package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.audit.SampleEvents;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventTableTest {
    @TempDir private Path temporary;
    private Database database;
    private EventTable events;

    @BeforeEach
    void open() {
        database = Database.open(temporary.resolve("pdp.db"));
        events = new EventTable(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void everyKindComesBackUnderItsCode() {
        int number = 0;
        for (Event.Kind kind : Event.Kind.values()) {
            Event event = SampleEvents.of(kind, number++);
            append(event);

            assertThat(events.find(SampleEvents.kind(kind.code()))).containsExactly(event);
        }
    }

    @Test
    void anEventOfARefusedChangeIsNotKept() {
        assertThatThrownBy(() ->
                        database.write(connection -> {
                            events.append(connection, SampleEvents.full(1));
                            throw new IllegalStateException("refused");
                        }))
                .hasMessage("refused");

        assertThat(events.find(SampleEvents.latest(10))).isEmpty();
    }

    @Test
    void anEventIdIsTakenOnce() {
        append(SampleEvents.full(1));

        assertThatThrownBy(() -> append(SampleEvents.bare(1))).isInstanceOf(StoreException.class);
        assertThat(events.find(SampleEvents.latest(10))).containsExactly(SampleEvents.full(1));
    }

    @Test
    void anEventOfAnUnknownKindIsNotReadAsAnother() {
        append(SampleEvents.full(1));
        database.write(connection -> run(connection, "UPDATE event SET kind = 'later.made'"));

        assertThatThrownBy(() -> events.find(SampleEvents.latest(10)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("later.made");
    }

    @Test
    void detailsAreTextWhateverTheyLookLike() {
        Map<String, String> details =
                Map.of("__entity", "{}", "n", "1", "b", "true", "", "", "ü", "\"💥\"\n");
        Event event = SampleEvents.withDetails(1, details);
        append(event);

        assertThat(events.find(SampleEvents.latest(1))).isEqualTo(List.of(event));
    }

    @Test
    void aPageEndsWithItsLimitAndACursorGoesOnBehindIt() {
        for (int number = 0; number < 5; number++) {
            append(SampleEvents.full(number));
        }
        List<Event> page = events.find(SampleEvents.latest(2));
        EventQuery next = new EventQuery(null, null, null, null, null, page.getLast().id(), 10);

        assertThat(page).containsExactly(SampleEvents.full(4), SampleEvents.full(3));
        assertThat(events.find(next))
                .containsExactly(SampleEvents.full(2), SampleEvents.full(1), SampleEvents.full(0));
    }

    private void append(Event event) {
        database.write(connection -> {
            events.append(connection, event);
            return event;
        });
    }

    private static int run(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
        }
    }
}
