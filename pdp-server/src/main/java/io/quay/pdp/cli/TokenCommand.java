package io.quay.pdp.cli;

import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.cedar.CedarThreads;
import io.quay.pdp.federation.FederatedAccounts;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.http.InspectionJson;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.jose.JwksCache;
import io.quay.pdp.jose.JwtVerifier;
import io.quay.pdp.jose.KeyFetcher;
import io.quay.pdp.jose.Outbound;
import io.quay.pdp.jose.TokenReviewClient;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.policy.TokenInspection;
import io.quay.pdp.policy.TokenInspector;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `pdp token`.
@Command(
        name = "token",
        description = "Looks at workload tokens.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp token inspect token.jwt"},
        subcommands = TokenCommand.Inspect.class)
final class TokenCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is needed: inspect");
    }

    /// `pdp token inspect`.
    @Command(
            name = "inspect",
            description = {
                "Says which workload a token is, which accounts it may assume, and of the others which clause failed.",
                "Nothing leaves this machine but the request for the registered issuer's keys; nothing of the token is used up.",
                "Accounts and credentials made through the API are not seen here: POST /v1/explain sees them."
            },
            mixinStandardHelpOptions = true,
            footer = {"", "Example: pdp token inspect --account svc-ci token.jwt"})
    static final class Inspect implements Callable<Integer> {
        enum Format {
            text,
            json
        }

        @Mixin private Workshop workshop = new Workshop();

        @Parameters(paramLabel = "FILE", description = "The token; nothing of it is printed.")
        private Path token = Path.of("");

        @Option(
                names = "--account",
                paramLabel = "NAME",
                description =
                        "Speaks of this account only, also of one that is made through the API.")
        private @Nullable String account;

        @Option(names = "--format", description = "text or json (default: text).")
        private Format format = Format.text;

        @Spec private CommandSpec spec;

        @Override
        public Integer call() throws IOException {
            try (CedarThreads threads = new CedarThreads()) {
                Snapshot snapshot = workshop.load(workshop.repository(threads));
                LiveView view = seen(snapshot);
                Federation federation =
                        new Federation(
                                () -> view,
                                new JwtVerifier(new JwksCache(new KeyFetcher(), System::nanoTime)),
                                new TokenReviewClient(new Outbound(null, null)),
                                FederatedAccounts.none(),
                                Clock.systemUTC());
                TokenInspection inspection =
                        new TokenInspector(view, federation, new CedarLanguage(threads))
                                .inspect(
                                        Files.readString(token).strip(),
                                        accounts(view),
                                        Clock.systemUTC().instant());
                PrintWriter out = spec.commandLine().getOut();
                if (format == Format.json) {
                    out.println(InspectionJson.write(inspection));
                } else {
                    InspectionText.print(inspection, out);
                }
                out.flush();
                return mayBeSome(inspection) ? Exit.OK : Exit.NO;
            }
        }

        /// With the account that is asked for, as one without groups, labels and owner when Git
        /// does not declare it.
        private LiveView seen(Snapshot snapshot) {
            LiveView view = LiveView.of(snapshot);
            String name = account;
            return name == null || snapshot.accounts().find(name).isPresent()
                    ? view
                    : view.with(bare(name));
        }

        private ServiceAccount bare(String name) {
            if (!ServiceAccount.NAME.matcher(name).matches()) {
                throw new ParameterException(
                        spec.commandLine(), "`" + name + "` is no service account's name");
            }
            return new ServiceAccount(
                    "", name, "", null, Set.of(), Map.of(), true, null, null, List.of());
        }

        private Collection<ServiceAccount> accounts(LiveView view) {
            String name = account;
            if (name == null) {
                return view.accounts().all();
            }
            Optional<ServiceAccount> found = view.accounts().find(name);
            return found.map(List::of).orElse(List.of());
        }

        private static boolean mayBeSome(TokenInspection inspection) {
            return inspection instanceof TokenInspection.Accepted accepted
                    && accepted.accounts().stream().anyMatch(TokenInspection.Verdict::allowed);
        }
    }
}
