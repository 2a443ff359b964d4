package io.quay.pdp.decision;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.Map;

/// A question with one name left open (AuthZEN 1.0 §8). Immutable.
public sealed interface SearchQuery {
    /// The concrete question for one name.
    AccessRequest about(String name);

    /// What the caller supplies beside the names.
    ///
    /// @param context as in [AccessRequest.Asked.Triple]
    record Supplied(
            Map<String, Value> context,
            Map<String, Value> actionProperties,
            Map<String, Value> resourceProperties) {
        public Supplied {
            context = Map.copyOf(context);
            actionProperties = Map.copyOf(actionProperties);
            resourceProperties = Map.copyOf(resourceProperties);
        }

        private AccessRequest.Asked asked(String action, EntityRef resource) {
            return new AccessRequest.Asked.Triple(
                    action, resource, context, actionProperties, resourceProperties);
        }
    }

    /// Who may do this to that?
    ///
    /// @param type of the subjects
    record Subjects(String type, String action, EntityRef resource, Supplied supplied)
            implements SearchQuery {
        @Override
        public AccessRequest about(String name) {
            return new AccessRequest(
                    Subject.Named.of(new EntityRef(type, name)),
                    supplied.asked(action, resource),
                    null);
        }
    }

    /// To what may this subject do this?
    ///
    /// @param type of the resources
    record Resources(Subject.Named subject, String action, String type, Supplied supplied)
            implements SearchQuery {
        @Override
        public AccessRequest about(String name) {
            return new AccessRequest(
                    subject, supplied.asked(action, new EntityRef(type, name)), null);
        }
    }

    /// What may this subject do to that?
    record Actions(Subject.Named subject, EntityRef resource, Supplied supplied)
            implements SearchQuery {
        @Override
        public AccessRequest about(String name) {
            return new AccessRequest(subject, supplied.asked(name, resource), null);
        }
    }
}
