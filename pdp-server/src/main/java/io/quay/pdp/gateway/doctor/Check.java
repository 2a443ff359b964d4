package io.quay.pdp.gateway.doctor;

import java.util.Locale;

/// What the doctor checks, and how bad it is when it fails; the gravest come first.
public enum Check {
    /// A token of ours whose signature was changed is refused.
    BROKEN_SIGNATURE(Severity.ERROR),
    /// A token that a key signed which is not ours is refused.
    UNKNOWN_KEY(Severity.ERROR),
    EXPIRED_TOKEN(Severity.ERROR),
    WRONG_AUDIENCE(Severity.ERROR),
    /// A token that our key signed, and that names another issuer, is refused.
    WRONG_ISSUER(Severity.ERROR),
    /// A token of the algorithm `none` is refused.
    UNSIGNED_TOKEN(Severity.ERROR),
    /// A token that is signed with our public key as a shared secret is refused.
    PUBLIC_KEY_AS_SECRET(Severity.ERROR),
    /// Quay is where `quay.base_url` says, and answers there itself.
    BASE_URL(Severity.ERROR),
    /// An account is named as which Quay may be called.
    ACCOUNT(Severity.ERROR),
    GOOD_TOKEN(Severity.ERROR),
    USER_NAME(Severity.ERROR),
    /// The user's logins are ours and no other.
    USER_LOGIN(Severity.ERROR),
    /// An ordinary account's user is no superuser.
    USER_POWER(Severity.ERROR),
    /// The accounts of `quay.superusers` are declared and have their users in Quay.
    SUPERUSER_ACCOUNT(Severity.ERROR),
    /// The accounts of `quay.superusers` are superusers of Quay.
    SUPERUSER_POWER(Severity.ERROR),
    /// Every name of Quay's `SUPER_USERS` is taken, and no account's that is not configured so.
    SUPERUSER_LIST(Severity.ERROR),
    FULL_ACCESS(Severity.ERROR),
    RENAMES(Severity.ERROR),
    SELF_REGISTRATION(Severity.ERROR),
    LOGIN_BINDING(Severity.ERROR),
    /// Quay's login block is the one that is configured here.
    LOGIN_SERVICE(Severity.ERROR),
    ISSUER_HTTP(Severity.ERROR),
    /// Quay verifies the certificate of our issuer.
    ISSUER_TLS(Severity.ERROR),
    QUAY_HTTP(Severity.ERROR),
    /// What `quay.credential_file` holds is taken, and powerful enough.
    CREDENTIAL(Severity.ERROR),
    INVITE_ONLY(Severity.ERROR),
    ISSUER_HTTP_LOOPBACK(Severity.WARNING),
    USER_CREATION(Severity.WARNING),
    /// A first call needs no e-mail address.
    MAILING(Severity.WARNING),
    /// No other login service makes users.
    OTHER_LOGINS(Severity.WARNING),
    ORGANIZATION_CREATION(Severity.WARNING),
    REGISTRY_STATE(Severity.WARNING),
    SLASH_REDIRECTS(Severity.WARNING),
    ENCODED_SLASH(Severity.WARNING),
    /// Every operation of Quay is in our catalog.
    CATALOG_LACKS(Severity.WARNING),
    /// Every operation of our catalog is one of this Quay.
    QUAY_LACKS(Severity.NOTICE);

    /// How bad a failed check is.
    public enum Severity {
        ERROR,
        /// May be accepted.
        WARNING,
        /// Good to know, no finding.
        NOTICE
    }

    private final Severity severity;

    Check(Severity severity) {
        this.severity = severity;
    }

    public Severity severity() {
        return severity;
    }

    /// What reports call it.
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
