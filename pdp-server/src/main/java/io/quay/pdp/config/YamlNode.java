package io.quay.pdp.config;

import java.util.List;

/// A part of a YAML document that knows where it stands.
sealed interface YamlNode {
    /// `file:line:column`.
    String where();

    /// A scalar as it is written, whatever type YAML would give it.
    record Scalar(String text, String where) implements YamlNode {}

    /// A key without a value.
    record Nothing(String where) implements YamlNode {}

    record Items(List<YamlNode> items, String where) implements YamlNode {}

    record Members(List<Member> members, String where) implements YamlNode {}

    /// @param where the key stands
    record Member(String key, String where, YamlNode value) {}
}
