package io.quay.pdp.oauth;

import static io.quay.pdp.oauth.WorkloadServer.ACCOUNT;
import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.Await;
import io.quay.pdp.oauth.WorkloadServer.Shown;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whoever takes an issuer out of `issuers.yaml` is in a hurry.
class IssuerRemovalTest {
    @TempDir private Path directory;

    @Test
    void issuerThatIsRemovedWhilePoliciesStillNameIt_isTrustedNoMore() throws Exception {
        try (WorkloadServer server = WorkloadServer.start(directory)) {
            assertThat(status(server)).isEqualTo(200);
            Path issuers = directory.resolve("policies/issuers.yaml");
            Files.writeString(
                    issuers,
                    Files.readAllLines(issuers).stream()
                            .filter(line -> !line.contains("name: cluster"))
                            .collect(Collectors.joining("\n", "", "\n")));
            Await.until(() -> status(server) == 400);
        }
    }

    private static int status(WorkloadServer server) {
        return server.show(Shown.SUBJECT_JWT, ACCOUNT, server.runner()).statusCode();
    }
}
