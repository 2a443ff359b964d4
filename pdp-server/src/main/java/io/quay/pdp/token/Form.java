package io.quay.pdp.token;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The parameters of a request to an OAuth endpoint. An empty one counts as absent (RFC 6749 §3.2).
/// Immutable.
public record Form(Map<String, List<String>> parameters) {
    public Form {
        parameters = Map.copyOf(parameters);
    }

    /// @throws OAuthException when it came more than once
    public Optional<String> one(String name) throws OAuthException {
        List<String> values = many(name);
        if (values.size() > 1) {
            throw OAuthException.request("parameter " + name + " came more than once");
        }
        return values.stream().findFirst();
    }

    public String required(String name) throws OAuthException {
        return one(name)
                .orElseThrow(() -> OAuthException.request("parameter " + name + " is missing"));
    }

    public List<String> many(String name) {
        return parameters.getOrDefault(name, List.of()).stream()
                .filter(value -> !value.isEmpty())
                .toList();
    }

    /// Without the values, which may be secrets.
    @Override
    public String toString() {
        return "Form" + parameters.keySet();
    }
}
