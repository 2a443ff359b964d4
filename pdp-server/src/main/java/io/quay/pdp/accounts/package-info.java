/// The service accounts that the API manages, with their credentials and grants: what exists now,
/// who may change it, and every change. Imports no library.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.accounts;
