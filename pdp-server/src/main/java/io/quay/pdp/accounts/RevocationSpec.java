package io.quay.pdp.accounts;

/// What a revocation is asked for, by names.
public sealed interface RevocationSpec {
    record Account(String name) implements RevocationSpec {}

    record OneCredential(String account, String credentialId) implements RevocationSpec {}

    record Issuer(String name) implements RevocationSpec {}

    record Everything() implements RevocationSpec {}
}
