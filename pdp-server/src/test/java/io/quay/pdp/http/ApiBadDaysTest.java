package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.ACME;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer.Answer;
import io.quay.pdp.accounts.Store;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the API answers while nothing can be kept.
class ApiBadDaysTest {
    @TempDir private Path directory;
    private ApiServer api;
    private volatile Store.@Nullable StorageException failure;

    @BeforeEach
    void start() {
        api = ApiServer.start(directory, this::failing);
        api.make("svc-one", "acme");
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private Store failing(Store store) {
        return new Store() {
            @Override
            public <T extends @Nullable Object> T transact(Work<T> work) {
                StorageException planned = failure;
                if (planned != null) {
                    throw planned;
                }
                return store.transact(work);
            }
        };
    }

    private static Store.StorageException failure(boolean full) {
        return new Store.StorageException("planned", full, new IOException("planned"));
    }

    @Test
    void aFullDisk_refusesTheChange_andTheServerRecovers() {
        failure = failure(true);
        Answer answer = api.post(BOSS, ACCOUNTS, "{\"name\": \"svc-two\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(507);
        assertThat(answer.json().path("title").asText()).isEqualTo("Insufficient storage");
        assertThat(api.get(BOSS, ACCOUNTS + "/svc-one").status()).isEqualTo(200);
        failure = null;
        assertThat(api.get(BOSS, ACCOUNTS + "/svc-two").status()).isEqualTo(404);
        assertThat(api.post(BOSS, ACCOUNTS, "{\"name\": \"svc-two\"}").status()).isEqualTo(201);
    }

    @Test
    void aStoreThatCannotBeWritten_refusesTheChange() {
        failure = failure(false);
        Answer answer = api.send(BOSS, "PATCH", ACCOUNTS + "/svc-one", "{\"description\": \"x\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(503);
        assertThat(answer.body()).doesNotContain("planned");
        failure = null;
        assertThat(api.get(BOSS, ACCOUNTS + "/svc-one").json().path("description").asText())
                .isEmpty();
    }

    /// A refusal that cannot be recorded is no quiet refusal.
    @Test
    void aRefusalThatCannotBeRecorded_isUnavailable() {
        failure = failure(false);
        Answer answer = api.post(ACME, ACCOUNTS, "{\"name\": \"svc-two\", \"owner\": \"payroll\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(503);
    }
}
