package io.quay.pdp.jose;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// A file with a bearer token, which others replace when they like. Nothing of its content is ever
/// in a message.
final class BearerFile {
    private static final int MAX_BYTES = 16 * 1024;

    /// `b64token` (RFC 6750 §2.1).
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private BearerFile() {}

    /// The value of the header `Authorization`, as the file is now.
    static String authorization(Path file) throws OutboundException {
        String token;
        try (InputStream in = Files.newInputStream(file)) {
            token = new String(in.readNBytes(MAX_BYTES + 1), StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            throw new OutboundException(
                    "the bearer file cannot be read: " + e.getClass().getSimpleName());
        }
        if (token.length() > MAX_BYTES || !TOKEN.matcher(token).matches()) {
            throw new OutboundException("the bearer file does not hold one bearer token");
        }
        return "Bearer " + token;
    }
}
