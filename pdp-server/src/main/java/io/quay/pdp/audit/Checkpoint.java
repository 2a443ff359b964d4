package io.quay.pdp.audit;

import java.time.Instant;

/// How far the chain of records had come at a moment. Whoever holds one that was signed and left
/// the machine can tell that nothing up to there was changed or taken away since. Immutable.
///
/// @param sequence of the newest link; 0 = none yet
/// @param mac of that link, in lower-case hex
/// @param time in milliseconds
/// @param count how many links were kept then: fewer than `sequence` once old ones are deleted
public record Checkpoint(long sequence, String mac, Instant time, long count) {}
