package io.quay.pdp.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class PageTokensTest {
    private final PageTokens tokens = PageTokens.create(new SecureRandom());

    @Test
    void open_aTokenThatGoesOnAfterALongName_isTaken() {
        String name = "n".repeat(10_000);

        assertThat(tokens.open("query", tokens.seal("query", name))).isEqualTo(name);
    }

    @Test
    void open_aTokenOfAnotherQuery_isRefused() {
        String token = tokens.seal("query", "cursor");

        assertThatThrownBy(() -> tokens.open("another", token))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("page_token");
    }

    @Test
    void open_aTokenOfAnotherProcess_isRefused() {
        String token = PageTokens.create(new SecureRandom()).seal("query", "cursor");

        assertThatThrownBy(() -> tokens.open("query", token)).isInstanceOf(ProblemException.class);
    }

    @Test
    void open_whatIsNoToken_isRefused() {
        for (String token : new String[] {"", "AAAA", "no base64!", "A".repeat(5_000)}) {
            assertThatThrownBy(() -> tokens.open("query", token))
                    .isInstanceOf(ProblemException.class);
        }
    }
}
