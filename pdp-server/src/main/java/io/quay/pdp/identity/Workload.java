package io.quay.pdp.identity;

import java.util.Map;

/// What a verified workload token says its bearer is, as a Cedar entity of the issuer's kind.
///
/// @param entity type `Workload::Kubernetes` and the like; the id names issuer and subject
/// @param attributes the typed claims of the kind; claims that the kind does not know are absent
/// @param tags the string claims of kinds with open claims (`Workload::Oidc`)
/// @param run what tells this run of the workload from its others, for records: the pod's uid, the
///   run's id, the job's id; by claim
public record Workload(
        EntityRef entity,
        Map<String, Value> attributes,
        Map<String, String> tags,
        Map<String, String> run) {
    public Workload(EntityRef entity, Map<String, Value> attributes, Map<String, String> tags) {
        this(entity, attributes, tags, Map.of());
    }

    public Workload {
        run = Map.copyOf(run);
        attributes = Map.copyOf(attributes);
        tags = Map.copyOf(tags);
    }
}
