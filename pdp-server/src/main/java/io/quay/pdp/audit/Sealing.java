package io.quay.pdp.audit;

/// The port to encryption at rest. Implementations are safe for use by any number of threads.
public interface Sealing {
    /// @param purpose what it is, such as `audit-chain`: it opens as nothing else
    /// @return text that may be kept beside other data
    String seal(byte[] clear, String purpose);

    /// @throws IllegalStateException when it was sealed under another key, for another purpose, or
    ///   changed since; the message holds nothing of it
    byte[] open(String sealed, String purpose);
}
