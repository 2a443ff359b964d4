package io.quay.pdp.decision;

import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.EntityRef;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A principal that may ask: it exists, is usable, and its entities are known.
///
/// @param authentication null when a caller named the principal
/// @param scopes null when nothing narrows it
record Asker(
        EntityRef ref,
        List<EntityData> entities,
        @Nullable Authentication authentication,
        @Nullable Set<String> scopes) {}
