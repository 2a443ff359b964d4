/// The OAuth 2.0 token service: client authentication, grants, access tokens, the key ring,
/// introspection and revocation.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.token;
