package io.quay.pdp.gateway;

import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.CallRecord.State;
import io.quay.pdp.audit.RecordedDecisions;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.quay.CanonicalTarget;
import io.quay.pdp.quay.Operation;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.quay.RequestMapper;
import io.quay.pdp.token.PresentedTokens;
import java.io.IOException;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Calls of service accounts: decided, recorded, and handed to Quay exactly as they were decided.
/// Safe for use by any number of threads.
final class DecidedCalls {
    private static final Logger LOG = LoggerFactory.getLogger(DecidedCalls.class);

    /// How often a call is decided anew because something changed before it could be sent.
    private static final int ATTEMPTS = 3;

    private static final Set<String> WITH_CONSEQUENCES =
            Set.of("credential:mint", "dataflow:install");

    private final PresentedTokens tokens;
    private final RecordedDecisions decisions;
    private final RequestMapper mapper;
    private final Supplier<LiveView> live;
    private final Execution execution;
    private final Consequences consequences;
    private final Forwarding forwarding;
    private final Recording recording;
    private final Bodies bodies;
    private final AccountCalls accounts;

    DecidedCalls(
            PresentedTokens tokens,
            RecordedDecisions decisions,
            RequestMapper mapper,
            Supplier<LiveView> live,
            Execution execution,
            Consequences consequences,
            Forwarding forwarding,
            Recording recording,
            Bodies bodies,
            AccountCalls accounts) {
        this.tokens = tokens;
        this.decisions = decisions;
        this.mapper = mapper;
        this.live = live;
        this.execution = execution;
        this.consequences = consequences;
        this.forwarding = forwarding;
        this.recording = recording;
        this.bodies = bodies;
        this.accounts = accounts;
    }

    void serve(Exchange exchange, Credential credential) throws IOException {
        Subject subject = subject(credential);
        String account = nameOf(subject);
        if (account == null) {
            serve(exchange, credential, subject);
            return;
        }
        try (AccountCalls.Place _ =
                accounts.take(account).orElseThrow(() -> Refusal.tooManyOf(account).exception())) {
            serve(exchange, credential, subject);
        }
    }

    private void serve(Exchange exchange, Credential credential, Subject first) throws IOException {
        Inbound inbound = exchange.inbound();
        CanonicalTarget target = mapper.canonical(inbound.method(), inbound.target()).orElse(null);
        // a body is read for nobody who has not proved who it is
        RequestBody body =
                first instanceof Subject.Proved ? bodies.read(exchange) : new RequestBody.Omitted();
        // what was refused as it came is decided as it came: that gives the refusal its record
        QuayRequest request =
                new QuayRequest(
                        inbound.method(),
                        target == null ? inbound.target() : target.target(),
                        body);
        Subject subject = first;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (tried(exchange, credential, subject, request, target)) {
                return;
            }
            subject = subject(credential);
        }
        throw new Refusal(
                        503,
                        Refusal.DOWNSTREAM_ISSUE,
                        "policies_changing",
                        "what decides kept changing; nothing was sent to Quay. Try again.",
                        null)
                .exception();
    }

    /// Decides, and unless something changed meanwhile, acts.
    ///
    /// @return false when it has to be decided anew
    private boolean tried(
            Exchange exchange,
            Credential credential,
            Subject subject,
            QuayRequest request,
            @Nullable CanonicalTarget target)
            throws IOException {
        Ground ground = ground(subject);
        boolean redirect = target != null && target.slashAdded();
        Preparation preparation =
                new Preparation(live, mapper.catalog(), redirect ? null : execution);
        RecordedDecisions.Decided decided =
                decisions.decide(
                        new AccessRequest(
                                subject,
                                new AccessRequest.Asked.Call(request),
                                exchange.inbound().sourceIp()),
                        CallRecord.GATEWAY,
                        exchange.inbound().requestId(),
                        consequences.attributes(),
                        preparation);
        RecordedDecisions.Answer answer = decided.answer();
        exchange.about(answer.outcome().action(), nameOf(subject));
        if (!answer.outcome().decision().allowed()) {
            exchange.verdict(Exchange.Verdict.DENIED);
            exchange.refuse(Denials.refusal(answer));
            return true;
        }
        exchange.verdict(Exchange.Verdict.ALLOWED);
        if (target == null) {
            throw new IllegalStateException("allowed without a canonical target");
        }
        // S20: between decision and act. Nothing is waited for after it
        try (Slots.Slot _ = slot(exchange, decided)) {
            if (!subject.equals(subject(credential))
                    || !ground.equals(ground(subject))
                    || !ground.version().equals(answer.outcome().decision().version())) {
                Denials.requireKept(exchange, decided);
                ended(exchange, answer, State.WITHDRAWN, null);
                return false;
            }
            if (redirect || !leavesNothingBehind(target.operation())) {
                Denials.requireKept(exchange, decided);
            }
            if (redirect) {
                ended(exchange, answer, State.REDIRECTED, 308);
                exchange.decision(answer.id());
                exchange.redirect(target.target());
            } else {
                act(exchange, decided, request, preparation);
            }
        }
        return true;
    }

    /// Whether Quay may be asked before the record is durable: not where it works with credentials
    /// or asks other servers, though nothing of its own changes.
    private static boolean leavesNothingBehind(Operation operation) {
        return !operation.mutates()
                && (operation.method().equals("GET") || operation.method().equals("HEAD"))
                && Collections.disjoint(operation.groups(), WITH_CONSEQUENCES);
    }

    /// A place among the calls that run.
    private Slots.Slot slot(Exchange exchange, RecordedDecisions.Decided decided) {
        RecordedDecisions.Answer answer = decided.answer();
        return forwarding
                .slots()
                .take()
                .orElseThrow(() -> {
                    Denials.requireKept(exchange, decided);
                    exchange.verdict(Exchange.Verdict.FAILED);
                    ended(exchange, answer, State.WITHDRAWN, null);
                    return Refusal.tooMany(answer.id()).exception();
                });
    }

    private void act(
            Exchange exchange,
            RecordedDecisions.Decided decided,
            QuayRequest request,
            Preparation preparation)
            throws IOException {
        RecordedDecisions.Answer answer = decided.answer();
        begin(exchange, answer);
        forwarding.forward(
                exchange,
                request,
                decided,
                preparation.authorization().orElseThrow(),
                status -> consequences.after(answer, status));
    }

    /// What must be on disk before Quay has the call; if it cannot be, the call is not sent.
    private void begin(Exchange exchange, RecordedDecisions.Answer answer) {
        try {
            consequences.before(answer);
        } catch (RuntimeException e) {
            LOG.atError()
                    .setCause(e)
                    .addKeyValue("decision_id", answer.id())
                    .log("grants could not be suspended, the call was not sent");
            ended(exchange, answer, State.WITHDRAWN, null);
            throw new Refusal(
                            503,
                            Refusal.DOWNSTREAM_ISSUE,
                            Cause.AUDIT_UNAVAILABLE.code(),
                            "what has to be kept before this call cannot be kept now; nothing was sent"
                                    + " to Quay. Try again later.",
                            answer.id())
                    .exception();
        }
    }

    private void ended(
            Exchange exchange,
            RecordedDecisions.Answer answer,
            State state,
            @Nullable Integer status) {
        recording.ended(answer, state, status, null, exchange.inbound().requestId());
    }

    /// What a decision stood on.
    private record Ground(String version, Optional<?> account) {}

    private Ground ground(Subject subject) {
        LiveView view = live.get();
        String name = nameOf(subject);
        return new Ground(
                view.version(), name == null ? Optional.empty() : view.accounts().find(name));
    }

    private static @Nullable String nameOf(Subject subject) {
        return switch (subject) {
            case Subject.Proved proved -> proved.principal().id();
            case Subject.Named _, Subject.Refused _ -> null;
        };
    }

    /// Who it is now.
    private Subject subject(Credential credential) {
        return switch (credential) {
            case Credential.Ours(String token) -> tokens.ofOurs(token);
            case Credential.Workload(String token, String account) ->
                    tokens.ofWorkload(token, account);
            case Credential.None(String message) ->
                    new Subject.Refused(Cause.INVALID_TOKEN, message, null, null);
            case Credential.Foreign _ ->
                    throw new IllegalArgumentException("foreign credentials are not decided");
        };
    }
}
