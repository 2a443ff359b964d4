package io.quay.pdp.policy;

import io.quay.pdp.decision.EntityData;
import io.quay.pdp.decision.PolicyKind;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.ServiceAccounts;
import io.quay.pdp.quay.QuayNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Loads policy directories: reads, parses, checks against the schema, lints. Nothing half-loaded
/// ever comes out: all is well, or all that is wrong is listed. Safe for use by any number of
/// threads.
public final class PolicyRepository {
    private static final Logger LOG = LoggerFactory.getLogger(PolicyRepository.class);

    private final LoadedSchema schema;
    private final PolicyLanguage language;
    private final Set<String> tolerated;

    /// Refuses whatever is wrong.
    public PolicyRepository(LoadedSchema schema, PolicyLanguage language) {
        this(schema, language, Set.of());
    }

    private PolicyRepository(LoadedSchema schema, PolicyLanguage language, Set<String> tolerated) {
        this.schema = schema;
        this.language = language;
        this.tolerated = tolerated;
    }

    /// The same for a server, which only warns of policies about issuers that are gone: they trust
    /// nobody, while refusing them would keep the issuer that somebody just removed.
    public PolicyRepository forServing() {
        return new PolicyRepository(schema, language, Set.of(TrustLint.UNKNOWN));
    }

    /// What loading gives.
    public sealed interface Result {
        record Loaded(Snapshot snapshot) implements Result {}

        record Rejected(List<Problem> problems) implements Result {
            public Rejected {
                problems = List.copyOf(problems);
            }
        }
    }

    public LoadedSchema schema() {
        return schema;
    }

    /// The accounts that a policy directory declares, whatever its policies say.
    ///
    /// @param problems gets what is wrong with the file
    public static ServiceAccounts accounts(Path directory, List<Problem> problems) {
        String text = RepositoryFiles.read(directory).document(AccountsFile.NAME).orElse("");
        return new AccountsFile(problems).read(text);
    }

    public Result load(Path directory) {
        RepositoryFiles files = RepositoryFiles.read(directory);
        List<Problem> problems = new ArrayList<>(files.problems());
        List<PolicyDefinition> definitions =
                new PolicyParser(language, problems).parse(files.policies());
        DeclaredAccounts accounts =
                new AccountsFile(problems).read(files.document(AccountsFile.NAME).orElse(""));
        List<Issuer> issuers =
                new IssuersFile(directory, problems)
                        .read(files.document(IssuersFile.NAME).orElse(""));
        Map<EntityRef, EntityData> facts =
                new EntitiesFile(schema.model(), problems)
                        .read(files.document(EntitiesFile.NAME).orElse("[]"));
        validate(definitions, problems);
        problems.addAll(new Lint(schema.catalog(), issuers).check(definitions));
        List<CompiledSet.Granted> grants = grants(accounts, definitions, problems);
        Map<Boolean, List<Problem>> found =
                problems.stream()
                        .distinct()
                        .sorted()
                        .collect(
                                Collectors.partitioningBy(
                                        problem -> tolerated.contains(problem.rule())));
        if (!found.getOrDefault(false, List.of()).isEmpty()) {
            return new Result.Rejected(problems.stream().distinct().sorted().toList());
        }
        found.getOrDefault(true, List.of())
                .forEach(problem ->
                        LOG.atWarn()
                                .addKeyValue("problem", problem.toString())
                                .log("a policy is about an issuer that is not registered"));
        return new Result.Loaded(
                new Snapshot(
                        version(files),
                        schema.model(),
                        accounts,
                        issuers,
                        facts,
                        compile(definitions, grants)));
    }

    private void validate(List<PolicyDefinition> definitions, List<Problem> problems) {
        for (PolicyKind kind : PolicyKind.values()) {
            problems.addAll(
                    new Validation(language, schema.forKind(kind))
                            .check(ofKind(kind, definitions)));
        }
    }

    private static List<PolicyDefinition> ofKind(
            PolicyKind kind, List<PolicyDefinition> definitions) {
        Set<String> folders =
                switch (kind) {
                    case ACCESS -> Set.of("access", "roles");
                    case TRUST -> Set.of("trust");
                    case ADMIN -> Set.of("admin");
                };
        return definitions.stream()
                .filter(definition -> folders.contains(definition.folder()))
                .toList();
    }

    private List<CompiledSet.Granted> grants(
            DeclaredAccounts accounts, List<PolicyDefinition> definitions, List<Problem> problems) {
        Set<String> roles =
                definitions.stream()
                        .filter(PolicyDefinition::template)
                        .map(PolicyDefinition::role)
                        .collect(Collectors.toSet());
        List<CompiledSet.Granted> grants = new ArrayList<>();
        accounts.all().forEach(account -> add(account.grants(), account.entity(), grants));
        accounts.groups()
                .values()
                .forEach(group -> add(group.grants(), EntityRef.group(group.name()), grants));
        Set<String> ids = new HashSet<>();
        for (CompiledSet.Granted granted : grants) {
            Grant grant = granted.grant();
            if (!roles.contains(grant.role())) {
                problems.add(
                        accountProblem(
                                "`"
                                        + granted.holder().id()
                                        + "` is granted role `"
                                        + grant.role()
                                        + "`, which does not exist",
                                roles.isEmpty()
                                        ? "there is no file in roles/"
                                        : "roles are " + sorted(roles)));
            }
            if (!schema.model().knowsType(grant.resource().type())) {
                problems.add(
                        accountProblem(
                                "`"
                                        + granted.holder().id()
                                        + "` is granted a role on an unknown type `"
                                        + grant.resource().type()
                                        + "`",
                                "for example Quay::Organization"));
            }
            if (!QuayNames.wellFormed(grant.resource())) {
                problems.add(
                        accountProblem(
                                "`"
                                        + granted.holder().id()
                                        + "` is granted a role on `"
                                        + grant.resource()
                                        + "`, which is not a name that Quay takes as it is",
                                "the one registry is `quay`"));
            }
            if (!ids.add(grant.id())) {
                problems.add(accountProblem("two grants have the id `" + grant.id() + "`", null));
            }
        }
        return grants;
    }

    private static Problem accountProblem(
            String message, @org.jspecify.annotations.Nullable String hint) {
        return new Problem("accounts", AccountsFile.NAME, 0, 0, message, hint);
    }

    private static void add(
            Collection<Grant> from, EntityRef holder, List<CompiledSet.Granted> to) {
        from.forEach(grant -> to.add(new CompiledSet.Granted(grant, holder)));
    }

    private static String sorted(Set<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }

    private Map<PolicyKind, CompiledSet> compile(
            List<PolicyDefinition> definitions, List<CompiledSet.Granted> grants) {
        Map<PolicyKind, CompiledSet> sets = new EnumMap<>(PolicyKind.class);
        for (PolicyKind kind : PolicyKind.values()) {
            sets.put(
                    kind,
                    CompiledSet.compile(
                            language,
                            ofKind(kind, definitions),
                            kind == PolicyKind.ACCESS ? grants : List.of()));
        }
        return sets;
    }

    /// The content's hash, with the commit before it when the directory is a Git work tree:
    /// `3f2a9c1-8d0e…`.
    private String version(RepositoryFiles files) {
        ContentHash hash = new ContentHash();
        hash.add("policies", files.hash());
        hash.add("schema", schema.hash());
        String content = hash.hex().substring(0, 16);
        return GitCommit.of(files.directory())
                .map(commit -> commit.substring(0, 12) + "-" + content)
                .orElse(content);
    }
}
