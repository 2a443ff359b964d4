package io.quay.pdp.accounts;

import io.quay.pdp.accounts.RefusedException.Refusal;
import io.quay.pdp.decision.AdminDecision;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.identity.Authentication;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/// Keeps administrators from locking everybody out: the bootstrap account goes only when another
/// administrator of the whole registry has a live credential.
final class Lockout {
    private final Directory directory;
    private final Clock clock;

    Lockout(Directory directory, Clock clock) {
        this.directory = directory;
        this.clock = clock;
    }

    void refuseToDisable(StoredAccount account, LiveView view) {
        if (account.name().equals(Bootstrap.NAME) && findOther(view).isEmpty()) {
            throw new RefusedException(
                    Refusal.CONFLICT,
                    "`"
                            + Bootstrap.NAME
                            + "` is the only administrator with a credential: make another one first");
        }
    }

    private Optional<ServiceAccount> findOther(LiveView view) {
        Instant now = clock.instant();
        return directory.credentials().stream()
                .filter(credential -> credential.liveAt(now))
                .map(Credential::accountId)
                .distinct()
                .flatMap(id -> view.accounts().all().stream().filter(a -> a.id().equals(id)))
                .filter(account -> !account.name().equals(Bootstrap.NAME))
                .filter(account -> account.usableAt(now))
                .filter(account -> administers(account, view, now))
                .findFirst();
    }

    private static boolean administers(ServiceAccount account, LiveView view, Instant now) {
        Authentication authentication =
                new Authentication(
                        Authentication.Method.CLIENT_SECRET, null, null, now, null, null, null);
        Subject.Proved subject = new Subject.Proved(account.entity(), authentication, null);
        return AdminDecision.decide(
                        view, subject, "createServiceAccount", EntityRef.registry(), now, null)
                .allowed();
    }
}
