package io.quay.pdp.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Two queues of the same bound, of which the urgent one is emptied first: what fills the other
/// neither delays nor refuses what is urgent. Safe for use by any number of threads.
final class Lanes<T> {
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Queue<T> urgent = new ArrayDeque<>();
    private final Queue<T> ordinary = new ArrayDeque<>();
    private boolean awaited;
    private boolean dozing;

    /// @param capacity of each
    Lanes(int capacity) {
        this.capacity = capacity;
    }

    /// Never blocks; false when its queue is full.
    ///
    /// @param isAwaited whether somebody waits for the item to be taken
    boolean offer(T item, boolean isUrgent, boolean isAwaited) {
        lock.lock();
        try {
            Queue<T> queue = isUrgent ? urgent : ordinary;
            if (queue.size() >= capacity) {
                return false;
            }
            queue.add(item);
            awaited |= isAwaited;
            if (dozing || isAwaited) {
                filled.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Somebody waits from now on for an item that is offered already. Does no harm when it has
    /// been taken meanwhile.
    void hurry() {
        lock.lock();
        try {
            if (!urgent.isEmpty() || !ordinary.isEmpty()) {
                awaited = true;
                filled.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Waits for an item and takes what there is: the urgent ones first, each queue in its order.
    ///
    /// @param gathering for how many milliseconds more come to one that nobody waits for yet
    /// @return empty when none came in time
    List<T> take(int most, long millis, long gathering) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            // before it dozes, so that while there is much to do only what is awaited wakes it
            gather(gathering);
            if (isEmpty()) {
                doze(millis);
                gather(gathering);
            }
            List<T> taken = new ArrayList<>();
            moveTo(taken, urgent, most);
            moveTo(taken, ordinary, most);
            awaited &= !(urgent.isEmpty() && ordinary.isEmpty());
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void doze(long millis) throws InterruptedException {
        dozing = true;
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (isEmpty() && nanos > 0) {
                nanos = filled.awaitNanos(nanos);
            }
        } finally {
            dozing = false;
        }
    }

    private void gather(long millis) throws InterruptedException {
        long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
        while (!awaited && nanos > 0) {
            nanos = filled.awaitNanos(nanos);
        }
    }

    private static <T> void moveTo(List<T> taken, Queue<T> queue, int most) {
        while (taken.size() < most && !queue.isEmpty()) {
            taken.add(queue.remove());
        }
    }

    List<T> drain() {
        lock.lock();
        try {
            List<T> left = new ArrayList<>(urgent);
            left.addAll(ordinary);
            urgent.clear();
            ordinary.clear();
            return left;
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return urgent.size() + ordinary.size();
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return urgent.isEmpty() && ordinary.isEmpty();
        } finally {
            lock.unlock();
        }
    }
}
