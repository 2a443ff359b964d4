package io.quay.pdp.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.quay.pdp.accounts.Write;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the answers of the administration API.
final class Replies {
    static final String LINES = "application/x-ndjson";
    private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

    private Replies() {}

    /// 201 with the place of what was made, 200 for a dry run.
    static Reply created(ApiRequest request, String location, JsonNode body, Write.Done<?> done) {
        if (request.dryRun()) {
            return changed(request, Reply.ok(body));
        }
        Reply reply = Reply.created(location, body);
        return done.fresh() ? reply : reply.header("Idempotency-Replayed", "true");
    }

    /// Says of a dry run that it was one.
    static Reply changed(ApiRequest request, Reply reply) {
        return request.dryRun() ? reply.header("Dry-Run", "true") : reply;
    }

    static void write(Context context, Reply reply) {
        context.status(reply.status()).header("Cache-Control", "no-store");
        reply.headers().forEach(context::header);
        if (reply.lines() != null) {
            export(context, reply.lines());
        } else if (reply.body() != null) {
            context.contentType("application/json")
                    .result(reply.body().toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    /// A failure before the first line is a problem; one after it is a last line that is a problem,
    /// because the status has gone out.
    private static void export(Context context, Supplier<List<? extends JsonNode>> lines) {
        List<? extends JsonNode> batch = lines.get();
        context.contentType(LINES);
        try {
            OutputStream out = context.outputStream();
            while (!batch.isEmpty()) {
                for (JsonNode line : batch) {
                    out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                }
                batch = next(context, lines, out);
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<? extends JsonNode> next(
            Context context, Supplier<List<? extends JsonNode>> lines, OutputStream out)
            throws IOException {
        try {
            return lines.get();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("export broken off");
            out.write(
                    Problems.body(
                            500,
                            "internal-error",
                            Problems.title(500),
                            "the export is incomplete: " + Problems.detail(500),
                            RequestIds.of(context)));
            out.write('\n');
            return List.of();
        }
    }
}
