package io.quay.pdp.policy;

import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.identity.*;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

public final class Attenuation {
    private Attenuation() {}

    public record Excess(PolicyKind kind, String policy, String message) {}

    public static List<Excess> excess(
            LiveView view,
            ServiceAccount caller,
            @Nullable Ceiling ceiling,
            @Nullable ServiceAccount before,
            ServiceAccount after,
            Instant now) {
        return List.of();
    }
}
