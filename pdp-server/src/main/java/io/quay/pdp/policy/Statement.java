package io.quay.pdp.policy;

import java.nio.charset.StandardCharsets;

/// The text of one policy or template within a file.
///
/// @param file relative to the policy directory
/// @param line where the text starts in the file, from 1
/// @param column likewise
/// @param template whether it has slots
record Statement(String file, String text, int line, int column, boolean template) {
    /// A problem at a byte offset of the text, where Cedar's errors point.
    Problem problem(
            String rule,
            int byteOffset,
            String message,
            @org.jspecify.annotations.Nullable String hint) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int end = Math.clamp(byteOffset, 0, bytes.length);
        String before = new String(bytes, 0, end, StandardCharsets.UTF_8);
        int lines = (int) before.chars().filter(c -> c == '\n').count();
        int lastBreak = before.lastIndexOf('\n');
        int inLine = before.length() - (lastBreak + 1);
        return new Problem(
                rule, file, line + lines, lines == 0 ? column + inLine : inLine + 1, message, hint);
    }
}
