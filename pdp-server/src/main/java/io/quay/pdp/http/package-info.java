/// The only importer of Javalin: one class per endpoint family, wire records, error writers.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.http;
