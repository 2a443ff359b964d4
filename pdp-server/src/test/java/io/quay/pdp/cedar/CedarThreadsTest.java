package io.quay.pdp.cedar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.decision.Evaluation;
import io.quay.pdp.decision.PolicyEngine;
import io.quay.pdp.identity.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The stack of the thread that asks changes no answer. On a thread of 256 KiB of its own the same
/// forbid would be given up and skipped.
class CedarThreadsTest {
    private static final int DEPTH = 45;
    private static final CedarThreads THREADS = new CedarThreads(2);
    private static final PolicyEngine ENGINE =
            new CedarLanguage(THREADS)
                    .compile(
                            Map.of(
                                    "all",
                                    Questions.PERMIT_ALL,
                                    "deep",
                                    Questions.forbidWhen(deep())),
                            Map.of(),
                            List.of());

    /// No parenthesis that a parser would drop.
    private static String deep() {
        return "if context.wanted then ".repeat(DEPTH)
                + "context.wanted"
                + " else false".repeat(DEPTH);
    }

    @AfterAll
    static void close() {
        THREADS.close();
    }

    private static Evaluation ask(boolean wanted) {
        return ENGINE.evaluate(Questions.with(Map.of("wanted", Value.of(wanted))));
    }

    private static void assertRight(Evaluation forbidden, Evaluation permitted) {
        assertThat(forbidden).isEqualTo(new Evaluation.Forbidden(Set.of("deep")));
        assertThat(permitted).isEqualTo(new Evaluation.Permitted(Set.of("all")));
    }

    @ParameterizedTest(name = "{0} KiB")
    @ValueSource(ints = {128, 160, 256, 384, 512, 1024, 4096})
    void deepForbidHolds_whateverTheCallersStack(int kib)
            throws InterruptedException, ExecutionException {
        FutureTask<List<Evaluation>> asking =
                new FutureTask<>(() -> List.of(ask(true), ask(false)));
        Thread thread = new Thread(null, asking, "small", kib * 1024L);
        thread.start();
        assertRight(asking.get().getFirst(), asking.get().getLast());
    }

    @Test
    void deepForbidHolds_onManyVirtualThreadsAtOnce()
            throws InterruptedException, ExecutionException {
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Evaluation>>> answers = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                answers.add(virtual.submit(() -> List.of(ask(true), ask(false))));
            }
            for (Future<List<Evaluation>> answer : answers) {
                assertRight(answer.get().getFirst(), answer.get().getLast());
            }
        }
    }

    @Test
    void workThatThrows_isACedarException() {
        assertThatThrownBy(() ->
                        THREADS.call(() -> {
                            throw new StackOverflowError();
                        }))
                .isInstanceOf(CedarException.class)
                .hasCauseInstanceOf(StackOverflowError.class);
        assertThat(THREADS.<String>call(() -> "still there")).isEqualTo("still there");
    }
}
