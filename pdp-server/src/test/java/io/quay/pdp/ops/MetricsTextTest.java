package io.quay.pdp.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.ops.Metrics.Counter;
import io.quay.pdp.ops.Metrics.Gauge;
import io.quay.pdp.ops.Metrics.Reading;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTextTest {
    private final Metrics metrics = new Metrics();

    @Test
    void countersAreWrittenWithTheirLabels() {
        metrics.count(Counter.TOKENS, "issued");
        metrics.count(Counter.TOKENS, "issued");
        metrics.count(Counter.DECISIONS, "deny", "no_permit");
        assertThat(metrics.exposition())
                .contains(
                        "# TYPE pdp_tokens_total counter\npdp_tokens_total{outcome=\"issued\"} 2\n",
                        "pdp_decisions_total{outcome=\"deny\",cause=\"no_permit\"} 1\n");
    }

    @Test
    void labelsAreEscaped() {
        metrics.show(Gauge.POLICY_INFO, () -> new Reading(1, List.of("a\"b\\c\nd")));
        assertThat(metrics.exposition())
                .contains("pdp_policy_info{version=\"a\\\"b\\\\c\\nd\"} 1.0\n");
    }

    @Test
    void aGaugeThatCannotBeRead_hidesNoOther() {
        metrics.show(
                Gauge.POLICIES,
                () -> {
                    throw new IllegalStateException();
                });
        metrics.show(Gauge.BOOTSTRAP_ACTIVE, () -> Reading.of(true));
        assertThat(metrics.exposition())
                .doesNotContain("pdp_policies")
                .contains("pdp_bootstrap_credential_active 1.0");
    }

    @Test
    void otherLabelsThanTheCountersOwn_areRefused() {
        assertThatThrownBy(() -> metrics.count(Counter.TOKENS))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
