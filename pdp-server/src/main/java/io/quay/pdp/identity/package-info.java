/// The nouns: service accounts, groups, grants, workloads, entity references and values. Depends on
/// the JDK only.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.identity;
