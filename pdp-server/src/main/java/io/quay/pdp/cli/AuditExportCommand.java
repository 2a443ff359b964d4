package io.quay.pdp.cli;

import io.quay.pdp.audit.CallRecord;
import io.quay.pdp.audit.CheckpointKeys;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.audit.DeniedGroup;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.store.AuditCheckpoints;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.EventTable;
import io.quay.pdp.store.SqliteCheckpointKeys;
import io.quay.pdp.store.SqliteDecisionLog;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pdp audit export`.
@Command(
        name = "export",
        description = {
            "Prints every recorded decision, oldest first, one a line; or other records.",
            "For a server that does not run."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp audit export --data data > decisions.ndjson"})
final class AuditExportCommand implements Callable<Integer> {
    enum Format {
        json,
        text
    }

    /// What else to print.
    private static final class Other {
        @Option(names = "--events", description = "Prints the events instead, newest first.")
        private boolean events;

        @Option(
                names = "--counted",
                description = "Prints instead the denials that were counted together, by minute.")
        private boolean counted;

        @Option(
                names = "--calls",
                description =
                        "Prints instead what became of the calls that the gateway took, also of those that were passed on without a decision, oldest first.")
        private boolean calls;

        @Option(
                names = "--checkpoints",
                description =
                        "Prints instead the public key of checkpoints as a JWK, and then every"
                                + " checkpoint as it was signed, oldest first.")
        private boolean checkpoints;
    }

    @Option(names = "--format", description = "json or text (default: json).")
    private Format format = Format.json;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The data directory (default: ./data).")
    private Path data = Path.of("data");

    @ArgGroup(exclusive = true)
    private Other other = new Other();

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        Path file = data.resolve("pdp.db");
        if (!Files.exists(file)) {
            throw new Failure(Exit.IO, file + ": there is no decision log here");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (Database database = Database.open(file);
                SqliteDecisionLog log =
                        new SqliteDecisionLog(
                                database,
                                SqliteDecisionLog.Durability.SYNC,
                                SqliteDecisionLog.Limits.defaults())) {
            if (other.events) {
                printEvents(new EventTable(database), out);
            } else if (other.counted) {
                printCounted(log, out);
            } else if (other.calls) {
                printCalls(log, out);
            } else if (other.checkpoints) {
                printCheckpoints(database, out);
            } else {
                printDecisions(log, out);
            }
        }
        out.flush();
        return Exit.OK;
    }

    private void printDecisions(SqliteDecisionLog log, PrintWriter out) {
        @Nullable String last = null;
        List<DecisionRecord> page;
        do {
            page =
                    log.find(
                            DecisionQuery.latest(DecisionQuery.MAX_LIMIT)
                                    .inOrder(DecisionQuery.Order.OLDEST_FIRST)
                                    .after(last));
            Map<String, CallRecord> ends =
                    log.endsOf(page.stream().map(DecisionRecord::id).toList());
            for (DecisionRecord decision : page) {
                out.println(
                        format == Format.json
                                ? RecordText.json(decision, ends.get(decision.id()))
                                : RecordText.text(decision));
                last = decision.id();
            }
        } while (!page.isEmpty());
    }

    private void printEvents(EventTable table, PrintWriter out) {
        @Nullable String last = null;
        List<Event> page;
        do {
            page =
                    table.find(
                            new EventQuery(
                                    null, null, null, null, null, last, EventQuery.MAX_LIMIT));
            for (Event event : page) {
                out.println(
                        format == Format.json ? RecordText.json(event) : RecordText.text(event));
                last = event.id();
            }
        } while (!page.isEmpty());
    }

    private void printCounted(SqliteDecisionLog log, PrintWriter out) {
        @Nullable String last = null;
        List<DeniedGroup.Counted> page;
        do {
            page = log.findCounted(last, DecisionQuery.MAX_LIMIT);
            for (DeniedGroup.Counted counted : page) {
                out.println(
                        format == Format.json
                                ? RecordText.json(counted)
                                : RecordText.text(counted));
                last = counted.group().id();
            }
        } while (!page.isEmpty());
    }

    private void printCalls(SqliteDecisionLog log, PrintWriter out) {
        @Nullable String last = null;
        List<CallRecord> page;
        do {
            page = log.findCalls(last, DecisionQuery.MAX_LIMIT);
            for (CallRecord call : page) {
                out.println(format == Format.json ? RecordText.json(call) : RecordText.text(call));
                last = call.id();
            }
        } while (!page.isEmpty());
    }

    private static void printCheckpoints(Database database, PrintWriter out) {
        new SqliteCheckpointKeys(database)
                .find()
                .map(CheckpointKeys.Kept::publicJwk)
                .ifPresent(out::println);
        AuditCheckpoints.signed(database).forEach(out::println);
    }
}
