package io.quay.pdp.accounts;

import java.util.List;

/// A request of the administration API that is refused. The message is for the caller: it names
/// what is wrong, where, and what to do, and holds no secret.
public final class RefusedException extends RuntimeException {
    @java.io.Serial private static final long serialVersionUID = 1L;

    /// Why; each is one problem type and status of the API.
    public enum Refusal {
        /// 404: there is no such thing, or none that the caller may see.
        NOT_FOUND,
        /// 403: no policy permits it.
        FORBIDDEN,
        /// 403: it would give more than the caller holds.
        EXCEEDS_OWN_RIGHTS,
        /// 409: the name is or was somebody's.
        NAME_TAKEN,
        /// 409: the account is declared in Git and changed there.
        DECLARED_IN_GIT,
        /// 409: the key or the secret is some credential's already.
        CREDENTIAL_TAKEN,
        /// 409: it cannot be done in this state.
        CONFLICT,
        /// 412: it was changed since the caller saw it.
        STALE,
        /// 422: a field does not hold what it must.
        INVALID,
        /// 422: the idempotency key was used for another request.
        KEY_REUSED,
        /// 503: nothing can be kept now.
        UNAVAILABLE,
        /// 507: the disk is full.
        STORAGE_FULL
    }

    /// A field that is wrong.
    ///
    /// @param pointer where it is in the body (RFC 6901), such as `/labels/team`
    public record Field(String pointer, String detail) {}

    private final Refusal refusal;
    private final transient List<Field> fields;

    public RefusedException(Refusal refusal, String message) {
        this(refusal, message, List.of());
    }

    public RefusedException(Refusal refusal, String message, List<Field> fields) {
        super(message, null, false, false);
        this.refusal = refusal;
        this.fields = List.copyOf(fields);
    }

    public Refusal refusal() {
        return refusal;
    }

    public List<Field> fields() {
        return fields;
    }
}
