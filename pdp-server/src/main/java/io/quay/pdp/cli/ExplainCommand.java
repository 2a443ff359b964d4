package io.quay.pdp.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quay.pdp.cedar.CedarLanguage;
import io.quay.pdp.cedar.CedarThreads;
import io.quay.pdp.decision.AccessRequest;
import io.quay.pdp.decision.DecisionPoint;
import io.quay.pdp.decision.Shape;
import io.quay.pdp.decision.Subject;
import io.quay.pdp.federation.FederatedAccounts;
import io.quay.pdp.federation.Federation;
import io.quay.pdp.http.ExplanationJson;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Value;
import io.quay.pdp.jose.JwksCache;
import io.quay.pdp.jose.JwtVerifier;
import io.quay.pdp.jose.KeyFetcher;
import io.quay.pdp.policy.Explainer;
import io.quay.pdp.policy.Explanation;
import io.quay.pdp.policy.JsonValues;
import io.quay.pdp.policy.LiveView;
import io.quay.pdp.policy.PolicyRepository;
import io.quay.pdp.policy.Snapshot;
import io.quay.pdp.quay.Catalog;
import io.quay.pdp.quay.QuayRequest;
import io.quay.pdp.quay.RequestBody;
import io.quay.pdp.quay.RequestMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `pdp explain`.
@Command(
        name = "explain",
        description = {
            "Decides one request and says why: the policies that decided, and for a denial the permits that came nearest.",
            "Who asks: --principal, or --token with --account. What is asked: --request, or --action with --resource."
        },
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Examples:",
            "  pdp explain --principal svc-terraform --request 'POST /api/v1/repository' --body body.json",
            "  pdp explain --principal svc-terraform --action createRepo --resource Quay::Organization/payroll"
        })
final class ExplainCommand implements Callable<Integer> {
    enum Format {
        text,
        json
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    @Mixin private Workshop workshop = new Workshop();

    @Option(names = "--principal", paramLabel = "X", description = "A service account, or TYPE/ID.")
    private @Nullable String principal;

    @Option(
            names = "--token",
            paramLabel = "FILE",
            description = "A workload token; nothing of it is printed.")
    private @Nullable Path token;

    @Option(
            names = "--account",
            paramLabel = "NAME",
            description = "The service account that the workload asks to be.")
    private @Nullable String account;

    @Option(names = "--action", paramLabel = "Y", description = "An operation.")
    private @Nullable String action;

    @Option(
            names = "--resource",
            paramLabel = "TYPE/ID",
            description = "For example Quay::Organization/acme.")
    private @Nullable String resource;

    @Option(
            names = "--context",
            paramLabel = "JSON",
            description = "The context of --action, an object.")
    private @Nullable String context;

    @Option(
            names = "--request",
            paramLabel = "'METHOD PATH'",
            description = "A request line to Quay.")
    private @Nullable String request;

    @Option(names = "--body", paramLabel = "FILE", description = "The body of --request.")
    private @Nullable Path body;

    @Option(
            names = "--source-ip",
            paramLabel = "ADDRESS",
            description = "Where the request came from.")
    private @Nullable String sourceIp;

    @Option(
            names = "--unbound-ids",
            description = "refuse or trust_path, as in pdp.yaml (default: refuse).")
    private String unboundIds = "refuse";

    @Option(names = "--format", description = "text or json (default: text).")
    private Format format = Format.text;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        AccessRequest.Asked asked = asked();
        try (CedarThreads threads = new CedarThreads()) {
            PolicyRepository repository = workshop.repository(threads);
            Snapshot snapshot = workshop.load(repository);
            Catalog catalog = repository.schema().catalog();
            DecisionPoint point =
                    new DecisionPoint(
                            () -> snapshot,
                            catalog == null ? null : new RequestMapper(catalog),
                            UnboundIdsWord.parse(spec, unboundIds),
                            Clock.systemUTC());
            Explanation explanation =
                    new Explainer(LiveView.of(snapshot), new CedarLanguage(threads))
                            .explain(
                                    point.decide(
                                            new AccessRequest(subject(snapshot), asked, sourceIp)));
            PrintWriter out = spec.commandLine().getOut();
            if (format == Format.json) {
                out.println(ExplanationJson.write(explanation));
            } else {
                ExplanationText.print(explanation, out);
            }
            out.flush();
            return explanation.outcome().decision().allowed() ? Exit.OK : Exit.NO;
        } catch (Shape.MisfitException e) {
            throw new Failure(Exit.USAGE, String.valueOf(e.getMessage()));
        }
    }

    private Subject subject(Snapshot snapshot) throws IOException {
        if ((principal == null) == (token == null)) {
            throw usage("one of --principal and --token is needed");
        }
        if (principal != null) {
            return Subject.Named.of(
                    principal.contains("::")
                            ? reference(principal)
                            : EntityRef.serviceAccount(principal));
        }
        if (account == null) {
            throw usage("--token needs --account: the account is never guessed");
        }
        Federation federation =
                new Federation(
                        () -> snapshot,
                        new JwtVerifier(new JwksCache(new KeyFetcher(), System::nanoTime)),
                        FederatedAccounts.none(),
                        Clock.systemUTC());
        return federation
                .assume(
                        Files.readString(java.util.Objects.requireNonNull(token)).strip(),
                        account,
                        Federation.Way.EXCHANGED)
                .subject(account);
    }

    private AccessRequest.Asked asked() throws IOException {
        if ((request == null) == (action == null)) {
            throw usage("one of --request and --action is needed");
        }
        if (request != null) {
            String[] line = request.split(" ", 2);
            if (line.length < 2) {
                throw usage(
                        "--request must be a method and a target, such as 'GET /api/v1/repository/acme/web'");
            }
            RequestBody content =
                    body == null
                            ? new RequestBody.Absent()
                            : new RequestBody.Raw(Files.readAllBytes(body), null);
            return new AccessRequest.Asked.Call(new QuayRequest(line[0], line[1], content));
        }
        if (action == null || resource == null) {
            throw usage("--action needs --resource");
        }
        return new AccessRequest.Asked.Triple(
                action, reference(resource), contextValues(), Map.of(), Map.of());
    }

    private Map<String, Value> contextValues() {
        if (context == null) {
            return Map.of();
        }
        try {
            JsonNode given = JSON.readTree(context);
            if (given.isObject()) {
                return JsonValues.readMembers(given);
            }
        } catch (IOException | IllegalArgumentException _) {
            // said below
        }
        throw usage("--context must be a JSON object of strings, whole numbers, true and false");
    }

    private EntityRef reference(String text) {
        int slash = text.indexOf('/');
        if (slash <= 0) {
            throw usage("`" + text + "` must be TYPE/ID, such as Quay::Organization/acme");
        }
        return new EntityRef(text.substring(0, slash), text.substring(slash + 1));
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
