package io.quay.pdp.token;

import io.quay.pdp.audit.Event;
import java.util.List;

/// The port to the key ring's keys.
public interface SigningKeys {
    List<SigningKey> all();

    /// Replaces the whole ring and records the event, in one transaction.
    void replace(List<SigningKey> ring, Event event);
}
