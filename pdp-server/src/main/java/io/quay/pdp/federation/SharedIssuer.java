package io.quay.pdp.federation;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// An issuer that strangers share: anybody can get tokens of it, with names that they choose and
/// that change hands. A rule about such an issuer must pin what never changes hands. Immutable.
///
/// @param address the exact `iss`; with `*` at its end, every one that begins so
/// @param immutableClaims claims of which one must be pinned; empty = its tokens hold names alone,
///   and no rule is safe
public record SharedIssuer(String address, Set<String> immutableClaims) {
    private static final List<SharedIssuer> KNOWN =
            List.of(
                    of(
                            "https://token.actions.githubusercontent.com",
                            "repository_id",
                            "repository_owner_id"),
                    of("https://gitlab.com", "project_id", "namespace_id"),
                    of(
                            "https://app.terraform.io",
                            "terraform_workspace_id",
                            "terraform_project_id",
                            "terraform_organization_id"),
                    of(
                            "https://app.eu.terraform.io",
                            "terraform_workspace_id",
                            "terraform_project_id",
                            "terraform_organization_id"),
                    of("https://agent.buildkite.com", "pipeline_id", "organization_id"),
                    of("https://oidc.vercel.com", "project_id", "owner_id"),
                    of("https://api.pulumi.com/oidc"),
                    of("https://accounts.google.com", "sub"),
                    of("https://login.microsoftonline.com/*", "sub", "oid"),
                    of("https://login.microsoftonline.us/*", "sub", "oid"),
                    of("https://sts.windows.net/*", "sub", "oid"));

    public SharedIssuer {
        immutableClaims = Set.copyOf(immutableClaims);
    }

    private static SharedIssuer of(String address, String... immutableClaims) {
        return new SharedIssuer(address, Set.of(immutableClaims));
    }

    /// Empty when the issuer's tokens are its operator's own: a cluster, a company's GitLab, one
    /// enterprise of GitHub.
    ///
    /// @param iss compared byte for byte
    public static Optional<SharedIssuer> find(String iss) {
        return KNOWN.stream().filter(shared -> shared.covers(iss)).findFirst();
    }

    /// The shared issuer's own spelling of an address that only looks like it, such as
    /// `https://GitLab.com:443/`; empty when it is spelt right or is no shared issuer.
    ///
    /// @param iss an http(s) URL with a host
    public static Optional<String> meantBy(String iss) {
        URI uri = URI.create(iss);
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        String port = Set.of(-1, 80, 443).contains(uri.getPort()) ? "" : ":" + uri.getPort();
        String plain =
                "https://"
                        + (host.endsWith(".") ? host.substring(0, host.length() - 1) : host)
                        + port
                        + uri.getRawPath();
        return Stream.of(plain, plain.replaceFirst("/+$", ""))
                .filter(spelling -> find(spelling).isPresent())
                .findFirst()
                .filter(spelling -> !spelling.equals(iss));
    }

    private boolean covers(String iss) {
        return address.endsWith("*")
                ? iss.startsWith(address.substring(0, address.length() - 1))
                : iss.equals(address);
    }

    /// Whether `sub` alone says who it is, for ever.
    public boolean subjectIsImmutable() {
        return immutableClaims.contains("sub");
    }
}
