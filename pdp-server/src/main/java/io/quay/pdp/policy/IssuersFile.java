package io.quay.pdp.policy;

import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import java.net.URI;
import java.nio.file.Files;
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

    private void readIssuer(YamlObject issuer) {
        Optional<String> name = issuer.text("name");
        if (name.isPresent() && !NAME_PATTERN.matcher(name.get()).matches()) {
            issuer.problemAt("name", "an issuer's name must match " + NAME_PATTERN.pattern(), null);
        }
        Optional<IssuerKind> kind = issuer.text("kind").flatMap(word -> kindOf(issuer, word));
        Optional<String> url = issuer.text("issuer").filter(value -> isIssuerUrl(issuer, value));
        Optional<String> audience = issuer.text("audience");
        Set<String> algorithms = algorithms(issuer);
        Optional<Duration> maxLifetime = issuer.duration("max_lifetime");
        Optional<Duration> maxAge = issuer.duration("max_age");
        refuseNothing(issuer, "max_lifetime", maxLifetime);
        refuseNothing(issuer, "max_age", maxAge);
        Duration leeway = issuer.duration("leeway").orElse(LEEWAY);
        if (leeway.isNegative() || leeway.compareTo(Duration.ofMinutes(5)) > 0) {
            issuer.problemAt("leeway", "`leeway` must be between PT0S and PT5M", null);
        }
        Issuer.@Nullable KeySource keys = keys(issuer);
        issuer.refuseUnknownKeys();
        if (name.isEmpty()
                || kind.isEmpty()
                || url.isEmpty()
                || audience.isEmpty()
                || keys == null) {
            return;
        }
        if (audience.get().equals(url.get())) {
            issuer.problemAt(
                    "audience",
                    "the audience is the issuer itself",
                    "ask the issuer for tokens with this server's own audience");
        }
        if (issuers.stream().anyMatch(other -> other.name().equals(name.get()))) {
            issuer.problem("issuer `" + name.get() + "` is declared twice", null);
        }
        Duration lifetime = maxLifetime.orElse(kind.get().maxLifetime());
        issuers.add(
                new Issuer(
                        name.get(),
                        kind.get(),
                        url.get(),
                        audience.get(),
                        keys,
                        algorithms,
                        lifetime,
                        maxAge.orElse(lifetime),
                        leeway,
                        kind.get().replay(),
                        true));
    }

    private static Optional<IssuerKind> kindOf(YamlObject issuer, String word) {
        Optional<IssuerKind> kind =
                Arrays.stream(IssuerKind.values())
                        .filter(candidate -> candidate.word().equals(word))
                        .findFirst();
        if (kind.isEmpty()) {
            issuer.problemAt(
                    "kind", "`" + word + "` is no kind of issuer", "known are kubernetes and oidc");
        }
        return kind;
    }

    private static boolean isIssuerUrl(YamlObject issuer, String value) {
        URI uri = uri(value);
        boolean fine =
                uri != null
                        && uri.getHost() != null
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null
                        && isHttp(uri);
        if (!fine) {
            issuer.problemAt(
                    "issuer", "`issuer` must be an http(s) URL without query and fragment", null);
        }
        return fine;
    }

    private static boolean isHttp(URI uri) {
        return "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
    }

    private static void refuseNothing(YamlObject issuer, String key, Optional<Duration> given) {
        if (given.isPresent() && !given.get().isPositive()) {
            issuer.problemAt(key, "`" + key + "` must be longer than nothing", null);
        }
    }

    private static @Nullable URI uri(String value) {
        try {
            return URI.create(value);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static Set<String> algorithms(YamlObject issuer) {
        List<String> given = issuer.texts("algorithms");
        for (String algorithm : given) {
            if (!IssuerKind.ALGORITHMS.contains(algorithm)) {
                issuer.problemAt(
                        "algorithms",
                        "`" + algorithm + "` cannot be accepted",
                        "known are "
                                + String.join(
                                        ", ", IssuerKind.ALGORITHMS.stream().sorted().toList()));
            }
        }
        return given.isEmpty() ? IssuerKind.ALGORITHMS : new HashSet<>(given);
    }

    private Issuer.@Nullable KeySource keys(YamlObject issuer) {
        Optional<YamlObject> found = issuer.object("keys");
        if (found.isEmpty()) {
            issuer.problem(
                    "`keys` is missing", "one of {discovery: true}, {jwks_uri: …}, {jwks_file: …}");
            return null;
        }
        YamlObject keys = found.get();
        boolean discovery = keys.flag("discovery", false);
        Optional<String> uri = keys.optionalText("jwks_uri");
        Optional<String> file = keys.optionalText("jwks_file");
        Path caFile =
                keys.optionalText("ca_file")
                        .map(value -> existing(keys, "ca_file", value))
                        .orElse(null);
        keys.refuseUnknownKeys();
        int given = (discovery ? 1 : 0) + (uri.isPresent() ? 1 : 0) + (file.isPresent() ? 1 : 0);
        if (given != 1) {
            keys.problem(
                    "exactly one of `discovery: true`, `jwks_uri` and `jwks_file` is needed", null);
            return null;
        }
        if (file.isPresent()) {
            return new Issuer.KeySource.JwksFile(existing(keys, "jwks_file", file.get()));
        }
        if (uri.isPresent()) {
            URI parsed = uri(uri.get());
            if (parsed == null || parsed.getHost() == null || !isHttp(parsed)) {
                keys.problemAt("jwks_uri", "`jwks_uri` must be an http(s) URL", null);
                return null;
            }
            return new Issuer.KeySource.JwksUri(parsed, new Issuer.Access(caFile, null));
        }
        return new Issuer.KeySource.Discovery(new Issuer.Access(caFile, null));
    }

    private Path existing(YamlObject keys, String key, String value) {
        Path path = directory.resolve(value).normalize();
        if (!Files.isReadable(path)) {
            keys.problemAt(
                    key, "file `" + value + "` cannot be read", "paths are relative to " + NAME);
        }
        return path;
    }
}
