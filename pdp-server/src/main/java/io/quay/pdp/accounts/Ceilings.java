package io.quay.pdp.accounts;

import io.quay.pdp.identity.Ceiling;
import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.Attenuation;
import io.quay.pdp.policy.LiveView;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps rights from leaking to whoever made a credential earlier: when an account gains what the
/// maker of one of its credentials does not hold, that credential stays as strong as the account
/// was, until somebody who holds it rotates the credential.
final class Ceilings {
    private final Directory directory;
    private final Clock clock;

    Ceilings(Directory directory, Clock clock) {
        this.directory = directory;
        this.clock = clock;
    }

    /// The account's credentials that a change must put under a ceiling, with it.
    ///
    /// @param before the account as it was
    /// @param had what counts as had already; null = nothing
    List<Credential> forChange(
            LiveView view,
            ServiceAccount before,
            @Nullable ServiceAccount had,
            ServiceAccount after) {
        return directory.credentialsOf(before.id()).stream()
                .filter(credential -> !credential.byHighest())
                .filter(credential -> !holds(view, credential, had, after))
                .map(credential -> under(before, credential))
                .filter(credential ->
                        !directory.findCredential(credential.id()).equals(Optional.of(credential)))
                .toList();
    }

    /// As strong as the account was, and no longer than it was to live.
    private static Credential under(ServiceAccount before, Credential credential) {
        Credential capped =
                credential.ceiling() == null
                        ? credential.withCeiling(Ceiling.of(before))
                        : credential;
        Instant end = before.expiresAt();
        if (end == null || (capped.expiresAt() != null && !capped.expiresAt().isAfter(end))) {
            return capped;
        }
        return capped.endingAt(end);
    }

    /// Whether the credential's maker holds it, by what the maker used: a credential that is gone
    /// proves nothing any more.
    private boolean holds(
            LiveView view, Credential made, @Nullable ServiceAccount had, ServiceAccount after) {
        String with = made.madeWith();
        Optional<Credential> used =
                with == null ? Optional.empty() : directory.findCredential(with);
        if (with != null && used.isEmpty()) {
            return false;
        }
        Ceiling ceiling = used.map(Credential::ceiling).orElse(null);
        String maker = made.createdBy();
        Optional<ServiceAccount> account =
                view.accounts().find(maker).filter(found -> found.usableAt(clock.instant()));
        return account.isPresent()
                && Attenuation.excess(view, account.get(), ceiling, had, after, clock.instant())
                        .isEmpty();
    }
}
