package io.quay.pdp.gateway;

import io.quay.pdp.audit.CallRecord.State;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import java.io.IOException;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/// Hands a decided call to Quay, the very target and bytes that were decided on, and its answer to
/// the client. Safe for use by any number of threads.
final class Forwarding {
    /// What has to be done as soon as Quay may have executed a call, before its client knows.
    @FunctionalInterface
    interface Aftermath {
        /// @param status Quay's; null = there is no answer
        void of(@Nullable Integer status);
    }

    private final Upstream upstream;
    private final Recording recording;

    Forwarding(Upstream upstream, Recording recording) {
        this.upstream = upstream;
        this.recording = recording;
    }

    Slots slots() {
        return upstream.decided();
    }

    /// The caller holds one of the slots.
    void forward(
            Exchange exchange,
            QuayRequest request,
            RecordedDecisions.Decided decided,
            String authorization,
            Aftermath aftermath)
            throws IOException {
        Upstream.Call call =
                new Upstream.Call(
                        request.method(),
                        request.target(),
                        Headers.decided(exchange.inbound(), authorization),
                        content(request.body()));
        RecordedDecisions.Answer decision = decided.answer();
        long sentAt = System.nanoTime();
        State state = State.BROKEN;
        Integer status = null;
        try {
            Upstream.Answer answer = sent(call, !decision.outcome().mutates(), aftermath);
            status = answer.head().getStatus();
            state = State.ANSWERED;
            requireKept(exchange, decided, answer);
            exchange.decision(decision.id());
            if (HttpStatus.isRedirection(status) && status != HttpStatus.NOT_MODIFIED_304) {
                var _ = answer.request().abort(new IOException("redirected"));
                throw redirected(status, decision.id()).exception();
            }
            Streaming.head(answer, exchange.response(), true);
            exchange.response()
                    .getHeaders()
                    .put(Inbound.REQUEST_ID, exchange.inbound().requestId());
            Streaming.body(answer, exchange.response(), request.method().equals("HEAD"));
        } catch (Upstream.FailedException e) {
            state = e.state();
            Denials.requireKept(exchange, decided);
            exchange.verdict(Exchange.Verdict.FAILED);
            if (exchange.response().isCommitted()) {
                throw new IOException("Quay's answer broke off", e);
            }
            exchange.response().getHeaders().clear();
            throw failed(state, decision.id()).exception();
        } finally {
            if (decided.kept().get().outcome().decision().allowed()) {
                recording.ended(decision, state, status, sentAt, exchange.inbound().requestId());
            }
        }
    }

    /// Without its record nobody sees what Quay answered.
    private static void requireKept(
            Exchange exchange, RecordedDecisions.Decided decided, Upstream.Answer answer) {
        try {
            Denials.requireKept(exchange, decided);
        } catch (Refusal.RefusedException e) {
            var _ = answer.request().abort(e);
            throw e;
        }
    }

    private Upstream.Answer sent(Upstream.Call call, boolean reads, Aftermath aftermath)
            throws Upstream.FailedException {
        Integer status = null;
        try {
            Upstream.Answer answer = sent(call, reads);
            status = answer.head().getStatus();
            return answer;
        } finally {
            aftermath.of(status);
        }
    }

    /// Quay's server closes connections that it thinks unused just when they are used. What only
    /// reads is then asked again, once.
    private Upstream.Answer sent(Upstream.Call call, boolean reads)
            throws Upstream.FailedException {
        try {
            return upstream.send(call);
        } catch (Upstream.FailedException e) {
            if (reads
                    && (call.method().equals("GET") || call.method().equals("HEAD"))
                    && e.state() == State.BROKEN
                    && e.getCause() instanceof java.io.EOFException) {
                return upstream.send(call);
            }
            throw e;
        }
    }

    private static Request.@Nullable Content content(RequestBody body) {
        return switch (body) {
            case RequestBody.Raw(byte[] content, var _) ->
                    new BytesRequestContent(Headers.jsonType(), content);
            case RequestBody.Absent _ -> null;
            case RequestBody.Omitted _, RequestBody.Json _ ->
                    throw new IllegalArgumentException("not as it came");
        };
    }

    private static Refusal redirected(int status, String decisionId) {
        return new Refusal(
                502,
                Refusal.DOWNSTREAM_ISSUE,
                "quay_redirects",
                "Quay answered with a redirect ("
                        + status
                        + "), which is not followed: `quay.base_url` has to be where Quay serves its API itself. Decision "
                        + decisionId
                        + ".",
                decisionId);
    }

    static Refusal failed(State state, @Nullable String decisionId) {
        String decision = decisionId == null ? "" : " Decision " + decisionId + ".";
        return switch (state) {
            case UNREACHED ->
                    new Refusal(
                            502,
                            Refusal.DOWNSTREAM_ISSUE,
                            "quay_unreached",
                            "Quay cannot be reached; the call was not made. Try again later."
                                    + decision,
                            decisionId);
            case TIMED_OUT ->
                    new Refusal(
                            504,
                            Refusal.TIMEOUT,
                            "quay_timed_out",
                            "Quay did not answer in time; it may have executed the call. Look before you repeat it."
                                    + decision,
                            decisionId);
            case BROKEN, ANSWERED, REDIRECTED, WITHDRAWN, UNKNOWN, PASSED ->
                    new Refusal(
                            502,
                            Refusal.DOWNSTREAM_ISSUE,
                            "quay_broke_off",
                            "Quay gave no answer that can be understood; it may have executed the call. Look before you repeat it."
                                    + decision,
                            decisionId);
        };
    }
}
