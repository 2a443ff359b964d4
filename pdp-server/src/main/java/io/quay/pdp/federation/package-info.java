/// Issuers, workload kinds, and the exchange: subject token to workload to service account.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.federation;
