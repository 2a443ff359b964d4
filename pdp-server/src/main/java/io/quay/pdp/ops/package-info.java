/// Health, visible to every room.
@org.jspecify.annotations.NullMarked
package io.quay.pdp.ops;
