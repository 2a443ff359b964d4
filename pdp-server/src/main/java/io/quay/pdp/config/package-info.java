/// The configuration tree and its loader.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.config;
