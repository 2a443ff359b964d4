/// What is recorded of decisions and of changes, what is merely counted, and the ports to where
/// both are kept and to the keys that protect them.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.audit;
