package io.quay.pdp.quay;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/// The body of a request to Quay, by what is known of it.
public sealed interface RequestBody {
    /// The client sent none.
    record Absent() implements RequestBody {}

    /// The face that asks does not carry bodies: whether there was one is not known.
    record Omitted() implements RequestBody {}

    /// Already parsed, strictly (no duplicate keys), as part of a decision request.
    record Json(JsonNode value) implements RequestBody {}

    /// As it came over the wire.
    ///
    /// @param contentEncoding the `Content-Encoding` header; null = none
    @SuppressWarnings("ArrayRecordComponent") // never compared, only parsed
    record Raw(byte[] content, @Nullable String contentEncoding) implements RequestBody {}
}
