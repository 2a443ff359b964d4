package io.quay.pdp.policy;

import io.quay.pdp.federation.AddressClass;
import io.quay.pdp.federation.Issuer;
import io.quay.pdp.federation.IssuerKind;
import io.quay.pdp.federation.SpiffeId;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads `keys` of an issuer: where its public keys come from. For one issuer.
final class IssuerKeys {
    private static final List<String> SETS = List.of("discovery", "jwks_uri", "jwks_file");
    private static final List<String> BUNDLES = List.of("bundle_file", "bundle_uri");

    private static final List<String> KNOWN =
            List.of("ca_file", "bearer_file", "profile", "endpoint_spiffe_id", "bootstrap");

    private final Path directory;
    private final YamlObject keys;
    private final IssuerKind kind;
    private final String issuer;
    private final boolean privateNetwork;

    /// @param issuer its `iss`, or its trust domain as `spiffe://example.org`
    /// @param privateNetwork whether its keys may be at an address that is not public
    IssuerKeys(
            Path directory,
            YamlObject keys,
            IssuerKind kind,
            String issuer,
            boolean privateNetwork) {
        this.directory = directory;
        this.keys = keys;
        this.kind = kind;
        this.issuer = issuer;
        this.privateNetwork = privateNetwork;
    }

    static String sourcesOf(IssuerKind kind) {
        return kind == IssuerKind.SPIFFE
                ? "write {bundle_file: …} or {bundle_uri: …}"
                : "write one of {discovery: true}, {jwks_uri: …}, {jwks_file: …}";
    }

    /// Null, with a problem, when it names no source.
    Issuer.@Nullable KeySource read() {
        Issuer.KeySource source = source();
        KNOWN.forEach(keys::has);
        keys.refuseUnknownKeys();
        return source;
    }

    private Issuer.@Nullable KeySource source() {
        boolean discovery = keys.flag("discovery", false);
        Optional<String> given = Optional.empty();
        int sources = 0;
        for (String name : List.of("jwks_uri", "jwks_file", "bundle_file", "bundle_uri")) {
            if (keys.optionalText(name).isPresent()) {
                given = Optional.of(name);
                sources++;
            }
        }
        if (discovery) {
            given = Optional.of("discovery");
            sources++;
        }
        if (sources != 1) {
            keys.problem("exactly one of the sources of keys is needed", sourcesOf(kind));
            return null;
        }
        String name = given.orElseThrow();
        if ((kind == IssuerKind.SPIFFE ? SETS : BUNDLES).contains(name)) {
            keys.problemAt(
                    name,
                    "an issuer of kind " + kind.word() + " cannot have `" + name + "`",
                    sourcesOf(kind));
            return null;
        }
        return source(name);
    }

    private Issuer.@Nullable KeySource source(String name) {
        return switch (name) {
            case "jwks_file" -> new Issuer.KeySource.JwksFile(keySet("jwks_file"));
            case "bundle_file" -> new Issuer.KeySource.BundleFile(keySet("bundle_file"));
            case "jwks_uri" -> {
                URI uri = uri("jwks_uri", keys.optionalText("jwks_uri").orElse(""));
                yield uri == null ? null : new Issuer.KeySource.JwksUri(uri, access());
            }
            case "bundle_uri" -> bundle();
            default ->
                    uri("discovery", issuer) == null
                            ? null
                            : new Issuer.KeySource.Discovery(access());
        };
    }

    private Issuer.Access access() {
        if (keys.has("bearer_file") && kind != IssuerKind.KUBERNETES && kind != IssuerKind.OIDC) {
            keys.problemAt(
                    "bearer_file",
                    "an issuer of kind " + kind.word() + " cannot have `bearer_file`",
                    "its keys are public");
        }
        return new Issuer.Access(optionalFile("ca_file"), optionalFile("bearer_file"));
    }

    private Issuer.@Nullable KeySource bundle() {
        String text = keys.optionalText("bundle_uri").orElse("");
        URI uri = uri("bundle_uri", text);
        if (uri == null) {
            return null;
        }
        if (!"https".equals(uri.getScheme())) {
            keys.problemAt("bundle_uri", "a bundle endpoint must be https", null);
            return null;
        }
        String profile = keys.optionalText("profile").orElse("https_web");
        return switch (profile) {
            case "https_web" -> {
                for (String other : List.of("endpoint_spiffe_id", "bootstrap")) {
                    if (keys.has(other)) {
                        keys.problemAt(
                                other,
                                "`" + other + "` is for profile https_spiffe",
                                "write profile: https_spiffe, or leave it out");
                    }
                }
                yield new Issuer.KeySource.BundleUri(uri, new Issuer.Profile.HttpsWeb(), access());
            }
            case "https_spiffe" -> spiffeEndpoint(uri);
            default -> {
                keys.problemAt(
                        "profile",
                        "`" + profile + "` is no profile of bundle endpoints",
                        "https_web or https_spiffe");
                yield null;
            }
        };
    }

    private Issuer.@Nullable KeySource spiffeEndpoint(URI uri) {
        if (keys.has("ca_file")) {
            keys.problemAt(
                    "ca_file",
                    "profile https_spiffe is verified with the bundle alone",
                    "leave `ca_file` out");
        }
        String id = keys.text("endpoint_spiffe_id").orElse("");
        boolean own =
                SpiffeId.parse(id)
                        .filter(svid -> svid.issuer().equals(issuer))
                        .filter(svid -> svid.toString().equals(id))
                        .isPresent();
        if (!own && keys.has("endpoint_spiffe_id")) {
            keys.problemAt(
                    "endpoint_spiffe_id",
                    "`endpoint_spiffe_id` must be a SPIFFE ID of the trust domain itself",
                    "such as " + issuer + "/spire/server");
        }
        if (keys.text("bootstrap").isEmpty()) {
            return null;
        }
        return new Issuer.KeySource.BundleUri(
                uri, new Issuer.Profile.HttpsSpiffe(id, keySet("bootstrap")), access());
    }

    /// Of `token_review`: the cluster's API server, which is asked about each token. Null, with a
    /// problem, when it names none.
    Issuer.@Nullable Review readReview() {
        URI uri = uri("uri", keys.text("uri").orElse(""));
        Issuer.Access access = access();
        keys.refuseUnknownKeys();
        return uri == null ? null : new Issuer.Review(uri, access);
    }

    private @Nullable URI uri(String key, String value) {
        URI uri;
        try {
            uri = URI.create(value);
        } catch (IllegalArgumentException _) {
            uri = null;
        }
        boolean fine =
                uri != null
                        && uri.getHost() != null
                        && uri.getRawUserInfo() == null
                        && uri.getRawFragment() == null
                        && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()));
        if (!fine) {
            keys.problemAt(key, "`" + key + "` must be an http(s) URL", null);
            return null;
        }
        if ("http".equals(Objects.requireNonNull(uri).getScheme()) && !privateNetwork) {
            keys.problemAt(
                    key,
                    "keys fetched without TLS can be anybody's",
                    "use https; for a network of your own, allow_private_addresses: true");
            return null;
        }
        return isWithinReach(key, uri.getHost()) ? uri : null;
    }

    /// An address that is written out is judged here, as every one is when it is connected to.
    private boolean isWithinReach(String key, String host) {
        String named = key.equals("discovery") ? "the issuer" : "`" + key + "`";
        return switch (AddressClass.ofHost(host).orElse(AddressClass.PUBLIC)) {
            case PUBLIC -> true;
            case PRIVATE -> {
                if (!privateNetwork) {
                    keys.problemAt(
                            key,
                            named + " is at an address that is not public",
                            "for a network of your own, allow_private_addresses: true");
                }
                yield privateNetwork;
            }
            case FORBIDDEN -> {
                keys.problemAt(
                        key,
                        named + " is at an address that is never asked: link-local or reserved",
                        null);
                yield false;
            }
        };
    }

    private Path keySet(String key) {
        Path path = file(key);
        if (Files.isReadable(path)) {
            KeySetFile.findFlaw(path, kind == IssuerKind.SPIFFE)
                    .ifPresent(flaw ->
                            keys.problemAt(
                                    key,
                                    "file `%s` is no key set: %s"
                                            .formatted(keys.optionalText(key).orElse(""), flaw),
                                    kind == IssuerKind.SPIFFE
                                            ? "spire-server bundle show -format spiffe"
                                            : "a JWK set, as the issuer publishes it"));
        }
        return path;
    }

    private Path file(String key) {
        String value = keys.optionalText(key).orElse("");
        Path path = directory.resolve(value).normalize();
        if (!Files.isReadable(path)) {
            keys.problemAt(
                    key,
                    "file `" + value + "` cannot be read",
                    "paths are relative to " + IssuersFile.NAME);
        }
        return path;
    }

    private @Nullable Path optionalFile(String key) {
        return keys.optionalText(key).isPresent() ? file(key) : null;
    }
}
