package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.TestServer.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/// Tests of the rules that hold for all of the API, each with an account of its own.
abstract class ApiRules {
    @TempDir static Path directory;
    static ApiServer api;
    private static int count;

    String name;
    String account;

    @BeforeAll
    static void start() {
        api = ApiServer.start(directory);
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void makeAccount(TestInfo test) {
        name = "svc-rules-" + ++count;
        account = ACCOUNTS + "/" + name;
        api.make(name, "acme");
    }

    static Answer refused(Answer answer, int status, String type) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.json().path("type").asText()).isEqualTo("urn:quay-pdp:problem:" + type);
        assertThat(answer.json().path("status").asInt()).isEqualTo(status);
        assertThat(answer.json().path("detail").asText()).isNotBlank();
        return answer;
    }

    static List<String> pointers(Answer answer) {
        List<String> pointers = new ArrayList<>();
        answer.json().path("errors").forEach(error -> pointers.add(error.path("pointer").asText()));
        return pointers;
    }

    Answer put(String body, String... headers) {
        return api.send(BOSS, "PUT", account, body, headers);
    }

    Answer patch(String body, String... headers) {
        return api.send(BOSS, "PATCH", account, body, headers);
    }
}
