package io.quay.pdp.federation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpiffeIdTest {
    @Test
    void workloadsId_isTakenApart() {
        SpiffeId id = SpiffeId.parse("spiffe://example.org/ns/audit/sa/auditor").orElseThrow();
        assertThat(id).isEqualTo(new SpiffeId("example.org", "/ns/audit/sa/auditor"));
        assertThat(id.segments()).containsExactly("ns", "audit", "sa", "auditor");
        assertThat(id.issuer()).isEqualTo("spiffe://example.org");
    }

    @Test
    void schemeAndTrustDomainHaveOneSpelling_thePathKeepsItsCase() {
        assertThat(SpiffeId.parse("SPIFFE://Example.ORG/A/b").orElseThrow())
                .hasToString("spiffe://example.org/A/b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "spiffe://",
                "spiffe:///a",
                "spiffe://example.org",
                "spiffe://example.org/",
                "spiffe://example.org/a/",
                "spiffe://example.org//a",
                "spiffe://example.org/a//b",
                "spiffe://example.org/.",
                "spiffe://example.org/a/..",
                "spiffe://example.org/../a",
                "spiffe://example.org:443/a",
                "spiffe://user@example.org/a",
                "spiffe://example.org/a?b",
                "spiffe://example.org/a#b",
                "spiffe://example.org/a%2fb",
                "spiffe://example.org/a b",
                "spiffe://example.org/ä",
                "spiffe://exämple.org/a",
                "spiffe://\u212Aelvin.org/a",
                "spiffe://example.org/a\n",
                "spiffe:/example.org/a",
                "https://example.org/a",
                " spiffe://example.org/a"
            })
    void whatIsNoWorkloadsId_isRefused(String text) {
        assertThat(SpiffeId.parse(text)).isEmpty();
    }

    @Test
    void idsAboveTheLimits_areRefused() {
        String path = "/" + "a".repeat(2048 - "spiffe://example.org/".length());
        assertThat(SpiffeId.parse("spiffe://example.org" + path)).isPresent();
        assertThat(SpiffeId.parse("spiffe://example.org" + path + "a")).isEmpty();
        assertThat(SpiffeId.parse("spiffe://" + "d".repeat(255) + "/a")).isPresent();
        assertThat(SpiffeId.parse("spiffe://" + "d".repeat(256) + "/a")).isEmpty();
    }
}
