package io.quay.pdp.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LanesTest {
    private static final int MOST = 3;
    private static final long LONG = TimeUnit.HOURS.toMillis(1);

    private final Lanes<String> lanes = new Lanes<>(10);

    @Test
    void take_somebodyWaitsForTheItem_gathersNoOthers() throws Exception {
        lanes.offer("ordinary", false, false);
        lanes.offer("awaited", false, true);

        assertThat(lanes.take(MOST, LONG, LONG)).containsExactly("ordinary", "awaited");
    }

    @Test
    void take_nobodyWaits_othersJoinUntilSomebodyDoes() throws Exception {
        lanes.offer("first", false, false);
        List<String> taken =
                takenWhile(() -> {
                    lanes.offer("second", false, false);
                    return lanes.offer("urgent", true, true);
                });

        assertThat(taken).containsExactly("urgent", "first", "second");
    }

    @Test
    void take_nobodyWaits_endsByItself() throws Exception {
        lanes.offer("first", false, false);

        assertThat(lanes.take(MOST, LONG, 1)).containsExactly("first");
    }

    @Test
    void take_moreThanFitAreAwaited_theRestIsTakenAtOnce() throws Exception {
        for (String item : List.of("1", "2", "3", "4")) {
            lanes.offer(item, false, true);
        }

        assertThat(lanes.take(MOST, LONG, LONG)).containsExactly("1", "2", "3");
        assertThat(lanes.take(MOST, LONG, LONG)).containsExactly("4");
    }

    @Test
    void take_whatWasAwaitedIsTaken_gathersAgain() throws Exception {
        lanes.offer("awaited", false, true);
        lanes.take(MOST, LONG, LONG);
        lanes.offer("first", false, false);

        assertThat(takenWhile(() -> lanes.offer("second", false, true)))
                .containsExactly("first", "second");
    }

    @Test
    void hurry_whatWasOfferedIsAwaitedNow_gathersNoOthers() throws Exception {
        lanes.offer("first", false, false);

        assertThat(
                        takenWhile(() -> {
                            lanes.hurry();
                            return true;
                        }))
                .containsExactly("first");
    }

    @Test
    void hurry_nothingIsThere_theNextGathersAllTheSame() throws Exception {
        lanes.hurry();
        lanes.offer("first", false, false);

        assertThat(takenWhile(() -> lanes.offer("second", false, true)))
                .containsExactly("first", "second");
    }

    private List<String> takenWhile(Callable<Boolean> offered) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<List<String>> taken = threads.submit(() -> lanes.take(MOST, LONG, LONG));
            assertThat(offered.call()).isTrue();
            return taken.get();
        }
    }
}
