package io.quay.pdp.gateway;

import io.quay.pdp.audit.AuditUnavailableException;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventLog;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Renews Quay's bootstrap token at half of its hour. Quay writes the new one to where the old one
/// came from; until it is there the old one, which no longer counts, is not used. For one thread.
final class BootstrapRenewal implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(BootstrapRenewal.class);
    private static final String PATH = "/api/v1/bootstrap/renew";
    private static final Duration AGE = Duration.ofMinutes(30);

    private final QuayApi api;
    private final CredentialFile file;
    private final EventLog events;
    private final Records records;

    BootstrapRenewal(QuayApi api, CredentialFile file, EventLog events, Records records) {
        this.api = api;
        this.file = file;
        this.events = events;
        this.records = records;
    }

    @Override
    public void run() {
        try {
            CredentialFile.Credential credential = file.get();
            if (records.now().isBefore(credential.since().plus(AGE))) {
                return;
            }
            switch (api.ask("POST", PATH, credential.authorization(), null)) {
                case QuayAnswer.Ok _ -> {
                    file.retire(credential);
                    events.append(
                            records.event(Event.Kind.QUAY_CREDENTIAL_RENEWED, null, Map.of()));
                }
                case QuayAnswer.Refused(int _, String message) -> failed(message);
                case QuayAnswer.Missing(String message) -> failed(message);
            }
        } catch (CredentialFile.UnusableException e) {
            failed(String.valueOf(e.getMessage()));
        } catch (AuditUnavailableException _) {
            failed("it was renewed and cannot be recorded");
        }
    }

    private static void failed(String why) {
        LOG.atWarn().addKeyValue("why", why).log("the token of Quay was not renewed");
    }
}
