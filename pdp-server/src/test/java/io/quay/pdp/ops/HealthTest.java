package io.quay.pdp.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

final class HealthTest {
    @Test
    void theWorstCheckDecides() {
        Check ok = Check.ok("store", "");
        Check degraded = Check.degraded("policies", "last good");
        Check failed = Check.failed("keys", "none");

        assertThat(new Health(List.of(ok)).status()).isEqualTo(Check.Status.OK);
        assertThat(new Health(List.of(degraded, ok)).status()).isEqualTo(Check.Status.DEGRADED);
        assertThat(new Health(List.of(failed, degraded, ok)).status())
                .isEqualTo(Check.Status.FAILED);
    }

    @Test
    void degradedServesAndFailedDoesNot() {
        assertThat(new Health(List.of(Check.degraded("policies", ""))).ready()).isTrue();
        assertThat(new Health(List.of(Check.failed("policies", ""))).ready()).isFalse();
    }

    @Test
    void nothingCheckedIsNotReady() {
        assertThat(new Health(List.of()).ready()).isFalse();
    }

    @Test
    void aSourceThatThrowsFailsAloneAndShowsNothingOfIt() {
        SequencedMap<String, Supplier<Check>> sources = new LinkedHashMap<>();
        sources.put(
                "keys",
                () -> {
                    throw new IllegalStateException("qpdp_secret");
                });
        sources.put("store", () -> Check.ok("decision_log", "fine"));

        assertThat(Health.ask(sources).checks())
                .containsExactly(
                        Check.failed("keys", "check ended in IllegalStateException"),
                        Check.ok("store", "fine"));
    }
}
