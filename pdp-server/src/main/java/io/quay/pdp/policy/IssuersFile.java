package io.quay.pdp.policy;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerChecks;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.Replay;
import io.quay.pdp.federation.SpiffeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads `issuers.yaml`: the issuers whose workload tokens are trusted. Paths in it are relative to
/// it.
final class IssuersFile {
    static final String NAME = "issuers.yaml";
    private static final Pattern NAME_PATTERN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Duration LEEWAY = Duration.ofSeconds(60);
    private static final long MAX_USES = 1_000_000;

    /// A revocation outlives every token that it is about.
    private static final Duration LONGEST_LIFETIME = Duration.ofDays(1);

    private final Path directory;
    private final List<Problem> problems;
    private final List<Issuer> issuers = new ArrayList<>();

    IssuersFile(Path directory, List<Problem> problems) {
        this.directory = directory;
        this.problems = problems;
    }

    List<Issuer> read(String text) {
        try {
            YamlObject root = YamlObject.root(NAME, "issuers", text, problems);
            root.objects("issuers").forEach(this::readIssuer);
            root.refuseUnknownKeys();
        } catch (YamlDocument.ProblemException e) {
            problems.add(e.problem());
        }
        return List.copyOf(issuers);
    }

    private void readIssuer(YamlObject entry) {
        Optional<String> name = entry.text("name");
        if (name.isPresent() && !NAME_PATTERN.matcher(name.get()).matches()) {
            entry.problemAt("name", "an issuer's name must match " + NAME_PATTERN.pattern(), null);
        }
        // what else it may say depends on its kind
        entry.text("kind")
                .flatMap(word -> kindOf(entry, word))
                .ifPresent(kind -> readIssuer(entry, name.orElse(null), kind));
    }

    private void readIssuer(YamlObject entry, @Nullable String name, IssuerKind kind) {
        Optional<String> address = address(entry, kind);
        Optional<String> audience = entry.text("audience");
        Set<String> algorithms = algorithms(entry, kind);
        Limits limits = limits(entry, kind);
        Replay replay = replay(entry).orElse(kind.replay());
        boolean privateNetwork = entry.flag("allow_private_addresses", false);
        Optional<YamlObject> keys = entry.object("keys");
        Issuer.Review review = review(entry, kind, privateNetwork);
        if (keys.isEmpty()) {
            entry.problem("`keys` is missing", IssuerKeys.sourcesOf(kind));
        }
        entry.refuseUnknownKeys();
        if (address.isEmpty() || audience.isEmpty() || keys.isEmpty()) {
            return;
        }
        IssuerChecks.audience(kind, address.get(), audience.get())
                .ifPresent(flaw -> entry.problemAt("audience", flaw.message(), flaw.hint()));
        Issuer.KeySource source =
                new IssuerKeys(directory, keys.get(), kind, address.get(), privateNetwork).read();
        if (source != null && name != null) {
            add(
                    entry,
                    new Issuer(
                            name,
                            kind,
                            address.get(),
                            audience.get(),
                            source,
                            algorithms,
                            limits.lifetime(),
                            limits.age(),
                            limits.leeway(),
                            replay,
                            privateNetwork,
                            review));
        }
    }

    private Issuer.@Nullable Review review(
            YamlObject entry, IssuerKind kind, boolean privateNetwork) {
        Optional<YamlObject> found = entry.object("token_review");
        if (found.isPresent() && kind != IssuerKind.KUBERNETES) {
            entry.problemAt(
                    "token_review",
                    "an issuer of kind " + kind.word() + " reviews no tokens",
                    "only clusters do: leave it out");
        }
        return found.map(given ->
                        new IssuerKeys(directory, given, kind, "", privateNetwork).readReview())
                .orElse(null);
    }

    private void add(YamlObject entry, Issuer issuer) {
        for (Issuer other : issuers) {
            if (other.name().equals(issuer.name())) {
                entry.problem("issuer `" + issuer.name() + "` is declared twice", null);
            } else if (other.kind() != issuer.kind() && other.issuer().equals(issuer.issuer())) {
                entry.problem(
                        "issuer `%s` has the same `issuer` under the kind %s"
                                .formatted(other.name(), other.kind().word()),
                        "an issuer has one kind: the tokens of both would be judged by the first");
            } else if (sameTokens(other, issuer)) {
                entry.problem(
                        "issuer `" + other.name() + "` has the same tokens",
                        issuer.kind() == IssuerKind.SPIFFE
                                ? "a trust domain has one bundle: declare it once"
                                : "declare it once, or with another audience");
            }
        }
        issuers.add(issuer);
    }

    /// Clusters often have one `iss` between them, and are told apart by their keys.
    private static boolean sameTokens(Issuer one, Issuer other) {
        boolean address = one.issuer().equals(other.issuer());
        return switch (one.kind()) {
            case KUBERNETES -> false;
            case SPIFFE -> address;
            case GITHUB_ACTIONS, GITLAB, OIDC -> address && one.audience().equals(other.audience());
        };
    }

    private static Optional<IssuerKind> kindOf(YamlObject entry, String word) {
        Optional<IssuerKind> kind =
                Arrays.stream(IssuerKind.values())
                        .filter(candidate -> candidate.word().equals(word))
                        .findFirst();
        if (kind.isEmpty()) {
            entry.problemAt(
                    "kind",
                    "`" + word + "` is no kind of issuer",
                    "known are "
                            + String.join(
                                    ", ",
                                    Arrays.stream(IssuerKind.values())
                                            .map(IssuerKind::word)
                                            .toList()));
        }
        return kind;
    }

    /// [Issuer#issuer].
    private static Optional<String> address(YamlObject entry, IssuerKind kind) {
        if (kind == IssuerKind.SPIFFE) {
            return trustDomain(entry);
        }
        if (entry.has("trust_domain")) {
            entry.problemAt("trust_domain", "`trust_domain` is for kind: spiffe", null);
        }
        Optional<String> issuer = entry.text("issuer");
        Optional<IssuerChecks.Flaw> flaw =
                issuer.flatMap(address -> IssuerChecks.issuer(kind, address));
        flaw.ifPresent(found -> entry.problemAt("issuer", found.message(), found.hint()));
        return flaw.isPresent() ? Optional.empty() : issuer;
    }

    private static Optional<String> trustDomain(YamlObject entry) {
        if (entry.has("issuer")) {
            entry.problemAt(
                    "issuer",
                    "a SPIFFE issuer is known by its trust domain, not by `iss`",
                    "write trust_domain: example.org and leave `issuer` out");
        }
        Optional<String> given = entry.text("trust_domain");
        if (given.isPresent()
                && !SpiffeId.trustDomain(given.get()).filter(given.get()::equals).isPresent()) {
            entry.problemAt(
                    "trust_domain",
                    "`trust_domain` must be a name of lower-case letters, digits, dots, dashes and underscores",
                    given.get().startsWith("spiffe://") ? "leave spiffe:// out" : null);
            return Optional.empty();
        }
        return given.map(SpiffeId::issuerOf);
    }

    private static Set<String> algorithms(YamlObject entry, IssuerKind kind) {
        List<String> given = entry.texts("algorithms");
        if (entry.node().path("algorithms").isArray() && given.isEmpty()) {
            entry.problemAt(
                    "algorithms",
                    "`algorithms` is an empty list, by which no token could be signed",
                    "leave it out for "
                            + String.join(", ", kind.algorithms().stream().sorted().toList()));
        }
        Set<String> known = new HashSet<>(IssuerKind.ALGORITHMS);
        if (kind == IssuerKind.SPIFFE) {
            known.retainAll(kind.algorithms());
        }
        for (String algorithm : given) {
            if (!known.contains(algorithm)) {
                entry.problemAt(
                        "algorithms",
                        "`" + algorithm + "` cannot be accepted",
                        "known are " + String.join(", ", known.stream().sorted().toList()));
            }
        }
        return given.isEmpty() ? kind.algorithms() : new HashSet<>(given);
    }

    private record Limits(Duration lifetime, Duration age, Duration leeway) {}

    private static Limits limits(YamlObject entry, IssuerKind kind) {
        Optional<Duration> maxLifetime = entry.duration("max_lifetime");
        Optional<Duration> maxAge = entry.duration("max_age");
        refuseNothing(entry, "max_lifetime", maxLifetime);
        refuseNothing(entry, "max_age", maxAge);
        if (maxLifetime.isPresent() && maxLifetime.get().compareTo(LONGEST_LIFETIME) > 0) {
            entry.problemAt(
                    "max_lifetime",
                    "`max_lifetime` must not be longer than PT24H: revocations of tokens are kept for two days",
                    "ask the platform for tokens that live shorter");
        }
        Duration leeway = entry.duration("leeway").orElse(LEEWAY);
        if (leeway.isNegative() || leeway.compareTo(Duration.ofMinutes(5)) > 0) {
            entry.problemAt("leeway", "`leeway` must be between PT0S and PT5M", null);
        }
        Duration lifetime = maxLifetime.orElse(kind.maxLifetime());
        return new Limits(lifetime, maxAge.orElse(lifetime), leeway);
    }

    private static void refuseNothing(YamlObject entry, String key, Optional<Duration> given) {
        if (given.isPresent() && !given.get().isPositive()) {
            entry.problemAt(key, "`" + key + "` must be longer than nothing", null);
        }
    }

    /// `one_time`, `off` or `{max_uses: N}`.
    private static Optional<Replay> replay(YamlObject entry) {
        if (!entry.has("replay")) {
            return Optional.empty();
        }
        if (entry.node().get("replay").isObject()) {
            YamlObject mapping = entry.object("replay").orElseThrow();
            Optional<Long> uses = mapping.whole("max_uses", 1, MAX_USES);
            if (!mapping.has("max_uses")) {
                mapping.problem("`max_uses` is missing", "replay: {max_uses: 10}");
            }
            mapping.refuseUnknownKeys();
            return uses.map(max -> new Replay.Uses(max.intValue()));
        }
        return switch (entry.node().get("replay").asText()) {
            case "one_time" -> Optional.of(Replay.ONE_TIME);
            // YAML takes the word off for false
            case "off", "false" -> Optional.of(Replay.OFF);
            default -> {
                entry.problemAt("replay", "`replay` must be one_time, off or {max_uses: N}", null);
                yield Optional.empty();
            }
        };
    }
}
