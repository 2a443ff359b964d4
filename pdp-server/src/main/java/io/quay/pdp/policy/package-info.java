/// The policy repository: load, validate, lint, version, activate last-good; policy tests.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.policy;
