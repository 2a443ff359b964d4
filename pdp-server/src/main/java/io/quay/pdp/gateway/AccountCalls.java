package io.quay.pdp.gateway;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// How many calls of each account are served at once, from the reading of its body to the end of
/// Quay's answer: no account can take all places by being slow. Safe for use by any number of
/// threads.
final class AccountCalls {
    /// A place, until it is closed.
    interface Place extends AutoCloseable {
        @Override
        void close();
    }

    private final int most;
    private final Map<String, Integer> served = new ConcurrentHashMap<>();

    AccountCalls(int most) {
        this.most = most;
    }

    /// Never waits; empty when the account has all the places that it may have.
    Optional<Place> take(String account) {
        int now = served.merge(account, 1, Integer::sum);
        if (now > most) {
            giveBack(account);
            return Optional.empty();
        }
        return Optional.of(() -> giveBack(account));
    }

    private void giveBack(String account) {
        served.computeIfPresent(account, (_, count) -> count == 1 ? null : count - 1);
    }
}
