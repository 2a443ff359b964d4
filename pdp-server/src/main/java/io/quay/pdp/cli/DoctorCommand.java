package io.quay.pdp.cli;

import io.quay.pdp.config.Config;
import io.quay.pdp.config.ConfigLoader;
import io.quay.pdp.config.Overrides;
import io.quay.pdp.gateway.doctor.Check;
import io.quay.pdp.gateway.doctor.Doctor;
import io.quay.pdp.gateway.doctor.Examination;
import io.quay.pdp.gateway.doctor.Ours;
import io.quay.pdp.jose.KeyEncryption;
import io.quay.pdp.jose.OutboundException;
import io.quay.pdp.jose.ServerTrust;
import io.quay.pdp.store.Database;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `pdp quay doctor`.
@Command(
        name = "doctor",
        description = {
            "Checks a live Quay against the configuration and says what to change. Runs beside the",
            "server, on its database and keys, and changes nothing here.",
            "It only asks Quay, but Quay makes a user at an account's first call: it calls as the",
            "accounts that --account names, and as those of quay.superusers that have their users.",
            "Exits with 0 when all is in order or accepted, 1 with findings, 5 without an answer."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example: pdp quay doctor --config pdp.yaml --account svc-terraform",
            "In CI:   pdp quay doctor --config pdp.yaml --account svc-terraform --format json \\",
            "           --accept user_creation --accept superuser_list"
        })
final class DoctorCommand implements Callable<Integer> {
    enum Format {
        text,
        json
    }

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "pdp.yaml; see docs/configuration.md.")
    private @Nullable Path config;

    @Option(
            names = "--account",
            paramLabel = "NAME",
            description = {
                "Calls Quay as this account; Quay makes its user when it has none. May be repeated;",
                "the first ordinary one also lends its name to the tokens that must be refused."
            })
    private List<String> accounts = new ArrayList<>();

    @Option(
            names = "--credential",
            paramLabel = "FILE",
            description = {
                "An OAuth token of a superuser of Quay, to see more of its settings. Without it,",
                "quay.credential_file and the accounts of quay.superusers are tried."
            })
    private @Nullable Path credential;

    @Option(
            names = "--accept",
            paramLabel = "ID",
            description = "A warning, or what cannot be seen, that is no finding. May be repeated.")
    private List<String> accept = new ArrayList<>();

    @Option(names = "--format", description = "text or json (default: text).")
    private Format format = Format.text;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        Set<Check> accepted = accepted();
        Config loaded = load();
        if (loaded.quay().baseUrl() == null) {
            throw new Failure(Exit.USAGE, "quay.base_url is not configured: where is Quay?");
        }
        SecureRandom random = new SecureRandom();
        try (Database database = Database.openToRead(loaded.storage().file())) {
            DoctorGround ground = new DoctorGround(loaded, database, random, Clock.systemUTC());
            Ours ours = ground.ours(accounts, credential);
            announce(ours);
            try (Doctor doctor = Doctor.open(ours, tls(loaded), random, Clock.systemUTC())) {
                return switch (doctor.examine()) {
                    case Examination.Report report -> print(ours, report, accepted);
                    case Examination.Unreachable(String message) ->
                            throw new Failure(Exit.IO, ours.baseUrl() + ": " + message);
                };
            }
        } catch (KeyEncryption.UnusableException e) {
            throw new Failure(Exit.IO, String.valueOf(e.getMessage()));
        }
    }

    private Set<Check> accepted() {
        Set<Check> accepted = EnumSet.noneOf(Check.class);
        for (String id : accept) {
            accepted.add(
                    Arrays.stream(Check.values())
                            .filter(check -> check.id().equals(id))
                            .findFirst()
                            .orElseThrow(() ->
                                    new ParameterException(
                                            spec.commandLine(),
                                            "--accept: no check `" + id + "`")));
        }
        return accepted;
    }

    private Config load() {
        if (config != null && !Files.isReadable(config)) {
            throw new Failure(Exit.IO, config + ": this configuration file cannot be read");
        }
        return switch (ConfigLoader.load(config, System.getenv(), Overrides.none())) {
            case ConfigLoader.Loaded(Config fine) -> fine;
            case ConfigLoader.Invalid(var errors) -> throw new Failure(Exit.USAGE, errors);
        };
    }

    /// Before anything is asked: what asking makes.
    private void announce(Ours ours) {
        if (!ours.named().isEmpty()) {
            PrintWriter err = spec.commandLine().getErr();
            err.println(
                    "note: calls "
                            + ours.baseUrl()
                            + " as "
                            + String.join(", ", accounts)
                            + ": Quay makes a user for each that has none");
            err.flush();
        }
    }

    private static @Nullable SSLContext tls(Config loaded) {
        try {
            Path file = loaded.quay().caFile();
            return file == null ? null : ServerTrust.of(file);
        } catch (OutboundException e) {
            throw new Failure(Exit.IO, "quay.ca_file: " + e.getMessage());
        }
    }

    private int print(Ours ours, Examination.Report report, Set<Check> accepted) {
        DoctorReport shown = new DoctorReport(ours.baseUrl(), report, accepted);
        PrintWriter out = spec.commandLine().getOut();
        if (format == Format.json) {
            out.println(shown.json());
        } else {
            shown.print(out);
        }
        out.flush();
        return shown.inOrder() ? Exit.OK : Exit.NO;
    }
}
