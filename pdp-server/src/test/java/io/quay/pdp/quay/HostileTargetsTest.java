package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Request lines that proxies, servers and routers read differently.
class HostileTargetsTest {
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    trailing slash                | GET /api/v1/repository/acme/app/                  | NON_CANONICAL_PATH
                    doubled slash in a name       | GET /api/v1/repository/acme//app                  | NON_CANONICAL_PATH
                    doubled slash at the start    | GET //api/v1/repository/acme/app                  | NON_CANONICAL_PATH
                    doubled slash in the prefix   | GET /api//v1/repository/acme/app                  | NON_CANONICAL_PATH
                    whole tag route escaped       | DELETE /api/v1/repository/acme%2Fapp%2Ftag%2Flatest | AMBIGUOUS_ROUTE
                    robot behind an escape, read  | GET /api/v1/organization/acme%2Frobots%2Fci       | AMBIGUOUS_ROUTE
                    robot behind an escape, write | DELETE /api/v1/organization/acme%2Frobots%2Fci    | AMBIGUOUS_ROUTE
                    half escaped repository       | GET /api/v1/repository/acme%2Fx/app               | UNKNOWN_OPERATION
                    escaped letter                | GET /api/v1/repository/%61cme/app                 | NON_CANONICAL_PATH
                    parent segment                | GET /api/v1/repository/acme/../other/app          | NON_CANONICAL_PATH
                    two parent segments           | DELETE /api/v1/repository/acme/app/../../other/app | NON_CANONICAL_PATH
                    dot segment                   | GET /api/v1/repository/acme/./app                 | NON_CANONICAL_PATH
                    escaped parent segment        | GET /api/v1/repository/acme%2F..%2Fapp            | NON_CANONICAL_PATH
                    escaped dots                  | GET /api/v1/repository/acme/%2e%2e/app            | NON_CANONICAL_PATH
                    path parameter                | GET /api/v1/repository/acme/app;x=1               | NON_CANONICAL_PATH
                    path parameter in the prefix  | GET /api/v1;x=/repository/acme/app                | NON_CANONICAL_PATH
                    backslash                     | GET /api/v1/repository/acme\\app                   | NON_CANONICAL_PATH
                    escaped backslash             | GET /api/v1/repository/acme%5Capp                 | NON_CANONICAL_PATH
                    escaped blank                 | GET /api/v1/repository/acme/app%20                | NON_CANONICAL_PATH
                    plus in a name                | GET /api/v1/repository/acme/app+                  | NON_CANONICAL_PATH
                    escaped tab                   | GET /api/v1/repository/acme/app%09                | NON_CANONICAL_PATH
                    escaped question mark         | GET /api/v1/repository/acme/app%3Fpublic=true     | NON_CANONICAL_PATH
                    escaped number sign           | GET /api/v1/repository/acme/app%23x               | NON_CANONICAL_PATH
                    fragment                      | GET /api/v1/repository/acme/app#x                 | NON_CANONICAL_PATH
                    fragment in the query         | GET /api/v1/repository/acme/app?a=b#x             | NON_CANONICAL_PATH
                    accent, raw                   | GET /api/v1/repository/ácme/app                   | NON_CANONICAL_PATH
                    accent, escaped               | GET /api/v1/repository/%C3%A1cme/app              | NON_CANONICAL_PATH
                    cyrillic letter               | DELETE /api/v1/repository/acme/%D0%B0pp           | NON_CANONICAL_PATH
                    one dot leader                | GET /api/v1/repository/ac%E2%80%A4me/app          | NON_CANONICAL_PATH
                    numero sign                   | GET /api/v1/repository/%E2%84%96/app              | NON_CANONICAL_PATH
                    roman eight                   | GET /api/v1/repository/%E2%85%B7/app              | NON_CANONICAL_PATH
                    combining accent              | GET /api/v1/repository/acme/a%CC%81pp             | NON_CANONICAL_PATH
                    escape of an escape           | GET /api/v1/repository/acme%252Fapp               | NON_CANONICAL_PATH
                    escaped zero                  | GET /api/v1/repository/acme%00/app                | NON_CANONICAL_PATH
                    broken escape                 | GET /api/v1/repository/acme%2/app                 | NON_CANONICAL_PATH
                    prefix in capitals            | GET /API/v1/repository/acme/app                   | UNKNOWN_OPERATION
                    version in capitals           | GET /api/V1/repository/acme/app                   | UNKNOWN_OPERATION
                    literal in capitals           | GET /api/v1/Repository/acme/app                   | UNKNOWN_OPERATION
                    name in capitals              | GET /api/v1/repository/ACME/app                   | NON_CANONICAL_PATH
                    organization in capitals      | GET /api/v1/organization/ACME                     | NON_CANONICAL_PATH
                    verb that the tag lacks       | GET /api/v1/repository/acme/app/tag/latest        | AMBIGUOUS_ROUTE
                    verb that visibility lacks    | PUT /api/v1/repository/acme/app/changevisibility  | AMBIGUOUS_ROUTE
                    delete of a build list        | DELETE /api/v1/repository/acme/app/build          | AMBIGUOUS_ROUTE
                    delete of permissions         | DELETE /api/v1/repository/acme/app/permissions    | AMBIGUOUS_ROUTE
                    delete of visibility          | DELETE /api/v1/repository/acme/app/changevisibility | AMBIGUOUS_ROUTE
                    build list without its slash  | GET /api/v1/repository/acme/app/build             | AMBIGUOUS_ROUTE
                    build without its slash       | POST /api/v1/repository/acme/app/build            | AMBIGUOUS_ROUTE
                    manifest that is no digest    | GET /api/v1/repository/acme/app/manifest/latest   | AMBIGUOUS_ROUTE
                    tag within a tag              | DELETE /api/v1/repository/acme/app/tag/a/tag/b    | AMBIGUOUS_ROUTE
                    health as a repository        | DELETE /api/v1/repository/mirror/health           | AMBIGUOUS_ROUTE
                    health of a nested repository | GET /api/v1/repository/acme/app/mirror/health     | AMBIGUOUS_ROUTE
                    two endings                   | GET /api/v1/repository/x/logs/core/build/aggregatelogs | AMBIGUOUS_ROUTE
                    user called as a word         | GET /api/v1/superuser/users/build                 | AMBIGUOUS_ROUTE
                    absolute form                 | GET http://quay/api/v1/repository/acme/app        | NON_CANONICAL_PATH
                    asterisk form                 | GET *                                             | NON_CANONICAL_PATH
                    blank in the path             | GET /api/v1/repository/acme/a pp                  | NON_CANONICAL_PATH
                    another address               | GET https://evil/api/v1/user/                     | NON_CANONICAL_PATH
                    registry protocol             | GET /v2/acme/app/manifests/latest                 | UNKNOWN_OPERATION
                    old registry protocol         | PUT /v1/repositories/acme/app                     | UNKNOWN_OPERATION
                    sign-in pages                 | POST /oauth/authorizeapp                          | UNKNOWN_OPERATION
                    setup                         | GET /api/suconfig                                 | UNKNOWN_OPERATION
                    storage proxy                 | GET /_storage_proxy/abc                           | UNKNOWN_OPERATION
                    plural of another prefix      | GET /api/v1/superusers/users/x/sendrecovery       | UNKNOWN_OPERATION
                    """)
    void isRefused(String what, String line, Mapping.Problem problem) {
        assertThat(QuayFixtures.problem(line, null)).as(what).isEqualTo(problem);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TRACE",
                "PATCH",
                "CONNECT",
                "PROPFIND",
                "OPTIONS",
                "get",
                "Get",
                "DELETE ",
                ""
            })
    void otherMethod_isRefused(String method) {
        assertThat(
                        QuayFixtures.map(
                                method, "/api/v1/repository/acme/app", new RequestBody.Absent()))
                .isInstanceOfSatisfying(
                        Mapping.Refused.class,
                        refused ->
                                assertThat(refused.problem())
                                        .isEqualTo(Mapping.Problem.UNKNOWN_OPERATION));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\t/api/v1/user/", "/api/v1/user/\t", "/api/v1/us\ner/", "?a=b"})
    void brokenTarget_isRefused(String target) {
        assertThat(QuayFixtures.map("GET", target, new RequestBody.Absent()))
                .isInstanceOf(Mapping.Refused.class);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET /api/v1/repository/acme/app                | getRepo Repository acme/app
                    HEAD /api/v1/repository/acme/app               | getRepo Repository acme/app
                    GET /api/v1/repository/acme/x/app              | getRepo Repository acme/x/app
                    GET /api/v1/repository/acme/tag                | getRepo Repository acme/tag
                    DELETE /api/v1/repository/acme/build           | deleteRepository Repository acme/build
                    DELETE /api/v1/repository/acme/tag/tag/latest  | deleteFullTag Repository acme/tag
                    DELETE /api/v1/repository/acme/app/tag/latest  | deleteFullTag Repository acme/app
                    GET /api/v1/repository/acme/app/tag/           | listRepoTags Repository acme/app
                    GET /api/v1/repository/acme/app/build/         | getRepoBuilds Repository acme/app
                    GET /api/v1/repository/acme/app/build/b1/logs  | getRepoBuildLogs Repository acme/app
                    GET /api/v1/repository/acme/x/mirror           | getRepoMirrorConfig Repository acme/x
                    GET /api/v1/repository/mirror/health           | getRepositoryMirrorHealth Registry quay
                    POST /api/v1/superusers/users/x/sendrecovery   | sendInstallUserRecoveryEmail Registry quay
                    """)
    void soundTarget_isMappedExactly(String line, String outcome) {
        assertThat(QuayFixtures.outcome(line, null)).isEqualTo(outcome);
    }

    @org.junit.jupiter.api.Test
    void oversizedPath_isRefused() {
        for (String path :
                new String[] {
                    "/api/v1/organization/" + "a".repeat(256),
                    "/api/v1/repository/acme" + "/a".repeat(12),
                    "/api/v1/repository/acme" + ("/" + "a".repeat(250)).repeat(9)
                }) {
            assertThat(QuayFixtures.problem("GET " + path, null))
                    .isEqualTo(Mapping.Problem.NON_CANONICAL_PATH);
        }
    }
}
