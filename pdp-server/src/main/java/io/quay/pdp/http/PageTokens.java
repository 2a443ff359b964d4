package io.quay.pdp.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// Makes and reads the tokens of pages: where a list goes on, sealed for one caller and one query,
/// so that it can neither be read (the last record that was looked at may be one that the caller
/// must not see), nor changed, nor used for another query. The key lives as long as the process.
/// Safe for use by any number of threads.
final class PageTokens {
    private static final int IV_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecureRandom random;
    private final SecretKey key;
    private final String member;

    private PageTokens(SecureRandom random, SecretKey key, String member) {
        this.random = random;
        this.key = key;
        this.member = member;
    }

    /// Tokens of a key of their own.
    static PageTokens create(SecureRandom random) {
        return create(random, "page_token");
    }

    /// @param member what callers know the token as
    static PageTokens create(SecureRandom random, String member) {
        byte[] key = new byte[32];
        random.nextBytes(key);
        return new PageTokens(random, new SecretKeySpec(key, "AES"), member);
    }

    /// @param query names caller, route and filters
    String seal(String query, String cursor) {
        byte[] iv = new byte[IV_BYTES];
        random.nextBytes(iv);
        try {
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, iv, query)
                            .doFinal(cursor.getBytes(StandardCharsets.UTF_8));
            byte[] token =
                    ByteBuffer.allocate(IV_BYTES + sealed.length).put(iv).put(sealed).array();
            return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has AES/GCM", e);
        }
    }

    /// @throws ProblemException 400 when the token was not made for this query
    String open(String query, String token) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(token);
            if (bytes.length <= IV_BYTES) {
                throw notOurs();
            }
            byte[] iv = java.util.Arrays.copyOf(bytes, IV_BYTES);
            byte[] cursor =
                    cipher(Cipher.DECRYPT_MODE, iv, query)
                            .doFinal(bytes, IV_BYTES, bytes.length - IV_BYTES);
            return new String(cursor, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            throw notOurs();
        }
    }

    private Cipher cipher(int mode, byte[] iv, String query) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, iv));
        cipher.updateAAD(query.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private ProblemException notOurs() {
        return ProblemException.badRequest(
                "`"
                        + member
                        + "` is not one that this query gave since the server started:"
                        + " repeat the query without it");
    }
}
