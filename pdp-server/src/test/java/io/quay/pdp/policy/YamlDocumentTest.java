package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlDocumentTest {
    private static void refused(String name, String text, String message) {
        assertThatThrownBy(() -> YamlDocument.parse(name, text))
                .isInstanceOf(YamlDocument.ProblemException.class)
                .hasMessageContaining(message);
    }

    @Test
    void alias_isRefusedAndNotTakenForItsName() {
        refused("a.yaml", "one: &x svc-a\ntwo: *x", "a.yaml:2: aliases are not accepted");
        refused("a.yaml", "a: &x {b: c}\nd:\n  <<: *x", "aliases are not accepted");
    }

    @Test
    void bombOfAliases_isRefused() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 30; i++) {
            bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        refused("a.yaml", bomb.toString(), "aliases are not accepted");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a: 1\n---\nb: 2\n", "---\na: 1\n---\n- b\n", "a: 1\n...\n---\nb: 1"})
    void secondDocument_isRefused(String text) {
        refused("a.yaml", text, "this file goes on after its end");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[] []", "[] {}", "[1] x", "[]]"})
    void jsonWithMoreBehindIt_isRefused(String text) {
        assertThatThrownBy(() -> YamlDocument.parse("a.json", text))
                .isInstanceOf(YamlDocument.ProblemException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing\n", "---\n", "\n\n"})
    void fileWithoutContentIsEmpty(String text) {
        assertThat(YamlDocument.parse("a.yaml", text).root().isEmpty()).isTrue();
    }

    @Test
    void keyThatStandsTwice_isRefused() {
        refused("a.yaml", "a: 1\nb: 2\na: 3\n", "a.yaml:3");
        refused("a.json", "[{\"a\": 1,\n\"a\": 2}]", "a.json:2");
    }

    @Test
    void nestingBeyondTheCap_isRefused() {
        refused("a.yaml", "[".repeat(33) + "]".repeat(33), "depth");
        refused("a.json", "[".repeat(33) + "]".repeat(33), "depth");
    }

    @Test
    void jsonIsReadAsJson() {
        String text = "[\n\t{\"uid\":\t\"a\\/b\", \"n\": 1e400}\n]";
        assertThat(YamlDocument.parse("a.json", text).root().get(0).get("uid").asText())
                .isEqualTo("a/b");
        refused("a.json", "[{uid: 1}]", "a.json:1");
    }

    @Test
    void linesAreThoseOfTheKeys() {
        YamlDocument document = YamlDocument.parse("a.yaml", "# c\na:\n  - b: 1\n\n    c: 2\n");
        assertThat(document.line("/a")).isEqualTo(2);
        assertThat(document.line("/a/0/b")).isEqualTo(3);
        assertThat(document.line("/a/0/c")).isEqualTo(5);
    }
}
