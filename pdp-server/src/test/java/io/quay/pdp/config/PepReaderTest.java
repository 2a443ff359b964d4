package io.quay.pdp.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.config.ConfigLoader.Invalid;
import io.quay.pdp.config.ConfigLoader.Loaded;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PepReaderTest {
    private static final String HASH = "ab".repeat(32);

    @TempDir private Path temporary;

    @Test
    void aTokenFileCountsByItsHashAlone() throws IOException {
        String token = ClientSecret.generate(new SecureRandom());
        Files.writeString(temporary.resolve("ci.token"), token + "\n");

        ConfigLoader.Outcome outcome = load("{name: ci, token_file: ci.token, faces: [authorize]}");
        assertThat(outcome).isInstanceOf(Loaded.class);
        Config.Pep pep = ((Loaded) outcome).config().peps().getFirst();
        assertThat(pep.tokenSha256()).isEqualTo(ClientSecret.sha256Hex(token));
        assertThat(pep.faces()).containsExactly(Config.Face.AUTHORIZE);
        assertThat(pep.mayNameSubject() || pep.maySearch()).isFalse();
        assertThat(pep.response()).isEqualTo(Config.Response.FULL);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    no name        | {token_sha256: HASH, faces: []}          | `peps[].name` is required
                    no faces       | {name: a, token_sha256: HASH}            | `peps[].faces` is required
                    other face     | {name: a, token_sha256: HASH, faces: [apache]} | not `apache`
                    no token       | {name: a, faces: []}                     | exactly one of
                    two tokens     | {name: a, faces: [], token_sha256: HASH, token_file: x} | exactly one of
                    missing file   | {name: a, faces: [], token_file: none}   | cannot read
                    weak token     | {name: a, faces: [], token_file: weak}   | no token as `pdp secret new` makes them
                    odd name       | {name: "a b", faces: [], token_sha256: HASH} | not a name
                    bad boolean    | {name: a, faces: [], token_sha256: HASH, may_search: 1} | not `true` or `false`
                    same name      | {name: a, faces: [], token_sha256: HASH}, {name: a, faces: [], token_sha256: OTHER} | the same name as at
                    same token     | {name: a, faces: [], token_sha256: HASH}, {name: b, faces: [], token_sha256: HASH} | the same token as at
                    """)
    void whatIsNoCallerIsRefused(String name, String items, String message) throws IOException {
        Files.writeString(temporary.resolve("weak"), "password");

        assertThat(load(items.replace("HASH", HASH).replace("OTHER", "cd".repeat(32))))
                .as(name)
                .isInstanceOfSatisfying(
                        Invalid.class,
                        invalid ->
                                assertThat(invalid.errors())
                                        .singleElement()
                                        .asString()
                                        .contains(message));
    }

    @Test
    void aTokenWrittenWhereItsHashBelongsIsNotShown() throws IOException {
        String token = ClientSecret.generate(new SecureRandom());

        assertThat(load("{name: a, faces: [], token_sha256: \"" + token + "\"}"))
                .isInstanceOf(Invalid.class)
                .asString()
                .doesNotContain(token);
    }

    private ConfigLoader.Outcome load(String items) throws IOException {
        Path file = Files.writeString(temporary.resolve("pdp.yaml"), "peps: [" + items + "]");
        return ConfigLoader.load(file, Map.of(), Overrides.none());
    }
}
