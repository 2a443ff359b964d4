package io.quay.pdp.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.ops.Metrics.Counter;
import io.quay.pdp.ops.Metrics.Gauge;
import io.quay.pdp.ops.Metrics.Reading;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

final class MetricsTest {
    private final Metrics metrics = new Metrics();

    @Test
    void countsByLabels() {
        metrics.count(Counter.DECISIONS, "deny", "no_permit");
        metrics.count(Counter.DECISIONS, "deny", "no_permit");
        metrics.count(Counter.DECISIONS, "allow", "");
        assertThat(metrics.exposition())
                .contains(
                        "# TYPE pdp_decisions_total counter\n",
                        "pdp_decisions_total{outcome=\"allow\",cause=\"\"} 1\n",
                        "pdp_decisions_total{outcome=\"deny\",cause=\"no_permit\"} 2\n");
    }

    @Test
    void asksGaugesWhenItIsRead() {
        boolean[] active = {true};
        metrics.show(Gauge.BOOTSTRAP_ACTIVE, () -> Reading.of(active[0]));
        assertThat(metrics.exposition()).contains("\npdp_bootstrap_credential_active 1.0\n");
        active[0] = false;
        assertThat(metrics.exposition()).contains("\npdp_bootstrap_credential_active 0.0\n");
    }

    @Test
    void leavesOutWhatCannotBeRead() {
        metrics.show(
                Gauge.POLICIES,
                () -> {
                    throw new IllegalStateException("canary");
                });
        metrics.count(Counter.DECISIONS, "allow", "");
        assertThat(metrics.exposition())
                .contains("} 1\n")
                .doesNotContain("canary", "pdp_policies ");
    }

    @Test
    void writesNoLineBreakOfALabel() {
        metrics.show(Gauge.POLICY_INFO, () -> new Reading(1, List.of("3f\"2\n")));
        assertThat(metrics.exposition()).contains("{version=\"3f\\\"2\\n\"} 1.0\n");
    }

    @Test
    void boundsTheLabelsThatItKeeps() {
        for (int i = 0; i < 5_000; i++) {
            metrics.count(Counter.ADMINISTRATION, "made-up-" + i, "done");
        }
        assertThat(
                        metrics.exposition()
                                .lines()
                                .filter(line ->
                                        line.startsWith("pdp_administration_requests_total{")))
                .hasSize(501);
        assertThat(metrics.exposition()).contains("{operation=\"other\",outcome=\"other\"} 4500\n");
    }

    @Test
    void refusesOtherLabelsThanTheCountersOwn() {
        assertThatThrownBy(() -> metrics.count(Counter.TOKENS))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void losesNoCountWhenManyCount() {
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 8; i++) {
                pool.execute(() -> {
                    for (int n = 0; n < 1_000; n++) {
                        metrics.count(Counter.DECISIONS, "allow", "");
                    }
                });
            }
        }
        assertThat(metrics.exposition()).contains("{outcome=\"allow\",cause=\"\"} 8000\n");
    }
}
