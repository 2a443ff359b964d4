package io.quay.pdp.cedar;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The only threads that call Cedar's native code: platform threads, as many as cores, with stacks
/// so large that no accepted policy comes near their end.
///
/// Cedar's evaluator gives a policy up when less than 100 KiB of stack is left, and a forbid that
/// is given up is skipped: on a small stack the same request may be allowed that is denied on a
/// large one. Its parser recurses without any limit. Safe for use by any number of threads.
public final class CedarThreads implements AutoCloseable {
    private static final long STACK_BYTES = 64L * 1024 * 1024;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final ExecutorService threads;

    public CedarThreads() {
        this(Runtime.getRuntime().availableProcessors());
    }

    CedarThreads(int count) {
        threads =
                new ThreadPoolExecutor(
                        count,
                        count,
                        0,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(10_000),
                        task -> {
                            Thread thread =
                                    new Thread(
                                            null,
                                            task,
                                            "cedar-" + NUMBER.incrementAndGet(),
                                            STACK_BYTES);
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /// Runs on one of the threads and waits.
    ///
    /// @throws CedarException when the work threw, is too much, or the waiting was interrupted
    <T> T call(Callable<T> work) {
        try {
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedException("interrupted before the engine was asked");
            }
            return threads.submit(work).get();
        } catch (ExecutionException e) {
            throw new CedarException(e.getCause() == null ? e : e.getCause());
        } catch (RejectedExecutionException e) {
            throw new CedarException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CedarException(e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
