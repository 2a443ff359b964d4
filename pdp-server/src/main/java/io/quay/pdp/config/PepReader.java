package io.quay.pdp.config;

import io.quay.pdp.config.Config.Face;
import io.quay.pdp.identity.ClientSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes callers of the items of `peps`. Remembers those it has read: names and tokens are unique.
final class PepReader {
    private final List<String> errors;
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, String> tokens = new HashMap<>();

    PepReader(List<String> errors) {
        this.errors = errors;
    }

    /// Empty after an error.
    Optional<Config.Pep> read(String where, Settings item) {
        String name = required(ConfigKeys.PEP_NAME, item, where);
        List<Face> faces = required(ConfigKeys.PEP_FACES, item, where);
        String token = token(where, item);
        boolean mayNameSubject = item.get(ConfigKeys.PEP_MAY_NAME_SUBJECT);
        boolean maySearch = item.get(ConfigKeys.PEP_MAY_SEARCH);
        Config.Response response = item.get(ConfigKeys.PEP_RESPONSE);
        if (name == null || faces == null || token == null) {
            return Optional.empty();
        }
        unique(names, name, item.where(ConfigKeys.PEP_NAME, where), "name");
        unique(tokens, token, where, "token");
        return Optional.of(
                new Config.Pep(
                        name, token, Set.copyOf(faces), mayNameSubject, maySearch, response));
    }

    private <T> @Nullable T required(ConfigKey<T> key, Settings item, String where) {
        if (!item.has(key)) {
            error(where, "`" + key.path() + "` is required");
        }
        return item.find(key);
    }

    private @Nullable String token(String where, Settings item) {
        String hash = item.find(ConfigKeys.PEP_TOKEN_SHA256);
        Path file = item.find(ConfigKeys.PEP_TOKEN_FILE);
        if (item.has(ConfigKeys.PEP_TOKEN_SHA256) == item.has(ConfigKeys.PEP_TOKEN_FILE)) {
            error(where, "exactly one of `token_file` and `token_sha256` is required");
            return null;
        }
        return file == null ? hash : hashOf(file, item.where(ConfigKeys.PEP_TOKEN_FILE, where));
    }

    private @Nullable String hashOf(Path file, String where) {
        try {
            String token = Files.readString(file).strip();
            if (ClientSecret.isWellFormed(token)) {
                return ClientSecret.sha256Hex(token);
            }
            error(where, "no token as `pdp secret new` makes them in `" + file + "`");
        } catch (IOException e) {
            error(where, "cannot read `" + file + "`");
        }
        return null;
    }

    private void unique(Map<String, String> seen, String value, String where, String what) {
        String first = seen.putIfAbsent(value, where);
        if (first != null) {
            error(where, "the same " + what + " as at " + first);
        }
    }

    private void error(String where, String message) {
        errors.add(where + ": " + message);
    }
}
