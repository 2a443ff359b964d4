package io.quay.pdp.config;

import java.util.ArrayList;
import java.util.List;

/// Writes the reference of the configuration, and an example file, from the table of keys.
final class ConfigReference {
    private ConfigReference() {}

    static String markdown() {
        StringBuilder text =
                new StringBuilder(
                        """
                        # Configuration: `pdp.yaml`

                        <!-- Generated from ConfigKeys by ConfigReferenceTest; -Dgolden.update=true writes it anew. -->

                        `pdp serve --config FILE` reads one YAML file; without it every key has its default. A flag wins
                        over the environment, the environment over the file, the file over the default. Unknown keys and
                        unknown `PDP_*` variables are errors, and all errors are reported together. A relative path is
                        relative to the file that names it, else to the working directory. A list in a variable is
                        separated by commas. [`pdp.example.yaml`](pdp.example.yaml) has every key with its default.

                        Two more variables preset the credentials of the first start, as `pdp secret new` makes them:
                        `PDP_PEP_TOKEN`, and `PDP_BOOTSTRAP_SECRET`, which is checked and without effect yet.

                        | key | type | default | unit | meaning | variable |
                        |---|---|---|---|---|---|
                        """);
        ConfigKeys.ALL.forEach(key -> text.append(row(key)));
        return text.toString();
    }

    private static String row(ConfigKey<?> key) {
        return "| `%s` | %s | %s | %s | %s | %s |\n"
                .formatted(
                        key.path(),
                        key.type().name(),
                        shownDefault(key),
                        key.unit(),
                        key.meaning(),
                        key.ofItem() ? "" : "`" + key.variable() + "`");
    }

    private static String shownDefault(ConfigKey<?> key) {
        String text = key.defaultText();
        if (text == null) {
            return "none";
        }
        return text.isEmpty() ? "empty" : "`" + text + "`";
    }

    static String example() {
        StringBuilder text =
                new StringBuilder(
                        """
                        # Every key of pdp.yaml with its default; docs/configuration.md says more.
                        # Keys without a default are commented out.
                        """);
        List<String> open = List.of();
        for (ConfigKey<?> key : ConfigKeys.ALL) {
            List<String> sections = sections(key);
            text.append(headings(open, sections));
            open = sections;
            text.append(entry(key, sections.size()));
        }
        return text.toString();
    }

    private static List<String> sections(ConfigKey<?> key) {
        List<String> parts = new ArrayList<>(List.of(key.path().replace("[]", "").split("\\.")));
        parts.removeLast();
        return parts;
    }

    private static String headings(List<String> open, List<String> sections) {
        StringBuilder text = new StringBuilder();
        for (int depth = 0; depth < sections.size(); depth++) {
            if (depth >= open.size() || !open.get(depth).equals(sections.get(depth))) {
                String comment = sections.get(depth).equals("peps") ? "# " : "";
                text.append(depth == 0 ? "\n" : "").append("  ".repeat(depth)).append(comment);
                text.append(sections.get(depth)).append(":\n");
            }
        }
        return text.toString();
    }

    private static String entry(ConfigKey<?> key, int depth) {
        String unit = key.unit().isEmpty() ? "" : ", in " + key.unit();
        if (key.ofItem()) {
            String dash = key.equals(ConfigKeys.PEP_NAME) ? "  - " : "    ";
            return "#%s%s: %s  # %s: %s%n"
                    .formatted(dash, key.name(), sample(key), key.type().name(), key.meaning());
        }
        String indent = "  ".repeat(depth);
        String value = key.defaultText();
        String setting =
                value == null
                        ? "# " + key.name() + ": " + sample(key)
                        : key.name() + ": " + (key.type().list() ? "[" + value + "]" : value);
        return indent
                + "# "
                + key.type().name()
                + unit
                + ": "
                + key.meaning()
                + "\n"
                + indent
                + setting
                + "\n";
    }

    private static String sample(ConfigKey<?> key) {
        String value = key.defaultText();
        if (value != null) {
            return value;
        }
        return switch (key.name()) {
            case "issuer" -> "https://pdp.example.com";
            case "encryption_key_file" -> "secrets/encryption.key";
            case "encryption_key" -> "from the environment";
            case "base_url" -> "https://quay.example.com";
            case "audience" -> "quay";
            case "credential_file" -> "secrets/quay.token";
            case "organization" -> "pdp-applications";
            case "client_id" -> "A1B2C3D4E5F6";
            case "version" -> "3.16.0";
            case "proxy" -> "proxy.example.com:3128";
            case "ca_file" -> "/etc/pdp/ca.pem";
            case "name" -> "ci";
            case "faces" -> "[authorize, authzen]";
            case "token_file" -> "secrets/ci.token";
            case "token_sha256" -> "\"" + "0".repeat(64) + "\"";
            case "listen" -> "127.0.0.1:8443";
            default -> throw new IllegalArgumentException("no sample for " + key.path());
        };
    }
}
