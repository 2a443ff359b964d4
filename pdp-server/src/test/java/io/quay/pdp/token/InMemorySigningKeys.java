package io.quay.pdp.token;

import io.quay.pdp.audit.Event;
import java.util.ArrayList;
import java.util.List;

/// Keeps the ring as a database would, which can be full.
public final class InMemorySigningKeys implements SigningKeys {
    private final List<Event> events = new ArrayList<>();
    private List<SigningKey> ring = List.of();
    private boolean full;

    @Override
    public synchronized List<SigningKey> all() {
        return ring;
    }

    @Override
    public synchronized void replace(List<SigningKey> replacement, Event event) {
        if (full) {
            throw new IllegalStateException("the disk is full");
        }
        ring = List.copyOf(replacement);
        events.add(event);
    }

    public synchronized void fill(boolean now) {
        full = now;
    }

    public synchronized List<Event> events() {
        return List.copyOf(events);
    }
}
