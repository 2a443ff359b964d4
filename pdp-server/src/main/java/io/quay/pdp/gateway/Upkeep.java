package io.quay.pdp.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.accounts.Enrolment;
import io.quay.pdp.accounts.Enrolments;
import io.quay.pdp.audit.Event;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.policy.Reaching;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes back in Quay what is not called for any more: enrolments that no policy reaches, and the
/// users of accounts that were disabled or deleted. For one thread.
final class Upkeep implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final int SHOWN = 50;

    private final Enrolling enrolling;
    private final QuayTeams teams;
    private final QuayApi api;
    private final AccountTokens tokens;
    private final Enrolments enrolments;
    private final Directory directory;
    private final Supplier<LiveView> policies;
    private final Records records;

    /// What it works with.
    record Parts(QuayTeams teams, QuayApi api, AccountTokens tokens, Enrolments enrolments) {}

    Upkeep(
            Enrolling enrolling,
            Parts parts,
            Directory directory,
            Supplier<LiveView> policies,
            Records records) {
        this.enrolling = enrolling;
        this.teams = parts.teams();
        this.api = parts.api();
        this.tokens = parts.tokens();
        this.enrolments = parts.enrolments();
        this.directory = directory;
        this.policies = policies;
        this.records = records;
    }

    @Override
    public void run() {
        LiveView view = policies.get();
        enrolments.all().forEach(enrolment -> withdraw(view, enrolment));
        enrolments.users().forEach(this::followAccount);
    }

    private Optional<ServiceAccount> account(String id, String name) {
        return directory.find(name).filter(found -> found.id().equals(id));
    }

    private void withdraw(LiveView view, Enrolment enrolment) {
        Optional<ServiceAccount> account = account(enrolment.accountId(), enrolment.name());
        boolean reached =
                account.isPresent()
                        && Reaching.reaches(
                                view, account.get(), enrolment.organization(), records.now());
        boolean refusedStill = enrolment.state() == Enrolment.State.REMOVED && account.isPresent();
        if (reached || refusedStill) {
            return;
        }
        try {
            enrolling.withdraw(enrolment, account.isEmpty());
        } catch (QuayTeams.FailedException e) {
            LOG.atWarn()
                    .addKeyValue("account", enrolment.name())
                    .addKeyValue("organization", enrolment.organization())
                    .addKeyValue("why", e.getMessage())
                    .log("an enrolment could not be withdrawn");
        }
    }

    private void followAccount(Enrolment.User user) {
        Optional<ServiceAccount> account = account(user.accountId(), user.name());
        boolean usable = account.filter(found -> found.usableAt(records.now())).isPresent();
        try {
            if (!usable && !user.disabled()) {
                disable(user, account);
            } else if (usable && (user.disabled() || user.enabledBefore() != null)) {
                enable(user);
            }
        } catch (QuayTeams.FailedException e) {
            LOG.atWarn()
                    .addKeyValue("account", user.name())
                    .addKeyValue("why", e.getMessage())
                    .log("the user in Quay could not be disabled or enabled");
        }
    }

    /// What people had disabled before stays so.
    private void enable(Enrolment.User user) throws QuayTeams.FailedException {
        if (Boolean.FALSE.equals(user.enabledBefore())) {
            enrolments.keep(in(user, false, null), null);
            return;
        }
        teams.enable(user.name(), true);
        enrolments.keep(
                in(user, false, null),
                records.event(Event.Kind.QUAY_USER_ENABLED, user.name(), Map.of()));
    }

    private void disable(Enrolment.User seen, Optional<ServiceAccount> account)
            throws QuayTeams.FailedException {
        Enrolment.User user = looked(seen);
        Map<String, String> left = leftBehind(user);
        teams.enable(user.name(), false);
        enrolling.unseen(user.accountId());
        if (Boolean.FALSE.equals(user.enabledBefore())) {
            left.put("found", "disabled already");
        }
        Event event = records.event(Event.Kind.QUAY_USER_DISABLED, user.name(), left);
        if (account.isPresent()) {
            enrolments.keep(in(user, true, user.enabledBefore()), event);
        } else {
            enrolments.remove(user, event);
        }
    }

    /// Kept before anything is changed: after it, nobody could tell any more who disabled the user.
    private Enrolment.User looked(Enrolment.User user) throws QuayTeams.FailedException {
        if (user.enabledBefore() != null) {
            return user;
        }
        Enrolment.User looked = in(user, false, teams.enabled(user.name()));
        enrolments.keep(looked, null);
        return looked;
    }

    private Enrolment.User in(
            Enrolment.User user, boolean disabled, @Nullable Boolean enabledBefore) {
        return new Enrolment.User(
                user.accountId(), user.name(), records.now(), disabled, enabledBefore);
    }

    /// What the user has in Quay, seen through its own eyes a last time: nobody else is shown it.
    private Map<String, String> leftBehind(Enrolment.User user) {
        String authorization =
                tokens.authorization(
                        new ServiceAccount(
                                user.accountId(),
                                user.name(),
                                "",
                                null,
                                java.util.Set.of(),
                                Map.of(),
                                false,
                                null,
                                null,
                                List.of()));
        Map<String, String> left = new LinkedHashMap<>();
        list(
                left,
                "owns",
                "/api/v1/user/",
                authorization,
                "organizations",
                "name",
                each -> each.path("is_org_admin").asBoolean());
        list(
                left,
                "robots",
                "/api/v1/user/robots?token=false",
                authorization,
                "robots",
                "name",
                _ -> true);
        list(
                left,
                "app_tokens",
                "/api/v1/user/apptoken",
                authorization,
                "tokens",
                "title",
                _ -> true);
        list(
                left,
                "authorizations",
                "/api/v1/user/authorizations",
                authorization,
                "authorizations",
                "uuid",
                _ -> true);
        return left;
    }

    private void list(
            Map<String, String> left,
            String what,
            String path,
            String authorization,
            String list,
            String name,
            Predicate<JsonNode> counts) {
        if (!(api.get(path, authorization) instanceof QuayAnswer.Ok(int _, JsonNode body))) {
            left.put(what, "could not be read");
            return;
        }
        List<String> names = new ArrayList<>();
        body.path(list)
                .forEach(each -> {
                    if (counts.test(each)) {
                        names.add(each.path(name).asText("?").replaceAll("\\p{Cntrl}", "?"));
                    }
                });
        if (!names.isEmpty()) {
            left.put(
                    what,
                    String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
                            + (names.size() > SHOWN ? " and more" : ""));
        }
    }
}
