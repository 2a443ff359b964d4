package io.quay.pdp.gateway;

import com.github.benmanes.caffeine.cache.Ticker;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.accounts.Enrolments;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.token.QuayTokens;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way in which one deployment has Quay execute allowed calls, put together, with what keeps it
/// in order in the background.
public final class Executions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Executions.class);
    private static final long SECONDS = 60;

    /// As whom Quay executes calls.
    public sealed interface Mode {
        /// As the account itself.
        ///
        /// @param service what Quay calls the login service that we are
        /// @param superusers accounts that may be superusers of Quay
        /// @param enrolment null = accounts have the rights that they were given
        record Account(String service, Set<String> superusers, @Nullable Team enrolment)
                implements Mode {
            public Account {
                superusers = Set.copyOf(superusers);
            }
        }

        /// With the token of the credential file.
        ///
        /// @param closed the organization of its application, out of reach; null = none
        /// @param renew as Quay's bootstrap token
        record OneToken(@Nullable String closed, boolean renew) implements Mode {}

        /// With short-lived tokens of an application.
        ///
        /// @param scopes Quay's
        record Application(String organization, String clientId, List<String> scopes)
                implements Mode {
            public Application {
                scopes = List.copyOf(scopes);
            }
        }
    }

    /// The team that accounts are put into.
    ///
    /// @param role `member`, `creator` or `admin`
    public record Team(String name, String role) {}

    /// @param lifetime of tokens that calls are executed with
    /// @param credentialFile null where the mode needs none
    public record Settings(
            QuayApi.Settings api, Mode mode, Duration lifetime, @Nullable Path credentialFile) {}

    /// What it is made from.
    ///
    /// @param tokens for [Mode.Account]; null = none
    /// @param ticker nanoseconds for what is remembered
    public record Ground(
            @Nullable QuayTokens tokens,
            Directory directory,
            Supplier<LiveView> policies,
            Enrolments enrolments,
            EventLog events,
            DecisionIds ids,
            Clock clock,
            Ticker ticker) {}

    private final Execution execution;
    private final QuayApi api;
    private final List<Runnable> chores;
    private final ScheduledExecutorService scheduler =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("quay-upkeep").factory());

    private Executions(Execution execution, QuayApi api, List<Runnable> chores) {
        this.execution = execution;
        this.api = api;
        this.chores = List.copyOf(chores);
    }

    /// @throws IOException when the client of Quay's API cannot be started
    public static Executions open(Settings settings, Ground ground) throws IOException {
        QuayApi api = QuayApi.open(settings.api());
        List<Runnable> chores = new ArrayList<>();
        Execution execution =
                switch (settings.mode()) {
                    case Mode.Account account -> asAccount(settings, account, ground, api, chores);
                    case Mode.OneToken token -> withToken(settings, token, ground, api, chores);
                    case Mode.Application application ->
                            withApplication(settings, application, ground, api, chores);
                };
        return new Executions(execution, api, chores);
    }

    private static Execution asAccount(
            Settings settings,
            Mode.Account mode,
            Ground ground,
            QuayApi api,
            List<Runnable> chores) {
        AccountTokens tokens =
                new AccountTokens(
                        Objects.requireNonNull(ground.tokens(), "tokens for Quay"),
                        settings.lifetime(),
                        ground.directory(),
                        ground.clock());
        Identities identities =
                new Identities(
                        api,
                        mode.service(),
                        account -> privileged(mode, ground.directory(), account),
                        ground.ticker());
        Team team = mode.enrolment();
        Enrolling enrolling = null;
        if (team != null) {
            QuayTeams teams = new QuayTeams(api, file(settings), team.name(), team.role());
            Records records = records(ground);
            enrolling = new Enrolling(teams, ground.enrolments(), records, ground.ticker());
            chores.add(
                    new Upkeep(
                            enrolling,
                            new Upkeep.Parts(teams, api, tokens, ground.enrolments()),
                            ground.directory(),
                            ground.policies(),
                            records));
        }
        return new SsoExecution(tokens, identities, enrolling, ground.directory(), ground.clock());
    }

    /// Listed, and not made by the API, where whoever makes accounts would make superusers.
    private static boolean privileged(
            Mode.Account mode, Directory directory, ServiceAccount account) {
        return mode.superusers().contains(account.name())
                && directory
                        .findStored(account.name())
                        .filter(stored -> stored.id().equals(account.id()))
                        .isEmpty();
    }

    private static Execution withToken(
            Settings settings,
            Mode.OneToken mode,
            Ground ground,
            QuayApi api,
            List<Runnable> chores) {
        CredentialFile file = file(settings);
        if (mode.renew()) {
            chores.add(new BootstrapRenewal(api, file, ground.events(), records(ground)));
        }
        return new SharedExecution(
                new ExecutableOperations(true, mode.closed()),
                SharedExecution.in(file),
                ground.directory(),
                ground.clock());
    }

    private static Execution withApplication(
            Settings settings,
            Mode.Application mode,
            Ground ground,
            QuayApi api,
            List<Runnable> chores) {
        ApplicationTokens tokens =
                new ApplicationTokens(
                        api,
                        file(settings),
                        mode,
                        settings.lifetime(),
                        ground.directory(),
                        ground.clock());
        chores.add(tokens);
        return new SharedExecution(
                new ExecutableOperations(true, mode.organization()),
                tokens,
                ground.directory(),
                ground.clock());
    }

    private static Records records(Ground ground) {
        return new Records(ground.ids(), ground.clock());
    }

    private static CredentialFile file(Settings settings) {
        return new CredentialFile(
                Objects.requireNonNull(settings.credentialFile(), "quay.credential_file"));
    }

    /// How Quay executes a call.
    public Execution execution() {
        return execution;
    }

    /// Quay's API, for questions of the server's own.
    public QuayApi api() {
        return api;
    }

    /// Does what is due in the background now, too.
    public void tick() {
        chores.forEach(Executions::guarded);
    }

    public void start() {
        var _ = scheduler.scheduleWithFixedDelay(this::tick, SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    /// A task that throws would not be run again.
    private static void guarded(Runnable chore) {
        try {
            chore.run();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("the upkeep of Quay failed");
        }
    }

    @Override
    public void close() {
        scheduler.shutdown();
        api.close();
    }
}
