/// The process: Main and the composition root.
@org.jspecify.annotations.NullMarked
package io.quay.pdp;
