package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementScannerTest {
    private static StatementScanner scan(String text) {
        return new StatementScanner("access/a.cedar", text).scan();
    }

    private static List<String> texts(String text) {
        StatementScanner scanner = scan(text);
        assertThat(scanner.problems()).isEmpty();
        return scanner.statements().stream().map(Statement::text).toList();
    }

    private static String onlyProblem(String text) {
        StatementScanner scanner = scan(text);
        assertThat(scanner.problems()).hasSize(1);
        return scanner.problems().getFirst().toString();
    }

    @Test
    void semicolonInAString_endsNothing() {
        assertThat(texts("permit(a) when { x == \"; \\\" ; \\\\\" }; forbid(b);"))
                .containsExactly("permit(a) when { x == \"; \\\" ; \\\\\" };", "forbid(b);");
    }

    @Test
    void commentsHideBracketsStringsAndEnds() {
        assertThat(texts("// ; \" (\npermit(a) // ; ( \"\n;// end"))
                .containsExactly("permit(a) // ; ( \"\n;");
        assertThat(texts("@id(\"http://x;y\") permit(a);"))
                .containsExactly("@id(\"http://x;y\") permit(a);");
    }

    @Test
    void carriageReturnEndsACommentAsItDoesForCedar() {
        assertThat(texts("// was: permit\rforbid(a);")).containsExactly("forbid(a);");
        String nested = "(".repeat(80) + "true" + ")".repeat(80);
        assertThat(onlyProblem("permit(a) when { // hides\r" + nested + "\n};"))
                .contains("levels deep");
    }

    @Test
    void windowsLineEndsKeepPositions() {
        List<Statement> statements =
                scan("// one\r\n\r\npermit(a);\r\n  forbid(b);\r\n").statements();
        assertThat(statements).extracting(Statement::line).containsExactly(3, 4);
        assertThat(statements).extracting(Statement::column).containsExactly(1, 3);
    }

    @Test
    void slotMakesATemplate_butNotWithinAStringOrComment() {
        assertThat(scan("permit(principal in ?principal); permit(x == \"?\") /*no*/;").statements())
                .extracting(Statement::template)
                .containsExactly(true, false);
        assertThat(scan("permit(a // ?principal\n);").statements().getFirst().template()).isFalse();
    }

    @Test
    void whatHasNoEnd_isRefusedWhereItStarts() {
        assertThat(onlyProblem("permit(a);\n  forbid(b)"))
                .startsWith("access/a.cedar:2:3: this policy has no end");
        assertThat(onlyProblem("permit(a);\nforbid(x == \"abc;\n);"))
                .startsWith("access/a.cedar:2:13: this string has no end");
        assertThat(onlyProblem("permit(x == \"\\")).contains("this string has no end");
    }

    @Test
    void closingBracketsBeforeOpeningOnes_hideNoDepth() {
        assertThat(onlyProblem("permit(a) " + ")".repeat(80) + "(".repeat(80) + ";"))
                .contains("levels deep");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{", "if true then false else "})
    void nestingBeyondTheCap_isRefused(String opening) {
        assertThat(scan("permit(a) when " + opening.repeat(60) + ";").problems()).isEmpty();
        assertThat(onlyProblem("permit(a) when " + opening.repeat(61) + ";"))
                .contains("levels deep; at most 60");
    }

    @ParameterizedTest
    @ValueSource(strings = {"!", "-", "+", "*", ".", "&", "|"})
    void chainBeyondTheCap_isRefused(String operator) {
        assertThat(scan("permit(a) when " + operator.repeat(1_000) + ";").problems()).isEmpty();
        assertThat(onlyProblem("permit(a) when " + operator.repeat(1_001) + ";"))
                .contains("at most 1000 operators");
    }

    @Test
    void textBeyondTheCap_isRefused() {
        assertThat(onlyProblem("@d(\"" + "x".repeat(64 * 1024) + "\") permit(a);"))
                .contains("65536 characters");
    }

    @Test
    void statementAfterARefusedOne_isStillRead() {
        StatementScanner scanner = scan("permit" + "(".repeat(99) + ";\nforbid(b);");
        assertThat(scanner.problems()).hasSize(1);
        assertThat(scanner.statements()).extracting(Statement::text).containsExactly("forbid(b);");
    }

    @Test
    void wordsThatHoldAnIf_areNoConditionals() {
        assertThat(scan("permit(a) when " + "notify ifx if_ ".repeat(100) + ";").problems())
                .isEmpty();
    }

    @Test
    void largeFileIsReadInOnePass() {
        String text =
                IntStream.range(0, 20_000)
                        .mapToObj(i -> "permit(p" + i + "); // comment number " + i + "\n")
                        .collect(Collectors.joining());
        List<Statement> statements = scan(text).statements();
        assertThat(statements).hasSize(20_000);
        assertThat(statements.getLast().line()).isEqualTo(20_000);
    }

    @Test
    void byteOffsetsBecomePlaces_alsoBehindOtherLetters() {
        Statement statement = scan("\n  permit(\"äß€😀\",\n é x);").statements().getFirst();
        int afterAccents =
                "permit(\"äß€😀\",\n é ".getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        assertThat(statement.problem("r", 0, "m", null).toString())
                .startsWith("access/a.cedar:2:3:");
        assertThat(statement.problem("r", "permit(".length(), "m", null).column()).isEqualTo(10);
        assertThat(statement.problem("r", afterAccents, "m", null).toString())
                .startsWith("access/a.cedar:3:4:");
        assertThat(statement.problem("r", 1_000, "m", null).line()).isEqualTo(3);
    }
}
