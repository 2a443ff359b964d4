package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CanonicalTargetTest {
    private static final RequestMapper MAPPER =
            new RequestMapper(
                    Catalog.read(
                            Path.of(System.getProperty("pdp.repository"))
                                    .resolve("schema/management-api.json")));

    @ParameterizedTest(name = "{1}")
    @CsvSource({
        "GET, /api/v1/repository/acme%2Fapp, /api/v1/repository/acme/app, getRepo",
        "HEAD, /api/v1/repository/acme/app, /api/v1/repository/acme/app, getRepo",
        "GET, /api/v1/user, /api/v1/user/, getLoggedInUser",
        "GET, /api/v1/repository?public=true&namespace=a%20b&x=1, /api/v1/repository?public=true&namespace=a%20b, listRepos",
        "GET, /api/v1/repository?%70ublic=tr%75e, /api/v1/repository?public=true, listRepos",
    })
    void hasOneSpelling(String method, String target, String canonical, String operation) {
        CanonicalTarget found = MAPPER.canonical(method, target).orElseThrow();
        assertThat(found.target()).isEqualTo(canonical);
        assertThat(found.operation().name()).isEqualTo(operation);
        assertThat(MAPPER.canonical(method, canonical).orElseThrow().target()).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/repository/acme%2Fapp%2Ftag%2Flatest",
                "/api/v1/repository/%61cme/app",
                "/api/v1/repository?namespace=a&namespace=b",
                "/api/v1/repository?namespace=%",
                "//api/v1/repository",
                "/api/v1/repository#x",
            })
    void hasNoneWhenItIsRefused(String target) {
        assertThat(MAPPER.canonical("GET", target)).isEmpty();
    }

    @Test
    void aQueryThatIsTooLongIsNotDropped() {
        assertThat(MAPPER.canonical("GET", "/api/v1/repository?namespace=" + "a".repeat(9_000)))
                .isEmpty();
    }

    /// Else what nobody may have executed would be let through by a misspelt name.
    @Test
    void knowsWhatNoServiceAccountMayHaveExecuted() {
        Catalog catalog = MAPPER.catalog();
        assertThat(
                        catalog.operations().stream()
                                .filter(operation ->
                                        operation.execution() == Operation.Execution.NEVER)
                                .map(Operation::name))
                .containsExactlyInAnyOrder(
                        "changeUserDetails",
                        "convertUserToOrganization",
                        "createNewUser",
                        "deleteCurrentUser",
                        "detachExternalLogin",
                        "logout",
                        "renewBootstrapToken",
                        "requestRecoveryEmail",
                        "signinUser",
                        "user_initialize",
                        "verifyUser");
    }
}
