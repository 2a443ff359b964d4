package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AccountCallsTest {
    private final AccountCalls calls = new AccountCalls(2);

    @Test
    void take_theAccountHasAllItsPlaces_isRefused() {
        assertThat(calls.take("svc-slow")).isPresent();
        assertThat(calls.take("svc-slow")).isPresent();

        assertThat(calls.take("svc-slow")).isEmpty();
        assertThat(calls.take("svc-slow")).isEmpty();
    }

    @Test
    void take_anotherAccountHasAllItsPlaces_isTaken() {
        calls.take("svc-slow");
        calls.take("svc-slow");

        assertThat(calls.take("svc-other")).isPresent();
    }

    @Test
    void take_aPlaceWasGivenBack_isTakenOnce() {
        AccountCalls.Place first = calls.take("svc-slow").orElseThrow();
        calls.take("svc-slow");
        calls.take("svc-slow");
        first.close();

        assertThat(calls.take("svc-slow")).isPresent();
        assertThat(calls.take("svc-slow")).isEmpty();
    }
}
