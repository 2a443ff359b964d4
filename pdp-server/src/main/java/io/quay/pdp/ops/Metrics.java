package io.quay.pdp.ops;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// What the server counts and measures, in Prometheus' text format. All names are here. Labels have
/// values from closed sets, never from requests. Safe for use by any number of threads.
public final class Metrics {
    /// The content type of [#exposition].
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /// More than all values of a counter's labels together: what comes then counts as `other`, so
    /// that a label that is not of a closed set after all cannot fill the memory.
    private static final int MAX_SERIES = 500;

    /// Things that only become more.
    public enum Counter {
        DECISIONS(
                "pdp_decisions_total",
                "Decisions, by outcome (allow, deny) and for denials by cause",
                "outcome",
                "cause"),
        TOKENS(
                "pdp_tokens_total",
                "Requests for access tokens, by outcome (issued, refused), grant and OAuth error",
                "outcome",
                "grant",
                "error"),
        ADMINISTRATION(
                "pdp_administration_requests_total",
                "Requests to the administration API, by operation and outcome (done, refused, failed)",
                "operation",
                "outcome"),
        GATEWAY_REQUESTS(
                "pdp_gateway_requests_total",
                "Requests to the gateway, by verdict (allowed, denied, passed, refused, failed) and"
                        + " class of the answer's status",
                "verdict",
                "status"),
        QUAY_CALLS(
                "pdp_gateway_quay_calls_total",
                "Decided calls sent to Quay, by how they ended (answered, unreached, broken,"
                        + " timed_out)",
                "state"),
        QUAY_MILLIS(
                "pdp_gateway_quay_milliseconds_total",
                "Time that decided calls took, from sending them to the end of Quay's answer");

        private final String id;
        private final String help;
        private final String labels;

        Counter(String id, String help, String... labels) {
            this.id = id;
            this.help = help;
            this.labels = String.join(",", labels);
        }

        private List<String> labels() {
            return labels.isEmpty() ? List.of() : List.of(labels.split(","));
        }
    }

    /// Things that are as they are now.
    public enum Gauge {
        BOOTSTRAP_ACTIVE(
                "pdp_bootstrap_credential_active",
                "1 while the bootstrap account can be used: make another administrator, then"
                        + " disable it"),
        POLICY_INFO("pdp_policy_info", "1; the version of the policies in force", "version"),
        POLICIES("pdp_policies", "Policies and granted roles of the repository"),
        POLICY_LOAD_FAILED(
                "pdp_policy_load_failed",
                "1 while the policy directory as it is now is refused and an older set is in force"),
        POLICY_LOADS_FAILED(
                "pdp_policy_loads_failed", "Changed policy directories refused since the start"),
        LOG_QUEUE("pdp_decision_log_queue", "Records that wait to be committed"),
        TOKENS_REMEMBERED("pdp_tokens_remembered", "Verified tokens that are remembered");

        private final String id;
        private final String help;
        private final String labels;

        Gauge(String id, String help, String... labels) {
            this.id = id;
            this.help = help;
            this.labels = String.join(",", labels);
        }

        private List<String> labels() {
            return labels.isEmpty() ? List.of() : List.of(labels.split(","));
        }
    }

    /// What a gauge shows.
    ///
    /// @param labels as many as the gauge has
    public record Reading(double value, List<String> labels) {
        public Reading {
            labels = List.copyOf(labels);
        }

        public static Reading of(double value) {
            return new Reading(value, List.of());
        }

        public static Reading of(boolean value) {
            return of(value ? 1 : 0);
        }
    }

    private final Map<Counter, Map<List<String>, LongAdder>> counters =
            new EnumMap<>(Counter.class);
    private final Map<Gauge, Supplier<Reading>> gauges = new ConcurrentHashMap<>();

    public Metrics() {
        for (Counter counter : Counter.values()) {
            counters.put(counter, new ConcurrentHashMap<>());
        }
    }

    /// @param labels as many as the counter has
    public void count(Counter counter, String... labels) {
        add(counter, 1, labels);
    }

    /// @param amount not negative
    /// @param labels as many as the counter has
    public void add(Counter counter, long amount, String... labels) {
        if (labels.length != counter.labels().size()) {
            throw new IllegalArgumentException(counter.id + " has labels " + counter.labels);
        }
        Map<List<String>, LongAdder> series = series(counter);
        List<String> key = List.of(labels);
        if (series.size() >= MAX_SERIES && !series.containsKey(key)) {
            key = Collections.nCopies(labels.length, "other");
        }
        series.computeIfAbsent(key, _ -> new LongAdder()).add(amount);
    }

    private Map<List<String>, LongAdder> series(Counter counter) {
        return java.util.Objects.requireNonNull(counters.get(counter));
    }

    /// @param reading asked at every look
    public void show(Gauge gauge, Supplier<Reading> reading) {
        gauges.put(gauge, reading);
    }

    /// All that was counted and is shown. A gauge that cannot be read is left out.
    public String exposition() {
        StringBuilder text = new StringBuilder();
        for (Counter counter : Counter.values()) {
            head(text, counter.id, counter.help, "counter");
            Map<String, Long> ordered = new TreeMap<>();
            series(counter)
                    .forEach((labels, count) ->
                            ordered.put(labelled(counter.labels(), labels), count.sum()));
            ordered.forEach((labels, count) ->
                    text.append(counter.id).append(labels).append(' ').append(count).append('\n'));
        }
        for (Gauge gauge : Gauge.values()) {
            Supplier<Reading> source = gauges.get(gauge);
            if (source != null) {
                read(text, gauge, source);
            }
        }
        return text.toString();
    }

    private static void read(StringBuilder text, Gauge gauge, Supplier<Reading> source) {
        Reading reading;
        try {
            reading = source.get();
        } catch (RuntimeException _) {
            return;
        }
        head(text, gauge.id, gauge.help, "gauge");
        text.append(gauge.id)
                .append(labelled(gauge.labels(), reading.labels()))
                .append(' ')
                .append(reading.value())
                .append('\n');
    }

    private static void head(StringBuilder text, String id, String help, String type) {
        text.append("# HELP ").append(id).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(id).append(' ').append(type).append('\n');
    }

    private static String labelled(List<String> names, List<String> values) {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            pairs.add(names.get(i) + "=\"" + escaped(values.get(i)) + '"');
        }
        return pairs.isEmpty() ? "" : "{" + String.join(",", pairs) + "}";
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
