package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The page to read the API's description in: one HTML file that loads nothing and runs nothing.
final class ApiPage {
    private static final String STYLE =
            """
            body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
            h2{border-bottom:1px solid #bbb;margin-top:3rem}h3{margin-top:2rem}
            code{background:#f1f1f1;padding:.1em .3em}h3 code{background:none;padding:0}
            table{border-collapse:collapse;width:100%}td,th{border:1px solid #ddd;padding:.3em .6em;text-align:left;vertical-align:top}
            """;

    private final JsonNode document;
    private final StringBuilder html = new StringBuilder();

    private ApiPage(JsonNode document) {
        this.document = document;
    }

    /// Allows nothing but the page's own style.
    static String contentSecurityPolicy() {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(STYLE.getBytes(StandardCharsets.UTF_8));
            return "default-src 'none'; style-src 'sha256-"
                    + Base64.getEncoder().encodeToString(hash)
                    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// @param document as [ApiDocument] makes it
    static String of(JsonNode document) {
        return new ApiPage(document).page();
    }

    private String page() {
        String title = escaped(document.at("/info/title").asText());
        html.append("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(title)
                .append("</title><style>")
                .append(STYLE)
                .append("</style></head><body><h1>")
                .append(title)
                .append("</h1><p>")
                .append(text(document.at("/info/description")))
                .append("</p><p>The same for programs: <a href=\"/openapi.json\">")
                .append("/openapi.json</a></p>");
        operations();
        html.append("<h2 id=\"schemas\">Shapes</h2>");
        document.at("/components/schemas").properties().forEach(this::shape);
        return html.append("</body></html>").toString();
    }

    private record Operation(String method, String path, JsonNode node) {}

    private void operations() {
        Map<String, List<Operation>> byTag = new TreeMap<>();
        document.path("paths")
                .properties()
                .forEach(path ->
                        path.getValue()
                                .properties()
                                .forEach(method ->
                                        byTag.computeIfAbsent(
                                                        method.getValue().at("/tags/0").asText(),
                                                        _ -> new ArrayList<>())
                                                .add(
                                                        new Operation(
                                                                method.getKey()
                                                                        .toUpperCase(
                                                                                java.util.Locale
                                                                                        .ROOT),
                                                                path.getKey(),
                                                                method.getValue()))));
        byTag.forEach((tag, operations) -> {
            html.append("<h2>").append(escaped(tag)).append("</h2>");
            operations.forEach(this::operation);
        });
    }

    private void operation(Operation operation) {
        JsonNode node = operation.node();
        html.append("<h3 id=\"")
                .append(escaped(node.path("operationId").asText()))
                .append("\"><code>")
                .append(operation.method())
                .append(' ')
                .append(escaped(operation.path()))
                .append("</code></h3><p>")
                .append(text(node.path("summary")))
                .append(". ")
                .append(text(node.path("description")))
                .append("</p>");
        if (!node.path("parameters").isEmpty()) {
            html.append("<table><tr><th>Parameter</th><th>In</th><th>What</th></tr>");
            node.path("parameters")
                    .forEach(parameter ->
                            row(
                                    "<code>" + escaped(parameter.path("name").asText()) + "</code>",
                                    escaped(parameter.path("in").asText()),
                                    text(parameter.path("description"))
                                            + " "
                                            + type(parameter.path("schema"))));
            html.append("</table>");
        }
        node.at("/requestBody/content")
                .properties()
                .forEach(body ->
                        html.append("<p>Body: <code>")
                                .append(escaped(body.getKey()))
                                .append("</code> ")
                                .append(type(body.getValue().path("schema")))
                                .append("</p>"));
        html.append("<table><tr><th>Status</th><th>What</th><th>Body</th></tr>");
        node.path("responses").properties().forEach(this::answer);
        html.append("</table>");
    }

    private void answer(Map.Entry<String, JsonNode> answer) {
        JsonNode said = answer.getValue();
        JsonNode node =
                said.has("$ref") ? document.at(said.path("$ref").asText().substring(1)) : said;
        StringBuilder bodies = new StringBuilder();
        node.path("content")
                .properties()
                .forEach(content -> bodies.append(type(content.getValue().path("schema"))));
        row(escaped(answer.getKey()), text(node.path("description")), bodies.toString());
    }

    private void shape(Map.Entry<String, JsonNode> shape) {
        JsonNode schema = shape.getValue();
        html.append("<h3 id=\"schema-")
                .append(escaped(shape.getKey()))
                .append("\"><code>")
                .append(escaped(shape.getKey()))
                .append("</code></h3><p>")
                .append(text(schema.path("description")))
                .append(' ')
                .append(schema.has("properties") ? "" : type(schema))
                .append("</p>");
        if (schema.has("properties")) {
            html.append("<table><tr><th>Member</th><th>Type</th><th>What</th></tr>");
            schema.path("properties")
                    .properties()
                    .forEach(member ->
                            row(
                                    "<code>" + escaped(member.getKey()) + "</code>",
                                    type(member.getValue()),
                                    text(member.getValue().path("description"))));
            html.append("</table>");
        }
    }

    private void row(String first, String second, String third) {
        html.append("<tr><td>")
                .append(first)
                .append("</td><td>")
                .append(second)
                .append("</td><td>")
                .append(third)
                .append("</td></tr>");
    }

    private static String type(JsonNode schema) {
        if (schema.has("$ref")) {
            String ref = schema.path("$ref").asText();
            String name = escaped(ref.substring(ref.lastIndexOf('/') + 1));
            return "<a href=\"#schema-" + name + "\">" + name + "</a>";
        }
        if (schema.has("enum")) {
            List<String> words = new ArrayList<>();
            schema.path("enum")
                    .forEach(word -> words.add("<code>" + escaped(word.asText()) + "</code>"));
            return String.join(" or ", words);
        }
        if (schema.has("oneOf")) {
            List<String> types = new ArrayList<>();
            schema.path("oneOf").forEach(each -> types.add(type(each)));
            return String.join(" or ", types);
        }
        if (schema.path("type").asText().equals("array")) {
            return "list of " + type(schema.path("items"));
        }
        if (schema.at("/properties/items").isObject()) {
            return "page of " + type(schema.at("/properties/items/items"));
        }
        List<String> names = new ArrayList<>();
        if (schema.path("type").isArray()) {
            schema.path("type").forEach(name -> names.add(escaped(name.asText())));
        } else {
            names.add(escaped(schema.path("type").asText("anything")));
        }
        return String.join(" or ", names);
    }

    /// Escaped, with `code` set as such.
    private static String text(JsonNode node) {
        return escaped(node.asText()).replaceAll("`([^`]*)`", "<code>$1</code>");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
