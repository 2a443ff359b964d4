/// The only importer of java.sql: the SQLite database, one class per aggregate.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.store;
