package io.quay.pdp.decision;

import org.jspecify.annotations.Nullable;

/// A policy that determined a decision.
///
/// @param policy its `@id`; for a grant, the role's
/// @param grant the grant's id when the policy is a granted role; otherwise null
/// @param file relative to the policy directory
/// @param line where the policy starts, from 1
public record Reason(String policy, @Nullable String grant, String file, int line) {}
