package io.quay.pdp.audit;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Something that happened to accounts, credentials, grants, tokens or keys, or a search that was
/// answered. Immutable; holds no token and no secret.
///
/// @param id sortable by time
/// @param kind what happened, such as `service_account.created` or `token.refused`
/// @param actor the name of the account that did it; null when nobody proved to be one
/// @param credential the id of the credential that the actor used
/// @param account the name of the account that it happened to; null for keys and the like
/// @param target the id of the credential, grant, token or revocation; null for the account itself
/// @param cause why it was refused; null when it was done
/// @param policies ids of the policies that determined it
/// @param details what changed, by field; values are names, ids and times, never secrets
public record Event(
        String id,
        Instant time,
        Kind kind,
        @Nullable String actor,
        @Nullable String credential,
        @Nullable String account,
        @Nullable String target,
        @Nullable String cause,
        List<String> policies,
        @Nullable String requestId,
        @Nullable String sourceIp,
        Map<String, String> details) {
    public Event {
        policies = List.copyOf(policies);
        details = Map.copyOf(details);
    }

    /// The codes are stable.
    public enum Kind {
        ACCOUNT_CREATED("service_account.created"),
        ACCOUNT_UPDATED("service_account.updated"),
        ACCOUNT_DELETED("service_account.deleted"),
        CREDENTIAL_CREATED("credential.created"),
        CREDENTIAL_ROTATED("credential.rotated"),
        CREDENTIAL_DELETED("credential.deleted"),
        CREDENTIAL_EXPIRING("credential.expiring"),
        GRANT_CREATED("grant.created"),
        GRANT_DELETED("grant.deleted"),
        GRANTS_SUSPENDED("grants.suspended"),
        GRANTS_RESTORED("grants.restored"),
        GRANTS_CONFIRMED("grants.confirmed"),
        REVOKED("revocation.created"),
        BOOTSTRAP_CREATED("bootstrap.created"),
        BOOTSTRAP_DISABLED("bootstrap.disabled"),
        KEYS_ROTATED("signing_keys.rotated"),
        TOKEN_ISSUED("token.issued"),
        TOKEN_REFUSED("token.refused"),
        TOKEN_REVOKED("token.revoked"),
        QUAY_ENROLLED("quay.enrolled"),
        QUAY_ENROLMENT_REMOVED("quay.enrolment_removed"),
        QUAY_ENROLMENT_APPROVED("quay.enrolment_approved"),
        QUAY_ENROLMENT_WITHDRAWN("quay.enrolment_withdrawn"),
        QUAY_USER_DISABLED("quay.user_disabled"),
        QUAY_USER_ENABLED("quay.user_enabled"),
        QUAY_CREDENTIAL_RENEWED("quay.credential_renewed"),
        WORKLOAD_RENAMED("workload.renamed"),
        CLIENT_AUTHENTICATED("client.authenticated"),
        ADMINISTRATION_DENIED("administration.denied"),
        SEARCH_ANSWERED("search.answered");

        private final String code;

        Kind(String code) {
            this.code = code;
        }

        public String code() {
            return code;
        }
    }
}
