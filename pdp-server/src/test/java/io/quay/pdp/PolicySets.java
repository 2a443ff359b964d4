package io.quay.pdp;

import io.quay.pdp.jose.TestIssuer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// The small policy directories of `test-fixtures/policy-sets`, copied to where tests may change
/// them.
public final class PolicySets {
    public static final Path REPOSITORY = Path.of(System.getProperty("pdp.repository"));
    public static final Path SCHEMA = REPOSITORY.resolve("schema");

    private PolicySets() {}

    /// @return the copy
    public static Path copy(String name, Path into) {
        Path from = REPOSITORY.resolve("test-fixtures/policy-sets").resolve(name);
        Path to = into.resolve("policies");
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path path : walk.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The set `acme`, in which `ci/runner` of the issuer's cluster may be `svc-terraform`.
    public static void copyTrusting(TestIssuer issuer, Path into) {
        Path policies = copy("acme", into);
        try {
            Files.writeString(policies.resolve("jwks.json"), issuer.jwks());
            Files.writeString(
                    policies.resolve("issuers.yaml"),
                    """
                    issuers:
                      - name: cluster
                        kind: kubernetes
                        issuer: %s
                        audience: %s
                        keys: {jwks_file: jwks.json}
                    """
                            .formatted(issuer.iss(), TestIssuer.AUDIENCE));
            Files.createDirectories(policies.resolve("trust"));
            Files.writeString(
                    policies.resolve("trust/runner.cedar"),
                    """
                    @id("runner")
                    permit (
                        principal is Workload::Kubernetes,
                        action == Pdp::Action::"assume",
                        resource == Quay::ServiceAccount::"svc-terraform"
                    )
                    when { principal.issuer == "cluster" && principal.namespace == "ci" && principal.service_account == "runner" };
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
