/// The reverse proxy before Quay's Management API, and how Quay executes what was allowed.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.gateway;
