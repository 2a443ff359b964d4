/// The only importer of Nimbus: signature verification, key sets, guarded outbound fetch.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.jose;
