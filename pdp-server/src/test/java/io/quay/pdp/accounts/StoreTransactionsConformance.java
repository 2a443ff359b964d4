package io.quay.pdp.accounts;

import static io.quay.pdp.accounts.SampleAccounts.bareAccount;
import static io.quay.pdp.accounts.SampleAccounts.described;
import static io.quay.pdp.accounts.SampleAccounts.grant;
import static io.quay.pdp.accounts.SampleAccounts.request;
import static io.quay.pdp.accounts.SampleAccounts.secret;
import static io.quay.pdp.accounts.SampleAccounts.time;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quay.pdp.accounts.AccountName.Origin;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.audit.SampleEvents;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What every implementation of the store undoes and keeps apart; with all that it keeps and
/// refuses.
@Timeout(60)
public abstract class StoreTransactionsConformance extends StoreConflictsConformance {
    @Test
    void workThatThrowsIsUndoneInEveryTable() {
        sampleOfEverything();
        List<Object> before = everything();

        assertThatThrownBy(() ->
                        run(tables -> {
                            changeEverything(tables);
                            throw new IllegalStateException("half way");
                        }))
                .hasMessage("half way");
        assertThat(everything()).isEqualTo(before);

        run(StoreTransactionsConformance::changeEverything);
        assertThat(everything()).doesNotContainAnyElementsOf(before);
    }

    private static void changeEverything(Store.Tables tables) {
        tables.names().insert(SampleAccounts.name(2));
        tables.names().retire("svc-1", Origin.API, time(9));
        tables.accounts().insert(bareAccount(2));
        tables.accounts().replace(described(bareAccount(1), "new", 2), 1);
        tables.credentials().insert(secret(2, 2));
        tables.credentials().update(secret(1, 1).replacedBy("other", time(9)));
        tables.credentials().used(Map.of(SampleAccounts.credentialId(1), time(9)));
        tables.grants().delete("grant-00001");
        tables.grants().insert(grant(2, 2));
        tables.revocations().prune(time(100));
        tables.requests().insert(request("svc-a", "other", 2));
        tables.requests().prune(time(2));
        tables.events().append(SampleEvents.bare(2));
    }

    private List<Object> everything() {
        return List.of(
                names(),
                accounts(),
                credentials(),
                List.of("uses", lastUsed()),
                grants(),
                List.of("revocations", revocations()),
                List.of("old", requestsOf("k")),
                List.of("new", requestsOf("other")),
                events().find(SampleEvents.latest(10)));
    }

    private List<Store.Request> requestsOf(String key) {
        return store().transact(tables -> tables.requests().find("svc-a", key).stream().toList());
    }

    @Test
    void aTransactionSeesItsOwnChanges() {
        run(tables -> {
            tables.accounts().insert(bareAccount(1));
            tables.credentials().insert(secret(1, 1));
            assertThat(tables.accounts().all()).containsExactly(bareAccount(1));
            assertThat(tables.credentials().all()).containsExactly(secret(1, 1));
        });
    }

    @Test
    void tablesAreRefusedAfterTheirTransaction() {
        AtomicReference<Store.Tables> kept = new AtomicReference<>();
        run(kept::set);

        assertThatThrownBy(() -> kept.get().accounts().insert(bareAccount(1)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> kept.get().names().all())
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> kept.get().events().append(SampleEvents.full(1)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(accounts()).isEmpty();
    }

    @Test
    void aTransactionWithinATransactionIsRefused() {
        assertThatThrownBy(() ->
                        run(tables -> {
                            tables.accounts().insert(bareAccount(1));
                            run(inner -> inner.accounts().insert(bareAccount(2)));
                        }))
                .isInstanceOf(RuntimeException.class);
        assertThat(accounts()).isEmpty();
    }

    @Test
    void nothingIsVisibleBeforeTheCommit() {
        run(tables -> {
            tables.events().append(SampleEvents.full(1));
            assertThat(events().find(SampleEvents.latest(10))).isEmpty();
        });

        assertThat(events().find(SampleEvents.latest(10))).containsExactly(SampleEvents.full(1));
    }

    @Test
    void anotherTransactionWaitsForTheOneThatRuns() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        AtomicBoolean entered = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first =
                    threads.submit(() ->
                            run(tables -> {
                                tables.accounts().insert(bareAccount(1));
                                running.countDown();
                                await(finish);
                                assertThat(entered).isFalse();
                                tables.credentials().insert(secret(1, 1));
                            }));
            await(running);
            Thread second =
                    Thread.ofVirtual()
                            .start(() ->
                                    run(tables -> {
                                        entered.set(true);
                                        tables.credentials().delete(secret(1, 1).id());
                                    }));
            awaitWaiting(second);
            finish.countDown();
            first.get();
            second.join();
        }
        assertThat(accounts()).containsExactly(bareAccount(1));
        assertThat(credentials()).isEmpty();
    }

    private static void awaitWaiting(Thread thread) {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void concurrentTransactionsDoNotInterleave() throws Exception {
        int changes = 200;
        run(tables -> tables.accounts().insert(bareAccount(1)));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> answers =
                    IntStream.range(0, changes)
                            .mapToObj(_ -> threads.submit(this::readAndReplace))
                            .toList();
            for (Future<Boolean> answer : answers) {
                assertThat(answer.get()).isTrue();
            }
        }
        assertThat(accounts()).containsExactly(described(bareAccount(1), "", changes + 1));
    }

    private boolean readAndReplace() {
        return store().<Boolean>transact(tables -> {
            StoredAccount seen = tables.accounts().all().getFirst();
            StoredAccount next = described(seen, "", seen.revision() + 1);
            return tables.accounts().replace(next, seen.revision());
        });
    }

    @Test
    void eventsComeBackEqualNewestFirst() {
        run(tables -> tables.events().append(SampleEvents.bare(2)));
        run(tables -> tables.events().append(SampleEvents.full(3)));
        run(tables -> tables.events().append(SampleEvents.full(1)));

        assertThat(events().find(SampleEvents.latest(2)))
                .containsExactly(SampleEvents.full(3), SampleEvents.bare(2));
    }

    @Test
    void everyFilterOfEventsKeepsOnlyWhatMatches() {
        Event full = SampleEvents.full(1);
        Event bare = SampleEvents.bare(2);
        run(tables -> {
            tables.events().append(full);
            tables.events().append(bare);
        });

        assertThat(find("service_account.created", null, null)).containsExactly(full);
        assertThat(find("signing_keys.rotated", null, null)).containsExactly(bare);
        assertThat(find("ACCOUNT_CREATED", null, null)).isEmpty();
        assertThat(find(null, "svc-admin", null)).containsExactly(full);
        assertThat(find(null, "svc-build", null)).isEmpty();
        assertThat(find(null, null, "svc-build")).containsExactly(full);
        assertThat(find("signing_keys.rotated", null, "svc-build")).isEmpty();
        assertThat(between(1, 2)).containsExactly(full);
        assertThat(between(2, 3)).containsExactly(bare);
        assertThat(between(3, 9)).isEmpty();
        var behind = new EventQuery(null, null, null, null, null, bare.id(), 10);
        assertThat(events().find(behind)).containsExactly(full);
    }

    private List<Event> find(
            @Nullable String kind, @Nullable String actor, @Nullable String account) {
        return events().find(new EventQuery(kind, actor, account, null, null, null, 10));
    }

    private List<Event> between(int from, int until) {
        return events().find(
                        new EventQuery(
                                null,
                                null,
                                null,
                                SampleEvents.time(from),
                                SampleEvents.time(until),
                                null,
                                10));
    }
}
