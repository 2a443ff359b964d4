package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.quay.QuayRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is asked of the decision point.
///
/// @param sourceIp the address that the request to Quay came from; null = not known
/// @param facts what an attribute source said of objects: it completes what is on file, and no
///   caller's word counts against it
public record AccessRequest(
        Subject subject, Asked asked, @Nullable String sourceIp, Map<EntityRef, Facts> facts) {
    public AccessRequest {
        facts = Map.copyOf(facts);
    }

    /// For which no source was asked.
    public AccessRequest(Subject subject, Asked asked, @Nullable String sourceIp) {
        this(subject, asked, sourceIp, Map.of());
    }

    /// The same with other facts.
    AccessRequest with(Map<EntityRef, Facts> others) {
        return new AccessRequest(subject, asked, sourceIp, others);
    }

    public sealed interface Asked {
        /// A request to Quay, as it came in.
        record Call(QuayRequest request) implements Asked {}

        /// An action on a resource (AuthZEN 1.0 §5).
        ///
        /// @param context becomes part of the context; `parameters` in it counts as complete
        /// @param actionProperties become `context.action`
        /// @param resourceProperties attributes of the resource that the caller supplies
        record Triple(
                String action,
                EntityRef resource,
                Map<String, Value> context,
                Map<String, Value> actionProperties,
                Map<String, Value> resourceProperties)
                implements Asked {
            public Triple {
                context = Map.copyOf(context);
                actionProperties = Map.copyOf(actionProperties);
                resourceProperties = Map.copyOf(resourceProperties);
            }
        }
    }
}
