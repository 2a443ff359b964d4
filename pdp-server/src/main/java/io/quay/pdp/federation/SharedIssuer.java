package io.quay.pdp.federation;

import java.util.List;
import java.util.Optional;
import java.util.Set;

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
