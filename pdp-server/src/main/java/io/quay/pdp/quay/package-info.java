/// Quay's vocabulary: the catalog of operations, and request line plus body to operation, resource
/// and parameters. Pure.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.quay;
