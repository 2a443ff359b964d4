package io.quay.pdp.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Splits a Cedar file into its statements and measures them before any native parser sees them:
/// that parser recurses on the native stack, and a text that is nested deeply enough ends the
/// process.
///
/// It knows only what it must: strings, comments, brackets, and where a statement ends. Not safe
/// for use by several threads.
final class StatementScanner {
    /// Far above any policy that people write, far below what the parser's thread can take.
    static final int MAX_NESTING = 60;

    static final int MAX_OPERATORS = 1_000;
    static final int MAX_LENGTH = 64 * 1024;

    private final String file;
    private final String text;
    private final int[] lineStarts;
    private final List<Statement> statements = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    private int at;
    private int start = -1;
    private int depth;
    private int deepest;
    private int operators;
    private int conditionals;
    private boolean template;

    StatementScanner(String file, String text) {
        this.file = file;
        this.text = text;
        this.lineStarts =
                IntStream.concat(
                                IntStream.of(0),
                                IntStream.range(0, text.length())
                                        .filter(i -> text.charAt(i) == '\n')
                                        .map(i -> i + 1))
                        .toArray();
    }

    List<Statement> statements() {
        return statements;
    }

    List<Problem> problems() {
        return problems;
    }

    StatementScanner scan() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (text.startsWith("//", at)) {
                skipComment();
            } else {
                begin();
                token(c);
            }
        }
        if (start >= 0) {
            problems.add(problem(start, "this policy has no end", "end it with `;`"));
        }
        return this;
    }

    private void skipComment() {
        // Cedar ends a comment at either; what one reader skips the other must not see
        while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
            at++;
        }
    }

    private void begin() {
        if (start < 0) {
            start = at;
            depth = 0;
            deepest = 0;
            operators = 0;
            conditionals = 0;
            template = false;
        }
    }

    private void token(char c) {
        switch (c) {
            case '"' -> skipString();
            case '(', '[', '{' -> {
                depth++;
                deepest = Math.max(deepest, depth);
                at++;
            }
            case ')', ']', '}' -> {
                depth = Math.max(0, depth - 1);
                at++;
            }
            case ';' -> {
                at++;
                end();
            }
            case '?' -> {
                template = true;
                at++;
            }
            case '&', '|', '!', '-', '+', '*', '.' -> {
                operators++;
                at++;
            }
            default -> word();
        }
    }

    private void word() {
        int from = at;
        while (at < text.length() && Character.isJavaIdentifierPart(text.charAt(at))) {
            at++;
        }
        if (at == from) {
            at++;
        } else if (text.startsWith("if", from) && at - from == 2) {
            conditionals++;
        }
    }

    private void skipString() {
        int from = at++;
        while (at < text.length() && text.charAt(at) != '"') {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= text.length()) {
            at = text.length();
            problems.add(problem(from, "this string has no end", "close it with `\"`"));
            start = -1;
        } else {
            at++;
        }
    }

    private void end() {
        String statement = text.substring(start, at);
        if (deepest > MAX_NESTING || conditionals > MAX_NESTING) {
            problems.add(
                    problem(
                            start,
                            "this policy is nested "
                                    + Math.max(deepest, conditionals)
                                    + " levels deep; at most "
                                    + MAX_NESTING
                                    + " are accepted",
                            "split it into several policies"));
        } else if (operators > MAX_OPERATORS || statement.length() > MAX_LENGTH) {
            problems.add(
                    problem(
                            start,
                            "this policy is too long: at most "
                                    + MAX_OPERATORS
                                    + " operators and "
                                    + MAX_LENGTH
                                    + " characters are accepted",
                            "compare with a set, or split it into several policies"));
        } else {
            statements.add(
                    new Statement(file, statement, lineOf(start), columnOf(start), template));
        }
        start = -1;
    }

    private Problem problem(int offset, String message, String hint) {
        return new Problem("parse", file, lineOf(offset), columnOf(offset), message, hint);
    }

    private int lineOf(int offset) {
        int found = Arrays.binarySearch(lineStarts, offset);
        return found >= 0 ? found + 1 : -found - 1;
    }

    private int columnOf(int offset) {
        return offset - lineStarts[lineOf(offset) - 1] + 1;
    }
}
