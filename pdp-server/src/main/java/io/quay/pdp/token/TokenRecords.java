package io.quay.pdp.token;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.federation.Assumption.Assumed;
import io.quay.pdp.federation.WorkloadToken;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The events of the token endpoint: what was issued, for which proof, and what was refused and
/// why. None holds a token. Safe for use by any number of threads.
final class TokenRecords {
    private final EventLog events;
    private final WorkloadNames names;
    private final DecisionIds ids;
    private final Clock clock;

    TokenRecords(EventLog events, WorkloadNames names, DecisionIds ids, Clock clock) {
        this.events = events;
        this.names = names;
        this.ids = ids;
        this.clock = clock;
    }

    /// Returns when the event is durable, and with it the uses that the token cost.
    ///
    /// @param permits the policies that permit such a token
    /// @throws AuditUnavailableException when it cannot be kept: nobody may have the token
    void issued(
            TokenIssuance.Call call,
            Grant grant,
            Optional<Client> client,
            Grant.Offer offer,
            AccessToken token,
            List<String> permits) {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("grant_type", grant.type());
        details.put("audience", String.join(" ", token.audience()));
        details.put("expires_at", token.expiresAt().toString());
        if (token.scope() != null) {
            details.put("scope", token.scope());
        }
        if (!token.ancestors().isEmpty()) {
            details.put("subject_token", token.ancestors().getLast());
        }
        List<EventLog.Companion> companions = new ArrayList<>();
        client.map(Client::spent).ifPresent(companions::add);
        if (offer.use() != null) {
            companions.add(offer.use().spent());
        }
        List<String> policies = new ArrayList<>(permits);
        Assumed exchanged = offer.exchanged();
        if (exchanged != null) {
            WorkloadToken shown = exchanged.token();
            details.putAll(shown.facts());
            policies.addAll(exchanged.policies());
            companions.add(
                    new EventLog.Exchange(
                            token.id(),
                            shown.issuer().issuer(),
                            shown.workload(),
                            token.expiresAt()));
            shown.named()
                    .ifPresent(thing -> {
                        renamed(call, token.account(), shown, thing);
                        companions.add(thing);
                    });
        }
        events.append(
                new Event(
                        ids.next(),
                        clock.instant(),
                        Event.Kind.TOKEN_ISSUED,
                        token.account(),
                        offer.credential(),
                        token.account(),
                        token.id(),
                        null,
                        policies,
                        call.requestId(),
                        call.sourceIp(),
                        details),
                companions.toArray(EventLog.Companion[]::new));
    }

    /// Records that a platform calls by another name what it called otherwise before: the id is the
    /// same, so it is the same thing, but people read names.
    private void renamed(
            TokenIssuance.Call call, String account, WorkloadToken shown, EventLog.Named thing) {
        Optional<String> before = names.find(thing).filter(name -> !name.equals(thing.name()));
        if (before.isPresent()) {
            events.append(
                    new Event(
                            ids.next(),
                            clock.instant(),
                            Event.Kind.WORKLOAD_RENAMED,
                            account,
                            null,
                            account,
                            null,
                            null,
                            List.of(),
                            call.requestId(),
                            call.sourceIp(),
                            Map.of(
                                    "issuer", shown.issuer().name(),
                                    "id", thing.id(),
                                    "before", before.get(),
                                    "after", thing.name())),
                    thing);
        }
    }

    /// @param assertion the client's, which counts as used although nothing is issued
    /// @param offer what was offered before the request was refused; null = nothing
    void refused(
            TokenIssuance.Call call,
            List<Grant> grants,
            Optional<Client> client,
            Optional<EventLog.Spent> assertion,
            Grant.@Nullable Offer offer,
            OAuthException refusal) {
        String account =
                client.map(proved -> proved.account().name()).orElseGet(() -> claimed(call.form()));
        Map<String, String> details = new LinkedHashMap<>();
        client.map(Client::workload).ifPresent(it -> details.putAll(it.token().facts()));
        if (offer != null && offer.exchanged() != null) {
            details.putAll(offer.exchanged().token().facts());
        }
        details.putAll(refusal.facts());
        details.put("reason", refusal.auditCause());
        grants.stream()
                .filter(grant -> call.form().many("grant_type").contains(grant.type()))
                .findFirst()
                .ifPresent(grant -> details.put("grant_type", grant.type()));
        try {
            events.append(
                    new Event(
                            ids.next(),
                            clock.instant(),
                            Event.Kind.TOKEN_REFUSED,
                            client.map(proved -> proved.account().name()).orElse(null),
                            client.map(Client::credentialId).orElse(null),
                            account,
                            null,
                            refusal.error().code(),
                            List.of(),
                            call.requestId(),
                            call.sourceIp(),
                            details),
                    assertion.stream().toArray(EventLog.Companion[]::new));
        } catch (AuditUnavailableException _) {
            // Nothing was issued: the refusal stands without its record, and the log's health says
            // why.
        }
    }

    /// The account that an unproved request names, if such a name can be one.
    private static @Nullable String claimed(Form form) {
        return form.many("client_id").stream()
                .filter(name -> ServiceAccount.NAME.matcher(name).matches())
                .findFirst()
                .orElse(null);
    }
}
