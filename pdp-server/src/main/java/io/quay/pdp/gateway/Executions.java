package io.quay.pdp.gateway;

import com.github.benmanes.caffeine.cache.Ticker;
import io.quay.pdp.accounts.Directory;
import io.quay.pdp.accounts.Enrolments;
import io.quay.pdp.audit.DecisionIds;
import io.quay.pdp.audit.EventLog;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.token.QuayTokens;
import io.quay.pdp.token.QuayUsers;
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
        record OneToken(@Nullable String closed) implements Mode {}

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
    /// @param renew whether what is in that file is renewed as Quay's bootstrap token
    public record Settings(
            QuayApi.Settings api,
            Mode mode,
            Duration lifetime,
            @Nullable Path credentialFile,
            boolean renew) {}

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
    private final QuayUsers users;
    private final QuayApi api;
    private final @Nullable CredentialFile file;
    private final Ticker ticker;
    private final List<Runnable> chores;
    private final ScheduledExecutorService scheduler =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("quay-upkeep").factory());

    private Executions(Execution execution, QuayUsers users, Assembly assembly) {
        this.execution = execution;
        this.users = users;
        this.api = assembly.api();
        this.file = assembly.file();
        this.ticker = assembly.ground().ticker();
        this.chores = List.copyOf(assembly.chores());
    }

    /// Puts one together.
    ///
    /// @param file null = none
    private record Assembly(
            Settings settings,
            Ground ground,
            QuayApi api,
            @Nullable CredentialFile file,
            List<Runnable> chores) {
        CredentialFile requireFile() {
            return Objects.requireNonNull(file, "quay.credential_file");
        }

        Records records() {
            return new Records(ground.ids(), ground.clock());
        }
    }

    /// @throws IOException when the client of Quay's API cannot be started
    public static Executions open(Settings settings, Ground ground) throws IOException {
        Path path = settings.credentialFile();
        CredentialFile file = path == null ? null : new CredentialFile(path);
        QuayApi api = QuayApi.open(settings.api());
        Assembly assembly = new Assembly(settings, ground, api, file, new ArrayList<>());
        if (settings.renew() && file != null) {
            assembly.chores()
                    .add(new BootstrapRenewal(api, file, ground.events(), assembly.records()));
        }
        return switch (settings.mode()) {
            case Mode.Account account -> asAccount(assembly, account);
            case Mode.OneToken(String closed) ->
                    ofOthers(
                            shared(assembly, closed, SharedExecution.in(assembly.requireFile())),
                            assembly);
            case Mode.Application application ->
                    ofOthers(withApplication(assembly, application), assembly);
        };
    }

    /// No account has a user of its own.
    private static Executions ofOthers(Execution execution, Assembly assembly) {
        QuayUsers nobody =
                _ -> new QuayUsers.Standing.Another("accounts have no users in this mode");
        return new Executions(execution, nobody, assembly);
    }

    private static Executions asAccount(Assembly assembly, Mode.Account mode) {
        Ground ground = assembly.ground();
        AccountTokens tokens =
                new AccountTokens(
                        Objects.requireNonNull(ground.tokens(), "tokens for Quay"),
                        assembly.settings().lifetime(),
                        ground.directory(),
                        ground.clock());
        Identities identities =
                new Identities(
                        assembly.api(),
                        mode.service(),
                        account -> privileged(mode, ground.directory(), account),
                        ground.ticker());
        Team team = mode.enrolment();
        Execution execution =
                new SsoExecution(
                        tokens,
                        identities,
                        team == null ? null : enrolling(assembly, team, tokens),
                        ground.directory(),
                        ground.clock());
        return new Executions(execution, users(identities, tokens), assembly);
    }

    private static QuayUsers users(Identities identities, AccountTokens tokens) {
        return account ->
                switch (identities.now(account, tokens.authorization(account))) {
                    case Identities.Identity.Same() -> new QuayUsers.Standing.Own();
                    case Identities.Identity.Other(String message) ->
                            new QuayUsers.Standing.Another(message);
                    case Identities.Identity.Unknown(String message) ->
                            new QuayUsers.Standing.Unknown(message);
                };
    }

    private static Enrolling enrolling(Assembly assembly, Team team, AccountTokens tokens) {
        Ground ground = assembly.ground();
        QuayTeams teams =
                new QuayTeams(assembly.api(), assembly.requireFile(), team.name(), team.role());
        Enrolling enrolling =
                new Enrolling(teams, ground.enrolments(), assembly.records(), ground.ticker());
        assembly.chores()
                .add(
                        new Upkeep(
                                enrolling,
                                new Upkeep.Parts(
                                        teams, assembly.api(), tokens, ground.enrolments()),
                                ground.directory(),
                                ground.policies(),
                                assembly.records()));
        return enrolling;
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

    private static Execution shared(
            Assembly assembly, @Nullable String closed, SharedExecution.Credentials credentials) {
        return new SharedExecution(
                new ExecutableOperations(true, closed),
                credentials,
                assembly.ground().directory(),
                assembly.ground().clock());
    }

    private static Execution withApplication(Assembly assembly, Mode.Application mode) {
        ApplicationTokens tokens =
                new ApplicationTokens(
                        assembly.api(),
                        assembly.requireFile(),
                        mode,
                        assembly.settings().lifetime(),
                        assembly.ground().directory(),
                        assembly.ground().clock());
        assembly.chores().add(tokens);
        return shared(assembly, mode.organization(), tokens);
    }

    /// How Quay executes a call.
    public Execution execution() {
        return execution;
    }

    /// Whether accounts are their own users in Quay.
    public QuayUsers users() {
        return users;
    }

    /// Quay's API, for questions of the server's own.
    public QuayApi api() {
        return api;
    }

    /// What Quay says of repositories, asked with `quay.credential_file`; null when there is none.
    public @Nullable QuayAttributes attributes(QuayAttributes.Limits limits) {
        return file == null ? null : new QuayAttributes(api, file, limits, ticker);
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
