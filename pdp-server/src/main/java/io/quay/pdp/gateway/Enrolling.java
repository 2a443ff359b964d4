package io.quay.pdp.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.quay.pdp.accounts.Enrolment;
import io.quay.pdp.accounts.Enrolment.State;
import io.quay.pdp.accounts.Enrolments;
import io.quay.pdp.accounts.Store;
import io.quay.pdp.audit.Event;
import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.ServiceAccount;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts an account, when a call on an organization is first allowed, into a team there that this
/// server made itself. What people took away stays away until it is approved again. Safe for use by
/// any number of threads.
final class Enrolling {
    private static final Logger LOG = LoggerFactory.getLogger(Enrolling.class);
    private static final int MAX_KEPT = 10_000;
    private static final int LOCKS = 64;

    /// How long an enrolment is believed to stand.
    private static final Duration BELIEVED = Duration.ofSeconds(30);

    private record Key(String accountId, String organization) {}

    private final QuayTeams teams;
    private final Enrolments enrolments;
    private final Records records;
    private final Cache<Key, Boolean> settled;
    private final Cache<String, Boolean> seen = Caffeine.newBuilder().maximumSize(MAX_KEPT).build();
    private final ReentrantLock[] locks =
            Stream.generate(ReentrantLock::new).limit(LOCKS).toArray(ReentrantLock[]::new);

    Enrolling(QuayTeams teams, Enrolments enrolments, Records records, Ticker ticker) {
        this.teams = teams;
        this.enrolments = enrolments;
        this.records = records;
        this.settled =
                Caffeine.newBuilder()
                        .maximumSize(MAX_KEPT)
                        .ticker(ticker)
                        .expireAfterWrite(BELIEVED)
                        .build();
    }

    /// Notes that the account has a user in Quay, to be disabled with it.
    void seen(ServiceAccount account) {
        if (seen.getIfPresent(account.id()) != null) {
            return;
        }
        try {
            enrolments.keep(
                    new Enrolment.User(account.id(), account.name(), records.now(), false, null),
                    null);
            seen.put(account.id(), true);
        } catch (Store.StorageException _) {
            // Noted with the next call.
        }
    }

    /// The account's user was disabled: whoever uses it again is noted again.
    void unseen(String accountId) {
        seen.invalidate(accountId);
    }

    /// @param organization that the call is about; null = none
    /// @param authorization the account's own
    /// @return why the call is not executed; empty when it can be
    Optional<Prepared> require(
            ServiceAccount account, @Nullable String organization, String authorization) {
        if (organization == null || organization.equals(account.name())) {
            return Optional.empty();
        }
        Key key = new Key(account.id(), organization);
        if (settled.getIfPresent(key) != null) {
            return Optional.empty();
        }
        // One at a time: two calls would take each other's team for a stranger's.
        ReentrantLock lock = locks[Math.floorMod(organization.hashCode(), LOCKS)];
        lock.lock();
        try {
            Optional<Prepared> refusal = enrol(account, organization, authorization);
            if (refusal.isEmpty()) {
                settled.put(key, true);
            }
            return refusal;
        } catch (QuayTeams.FailedException e) {
            return Optional.of(new Prepared.Unavailable(e.getMessage()));
        } catch (Store.StorageException _) {
            return Optional.of(new Prepared.Unavailable("the enrolment cannot be kept now"));
        } finally {
            lock.unlock();
        }
    }

    /// Ends an enrolment of ours that nothing calls for any more. Who was gone from the team
    /// already was taken out by somebody, and stays out; an answer of Quay that got lost counts as
    /// that.
    ///
    /// @param deleted whether the account is no more
    void withdraw(Enrolment enrolment, boolean deleted) throws QuayTeams.FailedException {
        String organization = enrolment.organization();
        Enrolment.Team team = enrolments.team(organization).orElse(null);
        boolean there =
                team != null && teams.takeOut(organization, enrolment.name(), team.marker());
        settled.invalidate(new Key(enrolment.accountId(), organization));
        if (!there && !deleted && enrolment.state() == State.MADE) {
            enrolments.keep(
                    enrolment.in(State.REMOVED, records.now()),
                    gone(enrolment.name(), organization, "the account is no longer in the team"));
            return;
        }
        String why = deleted ? "the account is deleted" : "no policy reaches it";
        enrolments.remove(
                enrolment,
                null,
                records.event(
                        Event.Kind.QUAY_ENROLMENT_WITHDRAWN,
                        enrolment.name(),
                        Map.of("organization", organization, "team", teams.name(), "why", why)));
    }

    private Optional<Prepared> enrol(
            ServiceAccount account, String organization, String authorization)
            throws QuayTeams.FailedException {
        Enrolment known = enrolments.find(account.id(), organization).orElse(null);
        Enrolment.Team team = enrolments.team(organization).orElse(null);
        if (known != null && known.state() == State.REMOVED) {
            return removed(account, organization);
        }
        if (team != null && team.state() == State.REMOVED) {
            noteRemoved(account, organization);
            return removed(account, organization);
        }
        if (known == null && teams.administers(organization, authorization)) {
            return Optional.empty();
        }
        Optional<QuayTeams.Found> theirs = teams.find(organization);
        if (theirs.isEmpty()) {
            // A user's own namespace, or nothing: there are no teams.
            return Optional.empty();
        }
        Optional<Prepared> refusal = requireTeam(account, organization, team, theirs.get());
        return refusal.isPresent() ? refusal : requireMember(account, organization, known);
    }

    private Optional<Prepared> requireTeam(
            ServiceAccount account,
            String organization,
            Enrolment.@Nullable Team team,
            QuayTeams.Found theirs)
            throws QuayTeams.FailedException {
        JsonNode found = theirs.team();
        if (found == null) {
            if (team != null && team.state() == State.MADE) {
                enrolments.keep(
                        team.in(State.REMOVED, records.now()),
                        gone(account.name(), organization, "the team is gone"));
                noteRemoved(account, organization);
                return removed(account, organization);
            }
            return makeTeam(organization, team) ? Optional.empty() : notOurs(organization);
        }
        if (team == null || !found.path("description").asText("").contains(team.marker())) {
            return notOurs(organization);
        }
        if (team.state() == State.MAKING) {
            enrolments.keep(team.in(State.MADE, records.now()), null);
        }
        return Optional.empty();
    }

    private Optional<Prepared> notOurs(String organization) {
        return Optional.of(
                new Prepared.Refused(
                        Cause.NOT_EXECUTABLE,
                        "organization `"
                                + organization
                                + "` has a team `"
                                + teams.name()
                                + "` that this server did not make: nobody is put into it;"
                                + " rename that team or set `quay.enrol_team.name`"));
    }

    /// Whoever finds our team gone needs the approval, too.
    private void noteRemoved(ServiceAccount account, String organization) {
        enrolments.keep(
                new Enrolment(
                        account.id(), organization, account.name(), State.REMOVED, records.now()),
                null);
    }

    /// False when somebody else made one in between.
    private boolean makeTeam(String organization, Enrolment.@Nullable Team begun)
            throws QuayTeams.FailedException {
        Enrolment.Team making =
                begun != null
                        ? begun
                        : new Enrolment.Team(
                                organization,
                                teams.name(),
                                "quay-pdp " + records.newId(),
                                State.MAKING,
                                records.now());
        enrolments.keep(making, null);
        if (!teams.make(organization)) {
            LOG.atWarn()
                    .addKeyValue("organization", organization)
                    .addKeyValue("team", teams.name())
                    .log("somebody made this team just before us: its role is `member` now");
            return false;
        }
        teams.mark(organization, making.marker());
        enrolments.keep(making.in(State.MADE, records.now()), null);
        return true;
    }

    private Optional<Prepared> requireMember(
            ServiceAccount account, String organization, @Nullable Enrolment known)
            throws QuayTeams.FailedException {
        if (teams.holds(organization, account.name())) {
            if (known != null && known.state() == State.MAKING) {
                enrolments.keep(
                        known.in(State.MADE, records.now()), enrolled(account, organization));
            }
            return Optional.empty();
        }
        if (known != null && known.state() == State.MADE) {
            enrolments.keep(
                    known.in(State.REMOVED, records.now()),
                    gone(account.name(), organization, "the account is no longer in the team"));
            return removed(account, organization);
        }
        Enrolment making =
                new Enrolment(
                        account.id(), organization, account.name(), State.MAKING, records.now());
        enrolments.keep(making, null);
        teams.add(organization, account.name());
        enrolments.keep(making.in(State.MADE, records.now()), enrolled(account, organization));
        return Optional.empty();
    }

    private Event enrolled(ServiceAccount account, String organization) {
        return records.event(
                Event.Kind.QUAY_ENROLLED,
                account.name(),
                Map.of("organization", organization, "team", teams.name()));
    }

    private Event gone(String account, String organization, String what) {
        return records.event(
                Event.Kind.QUAY_ENROLMENT_REMOVED,
                account,
                Map.of("organization", organization, "team", teams.name(), "found", what));
    }

    private static Optional<Prepared> removed(ServiceAccount account, String organization) {
        return Optional.of(
                new Prepared.Refused(
                        Cause.ENROLMENT_REMOVED,
                        "somebody took `"
                                + account.name()
                                + "` out of our team in `"
                                + organization
                                + "`: approve it with POST /v1/enrolments/approve"));
    }
}
