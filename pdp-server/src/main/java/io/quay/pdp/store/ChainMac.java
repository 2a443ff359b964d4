package io.quay.pdp.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// HMAC-SHA256 (RFC 2104) over links and anchors under the chain's key. For one thread.
final class ChainMac {
    static final int LENGTH = 32;

    /// Stands for the link before the first.
    static final byte[] GENESIS = new byte[LENGTH];

    private static final String ALGORITHM = "HmacSHA256";

    private final Mac links;
    private final Mac anchors;

    ChainMac(byte[] key) {
        this.links = mac(key);
        this.anchors =
                mac(mac(key).doFinal("quay-pdp audit anchor".getBytes(StandardCharsets.US_ASCII)));
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    byte[] ofLink(byte[] previous, long sequence, RecordKind kind, byte[] record) {
        byte[] code = kind.code().getBytes(StandardCharsets.US_ASCII);
        links.update(previous);
        links.update(sequenceBytes(sequence));
        links.update((byte) code.length);
        links.update(code);
        return links.doFinal(record);
    }

    byte[] ofAnchor(long sequence, byte[] mac) {
        anchors.update(sequenceBytes(sequence));
        return anchors.doFinal(mac);
    }

    private static byte[] sequenceBytes(long sequence) {
        return ByteBuffer.allocate(Long.BYTES).putLong(sequence).array();
    }
}
