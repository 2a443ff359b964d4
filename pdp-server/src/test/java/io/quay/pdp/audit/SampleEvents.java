package io.quay.pdp.audit;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Sample events for tests. Their ids and times sort by their numbers.
public final class SampleEvents {
    public static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123Z");

    private SampleEvents() {}

    public static String id(int number) {
        return "01ARZ3NDEKTSV4RRFFQ69G%04d".formatted(number);
    }

    public static Instant time(int number) {
        return NOON.plusSeconds(number);
    }

    /// With every member set.
    public static Event full(int number) {
        return withDetails(number, Map.of("owner", "acme → ünïcode", "labels.tier", ""));
    }

    public static Event withDetails(int number, Map<String, String> details) {
        return new Event(
                id(number),
                time(number),
                Event.Kind.ACCOUNT_CREATED,
                "svc-admin",
                "cred-1",
                "svc-build",
                "grant-1",
                "not_allowed",
                List.of("platform-admin", "say \"yes\"", ""),
                "req-" + number,
                "2001:db8::1",
                details);
    }

    /// With nothing set that may be null.
    public static Event bare(int number) {
        return of(Event.Kind.KEYS_ROTATED, number);
    }

    public static Event of(Event.Kind kind, int number) {
        return new Event(
                id(number),
                time(number),
                kind,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null,
                Map.of());
    }

    public static EventQuery latest(int limit) {
        return new EventQuery(null, null, null, null, null, null, limit);
    }

    public static EventQuery kind(String code) {
        return new EventQuery(code, null, null, null, null, null, 10);
    }
}
