/// The only importer of the Cedar bindings: parsing, validation and evaluation, behind ports of
/// decision and policy.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.cedar;
