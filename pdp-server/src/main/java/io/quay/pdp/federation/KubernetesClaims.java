package io.quay.pdp.federation;

import io.quay.pdp.federation.ClaimMapper.Cause;
import io.quay.pdp.federation.TokenVerifier.Verification.Verified;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.identity.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The claims of a Kubernetes projected service account token: `sub` and the object
/// `kubernetes.io`, which must agree.
///
/// Refused are tokens without `kubernetes.io` (the legacy ones in Secrets, which never expire) and
/// those for the API server, which every pod has without asking.
final class KubernetesClaims {
    private static final String PRIVATE = "kubernetes.io";
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
    private static final int MAX_TEXT = 512;

    /// What API servers call themselves unless `--api-audiences` says otherwise.
    static final Set<String> API_SERVER =
            Set.of(
                    "https://kubernetes.default.svc",
                    "https://kubernetes.default.svc.cluster.local",
                    "kubernetes.default.svc");

    private KubernetesClaims() {}

    static Workload workload(Verified token) throws ClaimException {
        Map<?, ?> kubernetes = object(token.claims(), PRIVATE);
        refuseApiServerTokens(token, kubernetes);
        Map<?, ?> account = object(kubernetes, "serviceaccount");
        String namespace = name(kubernetes, "namespace");
        String serviceAccount = name(account, "name");
        String subject = text(token.claims(), "sub");
        if (!subject.equals("system:serviceaccount:" + namespace + ":" + serviceAccount)) {
            throw new ClaimException(
                    Cause.CONTRADICTING_CLAIMS, "claims sub and kubernetes.io do not agree");
        }
        String issuer = token.issuer().name();
        Map<String, Value> attributes = new LinkedHashMap<>();
        attributes.put("issuer", Value.of(issuer));
        attributes.put("namespace", Value.of(namespace));
        attributes.put("service_account", Value.of(serviceAccount));
        attributes.put("uid", Value.of(text(account, "uid")));
        Map<String, String> run = new ClaimReader(token.claims()).run("jti");
        Map<?, ?> pod = optional(kubernetes, "pod");
        if (pod != null) {
            run.put("pod_uid", text(pod, "uid"));
            attributes.put("pod", Value.of(name(pod, "name")));
            attributes.put("pod_uid", Value.of(text(pod, "uid")));
        }
        Map<?, ?> node = optional(kubernetes, "node");
        if (node != null) {
            attributes.put("node", Value.of(name(node, "name")));
        }
        EntityRef entity =
                new EntityRef(token.issuer().kind().entityType(), issuer + "/" + subject);
        return new Workload(entity, attributes, Map.of(), run);
    }

    /// `warnafter` marks the tokens that are mounted for the API server; their real life is a year.
    private static void refuseApiServerTokens(Verified token, Map<?, ?> kubernetes)
            throws ClaimException {
        Object claim = token.claims().get("aud");
        List<?> audiences =
                claim instanceof List<?> list ? list : List.of(claim == null ? "" : claim);
        boolean forApiServer =
                audiences.stream()
                        .anyMatch(a -> API_SERVER.contains(a) || token.issuer().issuer().equals(a));
        if (forApiServer || kubernetes.containsKey("warnafter")) {
            throw new ClaimException(
                    Cause.API_SERVER_TOKEN, "the token is meant for the cluster's API server");
        }
    }

    private static Map<?, ?> object(Map<?, ?> claims, String claim) throws ClaimException {
        Map<?, ?> object = optional(claims, claim);
        if (object == null) {
            throw new ClaimException(Cause.MISSING_CLAIM, "claim " + claim + " is missing");
        }
        return object;
    }

    private static @Nullable Map<?, ?> optional(Map<?, ?> claims, String claim)
            throws ClaimException {
        Object value = claims.get(claim);
        if (value == null || value instanceof Map<?, ?>) {
            return (Map<?, ?>) value;
        }
        throw new ClaimException(Cause.MALFORMED_CLAIM, "claim " + claim + " is no object");
    }

    /// A name as the API server admits it: a DNS subdomain. Without `:`, so that `sub` has one
    /// reading.
    private static String name(Map<?, ?> claims, String claim) throws ClaimException {
        String text = text(claims, claim);
        if (!NAME.matcher(text).matches()) {
            throw new ClaimException(
                    Cause.MALFORMED_CLAIM, "claim " + claim + " is no Kubernetes name");
        }
        return text;
    }

    private static String text(Map<?, ?> claims, String claim) throws ClaimException {
        Object value = claims.get(claim);
        if (value == null) {
            throw new ClaimException(Cause.MISSING_CLAIM, "claim " + claim + " is missing");
        }
        if (value instanceof String text && !text.isEmpty() && text.length() <= MAX_TEXT) {
            return text;
        }
        throw new ClaimException(Cause.MALFORMED_CLAIM, "claim " + claim + " is no text");
    }
}
