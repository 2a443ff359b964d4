package io.quay.pdp.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A file with an OAuth token of Quay, bare or as Quay's bootstrap writes it (`{"access_token":
/// "…"}`); read again when the file has changed. Safe for use by any number of threads.
public final class CredentialFile {
    private static final int MAX_BYTES = 4_096;
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/=-]{16,2048}");
    private static final ObjectMapper JSON = new ObjectMapper();

    /// The file cannot be used now.
    public static final class UnusableException extends Exception {
        @java.io.Serial private static final long serialVersionUID = 1L;

        UnusableException(String message) {
            super(message, null, false, false);
        }
    }

    /// @param token a secret
    /// @param since when the file came to hold it
    public record Credential(String token, Instant since) {
        public String authorization() {
            return "Bearer " + token;
        }

        @Override
        public String toString() {
            return "Credential[]";
        }
    }

    private record Read(FileTime modified, long size, @Nullable Object key, Credential credential) {
        boolean still(BasicFileAttributes now) {
            return modified.equals(now.lastModifiedTime())
                    && size == now.size()
                    && java.util.Objects.equals(key, now.fileKey());
        }
    }

    private final Path file;
    private volatile @Nullable Read last;
    private volatile @Nullable String retired;

    public CredentialFile(Path file) {
        this.file = file;
    }

    /// @throws UnusableException saying which file and why, never what is in it
    public Credential get() throws UnusableException {
        Credential credential = read();
        if (credential.token().equals(retired)) {
            throw unusable("the token was renewed and the file does not hold the new one yet");
        }
        return credential;
    }

    /// From now on this token counts no more: the file will hold another.
    void retire(Credential credential) {
        retired = credential.token();
    }

    private Credential read() throws UnusableException {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            Read known = last;
            if (known != null && known.still(now)) {
                return known.credential();
            }
            if (now.size() > MAX_BYTES) {
                throw unusable("it is too large for a token");
            }
            String token = token(Files.readString(file, StandardCharsets.UTF_8).strip());
            Credential credential = new Credential(token, now.lastModifiedTime().toInstant());
            last = new Read(now.lastModifiedTime(), now.size(), now.fileKey(), credential);
            return credential;
        } catch (IOException e) {
            throw unusable("it cannot be read: " + e.getClass().getSimpleName());
        }
    }

    private String token(String text) throws UnusableException {
        String token = text;
        if (text.startsWith("{")) {
            try {
                JsonNode tree = JSON.readTree(text);
                token = tree.path("access_token").asText("");
            } catch (JsonProcessingException _) {
                throw unusable("it is not the JSON that Quay writes");
            }
        }
        if (!TOKEN.matcher(token).matches()) {
            throw unusable("it holds no token");
        }
        return token;
    }

    private UnusableException unusable(String why) {
        return new UnusableException("`quay.credential_file` (" + file.getFileName() + "): " + why);
    }
}
