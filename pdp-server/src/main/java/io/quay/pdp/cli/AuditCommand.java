package io.quay.pdp.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quay.pdp.audit.DecisionQuery;
import io.quay.pdp.audit.DecisionRecord;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.SqliteDecisionLog;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `pdp audit export`.
@Command(
        name = "audit",
        description = "Reads the decision log of a server that does not run.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: pdp audit export --data data"},
        subcommands = AuditCommand.Export.class)
final class AuditCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is needed: export");
    }

    @Command(
            name = "export",
            description = "Prints every recorded decision, oldest first, one a line.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example: pdp audit export --data data > decisions.ndjson"})
    static final class Export implements Callable<Integer> {
        enum Format {
            json,
            text
        }

        @Option(names = "--format", description = "json or text (default: json).")
        private Format format = Format.json;

        @Option(
                names = "--data",
                paramLabel = "DIR",
                description = "The data directory (default: ./data).")
        private Path data = Path.of("data");

        @Spec private CommandSpec spec;

        @Override
        public Integer call() {
            Path file = data.resolve("pdp.db");
            if (!Files.exists(file)) {
                throw new Failure(Exit.IO, file + ": there is no decision log here");
            }
            try (Database database = Database.open(file);
                    SqliteDecisionLog log =
                            new SqliteDecisionLog(
                                    database,
                                    SqliteDecisionLog.Durability.SYNC,
                                    SqliteDecisionLog.Limits.defaults())) {
                print(log, spec.commandLine().getOut());
            }
            return Exit.OK;
        }

        private void print(SqliteDecisionLog log, PrintWriter out) {
            @Nullable String last = null;
            List<DecisionRecord> page;
            do {
                page =
                        log.find(
                                DecisionQuery.latest(DecisionQuery.MAX_LIMIT)
                                        .inOrder(DecisionQuery.Order.OLDEST_FIRST)
                                        .after(last));
                for (DecisionRecord decision : page) {
                    out.println(format == Format.json ? json(decision) : text(decision));
                    last = decision.id();
                }
            } while (!page.isEmpty());
            out.flush();
        }

        private static String text(DecisionRecord decision) {
            return "%s  %-5s  %-18s  %-24s  %-44s  %s"
                    .formatted(
                            decision.time(),
                            decision.allowed() ? "allow" : "deny",
                            name(decision.principal()),
                            decision.action() == null ? "-" : decision.action(),
                            decision.resource() == null ? "-" : decision.resource(),
                            decision.allowed()
                                    ? String.join(", ", decision.policies())
                                    : decision.cause())
                    .stripTrailing();
        }

        private static String name(@Nullable EntityRef principal) {
            return principal == null ? "-" : principal.id();
        }

        private static ObjectNode json(DecisionRecord decision) {
            ObjectNode node =
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("id", decision.id())
                            .put("time", decision.time().toString())
                            .put("caller", decision.caller())
                            .put("request_id", decision.requestId());
            node.set("principal", entity(decision.principal()));
            node.set("workload", entity(decision.workload()));
            node.put("action", decision.action());
            node.set("resource", entity(decision.resource()));
            node.put("decision", decision.allowed()).put("cause", decision.cause());
            ArrayNode policies = node.putArray("policies");
            decision.policies().forEach(policies::add);
            node.put("policy_version", decision.policyVersion());
            ObjectNode parameters = node.putObject("parameters");
            decision.parameters().forEach((name, value) -> put(parameters, name, value));
            return node;
        }

        private static void put(ObjectNode node, String name, Value value) {
            switch (value) {
                case Value.Text(String text) -> node.put(name, text);
                case Value.Bool(boolean flag) -> node.put(name, flag);
                case Value.Whole(long number) -> node.put(name, number);
                case Value.Entity(EntityRef ref) -> node.set(name, entity(ref));
                case Value.Address(String address) -> node.put(name, address);
                case Value.Moment(var moment) -> node.put(name, moment.toString());
                case Value.Many(var values) -> node.put(name, values.toString());
                case Value.Fields(var fields) -> node.put(name, fields.toString());
            }
        }

        private static @Nullable ObjectNode entity(@Nullable EntityRef ref) {
            return ref == null
                    ? null
                    : JsonNodeFactory.instance
                            .objectNode()
                            .put("type", ref.type())
                            .put("id", ref.id());
        }
    }
}
