/// Checks a live Quay against our configuration and says what to change.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.gateway.doctor;
