package io.quay.pdp.audit;

import io.quay.pdp.identity.EntityRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Denials of one minute that are counted together instead of being recorded one by one. Immutable.
///
/// @param id sortable by time; the id that each of these denials is answered with
/// @param window when its minute begins
/// @param caller the PEP that asked; empty for refused events; null for the rest of a minute that
///   has too many groups: then principal, action and cause are null too
/// @param action the operation, or the kind of a refused event
/// @param cause null for that rest only
public record DeniedGroup(
        String id,
        Instant window,
        @Nullable String caller,
        @Nullable EntityRef principal,
        @Nullable String action,
        @Nullable String cause) {

    /// @param count how many denials there were in it so far
    public record Counted(DeniedGroup group, long count) {}
}
