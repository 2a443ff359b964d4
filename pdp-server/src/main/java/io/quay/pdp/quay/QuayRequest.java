package io.quay.pdp.quay;

/// A request to Quay's Management API as it came in.
///
/// @param method the method token, bytes kept
/// @param target the raw request target, path and query, undecoded
public record QuayRequest(String method, String target, RequestBody body) {}
