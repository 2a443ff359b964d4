package io.quay.pdp.gateway;

import io.quay.pdp.audit.CallRecord.State;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Response;

/// Hands an answer of Quay on as it comes: no faster than the client takes it, and no more of it in
/// memory than one buffer on each side.
final class Streaming {
    private static final int BUFFER = 16_384;

    private Streaming() {}

    /// Copies the answer's head.
    static void head(Upstream.Answer answer, Response response, boolean decided) {
        int status = answer.head().getStatus();
        HttpFields given = answer.head().getHeaders();
        Set<String> nominated = Headers.nominated(given);
        response.setStatus(status);
        for (HttpField field : given) {
            if (Headers.answered(field, decided, nominated)) {
                response.getHeaders().add(field);
            }
        }
        if (status == HttpStatus.NO_CONTENT_204) {
            // it has none whatever it announces (RFC 9110 §8.6)
            response.getHeaders().remove(HttpHeader.CONTENT_LENGTH);
        }
    }

    /// Copies the body to its end.
    ///
    /// @throws Upstream.FailedException when Quay's side breaks off
    /// @throws IOException when the client's side does
    static void body(Upstream.Answer answer, Response response, boolean headOnly)
            throws Upstream.FailedException, IOException {
        if (answer.rest() == null) {
            Content.Sink.write(response, true, answer.begun());
            return;
        }
        long announced = answer.head().getHeaders().getLongField(HttpHeader.CONTENT_LENGTH);
        boolean bodiless = headOnly || HttpStatus.hasNoBody(answer.head().getStatus());
        try (InputStream in = Content.Source.asInputStream(answer.rest())) {
            byte[] buffer = new byte[bufferFor(bodiless ? 0 : announced)];
            long written = answer.begun().remaining();
            if (answer.begun().hasRemaining()) {
                Content.Sink.write(response, false, answer.begun());
            }
            int read = read(in, buffer);
            while (read >= 0) {
                written += read;
                if (written == announced) {
                    // to the end, so that the connection can be used again
                    int more = read(in, new byte[1]);
                    if (more < 0) {
                        Content.Sink.write(response, true, ByteBuffer.wrap(buffer, 0, read));
                        return;
                    }
                    throw new Upstream.FailedException(State.BROKEN, null);
                }
                Content.Sink.write(response, false, ByteBuffer.wrap(buffer, 0, read));
                read = read(in, buffer);
            }
            Content.Sink.write(response, true, ByteBuffer.allocate(0));
        }
    }

    private static int bufferFor(long announced) {
        return announced < 0 ? BUFFER : Math.clamp(announced, 1, BUFFER);
    }

    private static int read(InputStream in, byte[] buffer) throws Upstream.FailedException {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            State state = e.getCause() instanceof TimeoutException ? State.TIMED_OUT : State.BROKEN;
            throw new Upstream.FailedException(state, e);
        }
    }
}
