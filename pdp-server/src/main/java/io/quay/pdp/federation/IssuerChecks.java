package io.quay.pdp.federation;

import java.net.URI;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What can be wrong with the address and the audience of an issuer, by its kind. Pure.
public final class IssuerChecks {
    private static final Pattern GITHUB =
            Pattern.compile(
                    "https://token\\.actions\\.(githubusercontent|[a-z0-9-]+\\.ghe)\\.com(/[A-Za-z0-9_-]+)?"
                            + "|https?://[A-Za-z0-9.-]+(:[0-9]+)?/_services/token");

    /// Issuers that clusters have: their own default, and those of EKS, GKE and AKS.
    private static final Pattern CLUSTER =
            Pattern.compile(
                    "https://kubernetes\\.default(\\.svc)?(\\..*)?"
                            + "|https://oidc\\.eks\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/id/.*"
                            + "|https://container\\.googleapis\\.com/v1/projects/.*"
                            + "|https://[a-z0-9.-]+\\.oic\\.[a-z0-9-]*aks\\.azure\\.com/.*");

    /// Audiences of services that many workflows have tokens for.
    private static final Set<String> OF_OTHERS =
            Set.of(
                    "sts.amazonaws.com",
                    "api://AzureADTokenExchange",
                    "sigstore",
                    "pypi",
                    "npm:registry.npmjs.org");

    private IssuerChecks() {}

    /// A finding for people.
    ///
    /// @param hint what to write instead
    public record Flaw(String message, @Nullable String hint) {}

    /// What is wrong with an `iss`; empty = nothing. Of SPIFFE trust domains nothing is asked here.
    public static Optional<Flaw> issuer(IssuerKind kind, String issuer) {
        return general(issuer).or(() -> special(kind, issuer)).or(() -> misspelt(issuer));
    }

    /// Its tokens would never be taken, and its rules miss that strangers share it.
    private static Optional<Flaw> misspelt(String issuer) {
        return SharedIssuer.meantBy(issuer)
                .map(meant ->
                        new Flaw(
                                "`issuer` is not spelt as in its tokens, and is compared byte for"
                                        + " byte",
                                "write " + meant));
    }

    private static Optional<Flaw> general(String issuer) {
        URI uri = uri(issuer);
        boolean fine =
                uri != null
                        && uri.getHost() != null
                        && uri.getRawUserInfo() == null
                        && uri.getRawQuery() == null
                        && uri.getRawFragment() == null
                        && isHttp(uri)
                        && issuer.chars().allMatch(c -> c > ' ' && c < 127);
        if (fine) {
            return Optional.empty();
        }
        boolean bare = !issuer.contains("://") && uri("https://" + issuer) != null;
        return Optional.of(
                new Flaw(
                        "`issuer` must be an http(s) URL without query and fragment",
                        bare ? "write https://" + issuer : null));
    }

    private static Optional<Flaw> special(IssuerKind kind, String issuer) {
        return switch (kind) {
            case GITHUB_ACTIONS ->
                    GITHUB.matcher(issuer).matches()
                            ? Optional.empty()
                            : Optional.of(
                                    new Flaw(
                                            "`issuer` is none that GitHub Actions has",
                                            "https://token.actions.githubusercontent.com, with"
                                                    + " /ENTERPRISE after it, or"
                                                    + " https://HOST/_services/token of a server of"
                                                    + " your own; none ends in a slash"));
            case GITLAB ->
                    issuer.endsWith("/")
                            ? Optional.of(
                                    new Flaw(
                                            "`issuer` ends in a slash, and GitLab's tokens do not",
                                            "write " + issuer.substring(0, issuer.length() - 1)))
                            : Optional.empty();
            case OIDC -> ofItsOwnKind(issuer);
            case KUBERNETES, SPIFFE -> Optional.empty();
        };
    }

    private static Optional<Flaw> ofItsOwnKind(String issuer) {
        IssuerKind kind = known(issuer);
        return kind == null
                ? Optional.empty()
                : Optional.of(
                        new Flaw(
                                "this issuer has a kind of its own, whose claims are typed and"
                                        + " checked",
                                "write kind: " + kind.word()));
    }

    /// The kind whose issuers have such addresses; null = none.
    private static @Nullable IssuerKind known(String issuer) {
        if (issuer.startsWith("https://token.actions.") || issuer.endsWith("/_services/token")) {
            return IssuerKind.GITHUB_ACTIONS;
        }
        if (issuer.equals("https://gitlab.com")) {
            return IssuerKind.GITLAB;
        }
        return CLUSTER.matcher(issuer).matches() ? IssuerKind.KUBERNETES : null;
    }

    /// What is wrong with the audience that tokens must have; empty = nothing.
    public static Optional<Flaw> audience(IssuerKind kind, String issuer, String audience) {
        String hint = "ask the issuer for tokens with this server's own audience";
        if (audience.isBlank() || audience.chars().anyMatch(Character::isISOControl)) {
            return Optional.of(new Flaw("`audience` must not be blank", hint));
        }
        if (audience.equals(issuer)) {
            return Optional.of(new Flaw("the audience is the issuer itself", hint));
        }
        if (OF_OTHERS.contains(audience)) {
            return Optional.of(new Flaw("the audience is another service's", hint));
        }
        if (kind == IssuerKind.KUBERNETES && KubernetesClaims.API_SERVER.contains(audience)) {
            return Optional.of(
                    new Flaw(
                            "the audience is the API server's, which every pod's token has", hint));
        }
        if (kind == IssuerKind.GITHUB_ACTIONS && isDefaultOfGitHub(issuer, audience)) {
            return Optional.of(
                    new Flaw("the audience is one that GitHub gives to any job unasked", hint));
        }
        return Optional.empty();
    }

    /// `https://github.com/OWNER`, or the same at a server of one's own.
    private static boolean isDefaultOfGitHub(String issuer, String audience) {
        URI server = uri(issuer);
        return audience.startsWith("https://github.com")
                || (server != null
                        && issuer.endsWith("/_services/token")
                        && audience.startsWith(
                                server.getScheme() + "://" + server.getRawAuthority()));
    }

    private static boolean isHttp(URI uri) {
        return "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
    }

    private static @Nullable URI uri(String value) {
        try {
            return URI.create(value);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
