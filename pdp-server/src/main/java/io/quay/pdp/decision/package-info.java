/// The core: what a decision is and how it is made. Declares the ports to the policy engine and to
/// the loaded policies.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.decision;
