/// What is recorded of decisions, and the port to where it is kept.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.audit;
