package io.quay.pdp.quay;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.Value;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Queries and bodies that could be read in two ways are refused.
class HostileInputsTest {
    private static final String CREATE = "POST /api/v1/repository";

    private static Mapping.@Nullable Problem raw(byte[] content, @Nullable String encoding) {
        return QuayFixtures.map(
                                "POST",
                                "/api/v1/repository",
                                new RequestBody.Raw(content, encoding))
                        instanceof Mapping.Refused(Mapping.Problem problem, _)
                ? problem
                : null;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "namespace=acme&namespace=payroll",
                "namespace=acme&name%73pace=payroll",
                "starred=true&starred=true",
                "namespace=%zz",
                "x=%2",
                "namespace=%ff",
                "namespace=a b",
                "namespace=é"
            })
    void ambiguousQuery_isRefused(String query) {
        assertThat(QuayFixtures.problem("GET /api/v1/repository?" + query, null))
                .isEqualTo(Mapping.Problem.INVALID_QUERY);
    }

    @Test
    void duplicateQueryParameter_isRefused() {
        assertThat(
                        QuayFixtures.problem(
                                "GET /api/v1/organization/acme/robots?token=false&token=true",
                                null))
                .isEqualTo(Mapping.Problem.INVALID_QUERY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "limit=",
                "limit=x",
                "limit=1e3",
                "limit=+1",
                "limit=%201",
                "limit=9999999999999999999"
            })
    void queryThatIsNoWholeNumber_isRefused(String query) {
        assertThat(QuayFixtures.problem("GET /api/v1/organization/acme/robots?" + query, null))
                .isEqualTo(Mapping.Problem.INVALID_QUERY);
    }

    @ParameterizedTest
    @CsvSource({
        "true,true",
        "1,true",
        "no,true",
        "off,true",
        "fAlse,true",
        "false,false",
        "False,false",
        "FALSE,false",
        "0,false",
        "'',false",
        "null,false"
    })
    void truth_isQuays(String text, boolean value) {
        assertThat(
                        QuayFixtures.call("GET /api/v1/organization/acme/robots?token=" + text)
                                .parameters())
                .containsEntry("token", Value.of(value));
    }

    @Test
    void undeclaredQueryParameter_isIgnored() {
        assertThat(QuayFixtures.call("GET /api/v1/user/?x=1&x=2&_method=DELETE").parameters())
                .isEmpty();
    }

    @Test
    void bodyThatIsNotStrictJson_isRefused() {
        String good = "{\"namespace\":\"acme\",\"repository\":\"web\"}";
        assertThat(raw(utf8(good), null)).isNull();
        assertThat(raw(utf8(good), "identity")).isNull();
        for (String bad :
                new String[] {
                    "\uFEFF" + good,
                    good + " {}",
                    good + "x",
                    "{\"namespace\":\"acme\",\"namespace\":\"payroll\",\"repository\":\"web\"}",
                    "{\"namespace\":\"acme\",\"n\\u0061mespace\":\"payroll\",\"repository\":\"web\"}",
                    "{'namespace':'acme','repository':'web'}",
                    "{\"namespace\":\"acme\",\"repository\":\"web\",}",
                    "{\"namespace\":\"acme\",\"repository\":\"web\",\"x\":NaN}",
                    "{\"namespace\":\"acme\",\"repository\":\"web\",\"x\":\"\\ud800\"}",
                    "[" + good + "]",
                    "null",
                    " ",
                    "{\"a\":" + "[".repeat(40) + "]".repeat(40) + "}",
                    "namespace=acme&repository=web",
                }) {
            assertThat(raw(utf8(bad), null)).as(bad).isEqualTo(Mapping.Problem.INVALID_BODY);
        }
        assertThat(raw(utf8(good), "gzip")).isEqualTo(Mapping.Problem.INVALID_BODY);
        assertThat(raw(good.getBytes(StandardCharsets.UTF_16LE), null))
                .isEqualTo(Mapping.Problem.INVALID_BODY);
        assertThat(raw("{\"namespace\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1), null))
                .isEqualTo(Mapping.Problem.INVALID_BODY);
        assertThat(raw(utf8(good + " ".repeat(1 << 20)), null))
                .isEqualTo(Mapping.Problem.INVALID_BODY);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    PUT /api/v1/superuser/users/jane | {"superuser":true}
                    POST /api/v1/repository | {"namespace":"acme","repository":"web","x":1}
                    GET /api/v1/organization/acme/robots | {"token":false}
                    GET /api/v1/organization/acme/robots | [1]
                    POST /api/v1/organization/acme/robots/ci/regenerate | {"x":1}
                    POST /api/v1/organization/acme/robots/ci/federation | [{"issuer":"i","subject":"s","audiences":[]}]
                    POST /api/v1/organization/acme/robots/ci/federation | {"issuer":"i"}
                    """)
    void undeclaredMemberOnClassifiedOperation_isRefused(String line, String body) {
        assertThat(QuayFixtures.problem(line, body)).isEqualTo(Mapping.Problem.INVALID_BODY);
    }

    @Test
    void undeclaredMemberElsewhere_isIgnored() {
        assertThat(QuayFixtures.call("GET /api/v1/user/", "{\"x\":1}").parameters()).isEmpty();
        assertThat(
                        QuayFixtures.call(
                                        "PUT /api/v1/repository/acme/app/tag/v1",
                                        "{\"immutable\":false,\"x\":1}")
                                .parameters())
                .containsOnlyKeys("tag", "immutable");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"immutable\":\"false\"}",
                "{\"immutable\":null}",
                "{\"immutable\":0}",
                "{\"expiration\":1.5}",
                "{\"expiration\":1e300}",
                "{\"expiration\":\"1\"}",
                "{\"manifest_digest\":{}}"
            })
    void memberOfTheWrongType_isRefused(String body) {
        assertThat(QuayFixtures.problem("PUT /api/v1/repository/acme/app/tag/v1", body))
                .isEqualTo(Mapping.Problem.INVALID_BODY);
    }

    @Test
    void types_areTheCatalogs() {
        assertThat(
                        QuayFixtures.call(
                                        "PUT /api/v1/repository/acme/app/tag/v1",
                                        "{\"expiration\":null,\"manifest_digest\":\"sha256:ab\"}")
                                .parameters())
                .containsOnlyKeys("tag", "manifest_digest");
        assertThat(
                        QuayFixtures.call(
                                        "POST /api/v1/user/autoprunepolicy/",
                                        "{\"method\":\"number_of_tags\",\"value\":10}")
                                .parameters())
                .containsEntry("value", Value.of("10"));
        assertThat(
                        QuayFixtures.call(CREATE, "{\"namespace\":\"acme\",\"repository\":\"web\"}")
                                .parameters())
                .containsOnlyKeys("repository");
    }
}
