package io.quay.pdp.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.federation.WorkloadToken;
import io.quay.pdp.identity.Workload;
import io.quay.pdp.policy.JsonValues;
import io.quay.pdp.policy.TokenInspection;
import java.util.TreeMap;

/// What a token is worth, as JSON: the same from the command line and from the API.
public final class InspectionJson {
    private InspectionJson() {}

    public static ObjectNode write(TokenInspection inspection) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        return switch (inspection) {
            case TokenInspection.Refused(String detail) ->
                    root.put("accepted", false).put("message", detail);
            case TokenInspection.Accepted accepted -> {
                root.put("accepted", true);
                root.set("workload", workload(accepted.token()));
                ArrayNode accounts = root.putArray("accounts");
                accepted.accounts().forEach(verdict -> account(accounts.addObject(), verdict));
                yield root;
            }
        };
    }

    private static ObjectNode workload(WorkloadToken token) {
        Workload workload = token.workload();
        ObjectNode node =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("type", workload.entity().type())
                        .put("id", workload.entity().id())
                        .put("issuer", token.issuer().name())
                        .put("subject", token.subject());
        node.set("attributes", JsonValues.write(new TreeMap<>(workload.attributes())));
        ObjectNode tags = node.putObject("tags");
        new TreeMap<>(workload.tags()).forEach(tags::put);
        ObjectNode run = node.putObject("run");
        new TreeMap<>(workload.run()).forEach(run::put);
        return node.put("issued_at", token.issuedAt().toString())
                .put("expires_at", token.expiresAt().toString());
    }

    private static void account(ObjectNode node, TokenInspection.Verdict verdict) {
        node.put("name", verdict.account().name()).put("allowed", verdict.allowed());
        if (!verdict.credential().isEmpty()) {
            node.put("credential", verdict.credential());
        }
        if (!verdict.message().isEmpty()) {
            node.put("message", verdict.message());
        }
        ExplanationJson.determining(node, verdict.determining());
        ExplanationJson.nearest(node, verdict.nearest());
    }
}
