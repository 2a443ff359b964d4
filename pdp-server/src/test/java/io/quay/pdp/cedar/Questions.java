package io.quay.pdp.cedar;

import io.quay.pdp.decision.EntityData;
import io.quay.pdp.decision.Question;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import java.util.List;
import java.util.Map;

/// Short ways to ask the engine.
final class Questions {
    static final EntityRef PRINCIPAL = new EntityRef("Test::User", "alice");
    static final EntityRef ACTION = new EntityRef("Test::Action", "read");
    static final EntityRef RESOURCE = new EntityRef("Test::File", "plan");
    static final String PERMIT_ALL = "permit (principal, action, resource);";

    private Questions() {}

    static Question with(Map<String, Value> context) {
        return with(context, EntityData.bare(RESOURCE));
    }

    static Question with(Map<String, Value> context, EntityData... resources) {
        List<EntityData> entities =
                new java.util.ArrayList<>(
                        List.of(EntityData.bare(PRINCIPAL), EntityData.bare(ACTION)));
        entities.addAll(List.of(resources));
        return new Question(PRINCIPAL, ACTION, RESOURCE, context, entities);
    }

    static String forbidWhen(String condition) {
        return "forbid (principal, action, resource) when { " + condition + " };";
    }
}
