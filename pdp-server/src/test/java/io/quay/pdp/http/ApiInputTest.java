package io.quay.pdp.http;

import static io.quay.pdp.http.ApiServer.ACCOUNTS;
import static io.quay.pdp.http.ApiServer.ACME;
import static io.quay.pdp.http.ApiServer.BOSS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the API takes, and how it parts long lists.
class ApiInputTest extends ApiRules {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    duplicate names     | {"name": "svc-a", "name": "svc-b"}
                    no object           | ["svc-a"]
                    two values          | {} {}
                    a trailing comma    | {"name": "svc-a",}
                    an unpaired surrogate | {"name": "svc-a", "description": "\\ud800"}
                    nothing             | ''
                    """)
    void hostileJson_isRefused(String kind, String body) {
        refused(api.post(BOSS, ACCOUNTS, body), 400, "bad-request");
    }

    @Test
    void deepJson_isRefused() {
        refused(
                api.post(BOSS, ACCOUNTS, "{\"a\":".repeat(200) + "1" + "}".repeat(200)),
                400,
                "bad-request");
    }

    @Test
    void anotherContentType_isRefused() {
        refused(
                api.post(
                        BOSS,
                        ACCOUNTS,
                        "name=svc-a",
                        "Content-Type",
                        "application/x-www-form-urlencoded"),
                400,
                "bad-request");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?page=2",
                "?enabled=yes",
                "?enabled=true&enabled=false",
                "?owner",
                "?owner=",
                "?page_size=0",
                "?page_size=1001",
                "?page_size=ten",
                "?dry_run=true",
                "?owner=%ff"
            })
    void aQueryThatIsNotUnderstood_isRefused(String query) {
        refused(api.get(BOSS, ACCOUNTS + query), 400, "bad-request");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-11-23", "2026-11-23T12:00:00+01:00", "yesterday", "1"})
    void aMomentInAnotherSpelling_isRefused(String moment) {
        refused(api.get(BOSS, "/v1/events?from=" + moment.replace("+", "%2B")), 400, "bad-request");
    }

    @Test
    void pagesHoldEverythingOnce() {
        for (int i = 0; i < 7; i++) {
            api.make(name + "-p" + i, "pages");
        }
        List<String> seen = new ArrayList<>();
        String next = "";
        int pages = 0;
        do {
            JsonNode page = api.get(BOSS, ACCOUNTS + "?owner=pages&page_size=3" + next).json();
            page.path("items").forEach(item -> seen.add(item.path("name").asText()));
            assertThat(page.path("items").size()).isLessThanOrEqualTo(3);
            next =
                    page.path("next_page_token").isNull()
                            ? ""
                            : "&page_token=" + page.path("next_page_token").asText();
            pages++;
        } while (!next.isEmpty());
        assertThat(seen).hasSize(7).doesNotHaveDuplicates().isSorted();
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void aPageToken_isGoodForItsOwnQueryAndCallerOnly() {
        api.make(name + "-q", "acme");
        String token =
                api.get(BOSS, ACCOUNTS + "?owner=acme&page_size=1")
                        .json()
                        .path("next_page_token")
                        .asText();
        assertThat(api.get(BOSS, ACCOUNTS + "?owner=acme&page_size=2&page_token=" + token).status())
                .isEqualTo(200);
        refused(api.get(BOSS, ACCOUNTS + "?page_token=" + token), 400, "bad-request");
        refused(api.get(BOSS, "/v1/events?page_token=" + token), 400, "bad-request");
        refused(api.get(ACME, ACCOUNTS + "?owner=acme&page_token=" + token), 400, "bad-request");
        char flipped = token.charAt(20) == 'A' ? 'B' : 'A';
        String tampered = token.substring(0, 20) + flipped + token.substring(21);
        refused(api.get(BOSS, ACCOUNTS + "?owner=acme&page_token=" + tampered), 400, "bad-request");
        refused(api.get(BOSS, ACCOUNTS + "?owner=acme&page_token=svc-a"), 400, "bad-request");
    }

    @Test
    void filtersNarrowAList() {
        put("{\"owner\": \"acme\", \"labels\": {\"only\": \"" + name + "\"}, \"enabled\": false}");
        String filter = ACCOUNTS + "?label=only%3D" + name;
        assertThat(api.get(BOSS, filter).json().at("/items/0/name").asText()).isEqualTo(name);
        assertThat(api.get(BOSS, filter).json().path("items")).hasSize(1);
        assertThat(api.get(BOSS, filter + "&enabled=true").json().path("items")).isEmpty();
        assertThat(api.get(BOSS, filter + "&owner=payroll").json().path("items")).isEmpty();
    }

    @Test
    void theListenerHearsOfEveryAnswer() {
        api.get(BOSS, ACCOUNTS + "/svc-unheard-of");
        api.get("nonsense", "/v1/roles");
        assertThat(api.answered).contains("getServiceAccount 404", "listRoles 401");
    }
}
