package io.quay.pdp.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.PolicySets;
import io.quay.pdp.TestServer;
import io.quay.pdp.audit.Event;
import io.quay.pdp.audit.EventQuery;
import io.quay.pdp.federation.Issuers;
import io.quay.pdp.jose.TestIssuer;
import io.quay.pdp.jose.TestKey;
import io.quay.pdp.store.Database;
import io.quay.pdp.store.EventTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A repository that is renamed stays who it is, and somebody is told.
class WorkloadRenameTest {
    private static final String ACCOUNT = "svc-terraform";

    @TempDir private Path directory;
    private final TestIssuer github =
            new TestIssuer(
                    "https://token.actions.githubusercontent.com",
                    TestKey.generate("key-1", "RS256"));

    @BeforeEach
    void write() throws Exception {
        Path policies = PolicySets.copy("acme", directory);
        Files.writeString(policies.resolve("github.json"), github.jwks());
        Files.writeString(
                policies.resolve("issuers.yaml"),
                """
                issuers:
                  - {name: github, kind: github_actions, issuer: "%s", audience: "%s", keys: {jwks_file: github.json}}
                """
                        .formatted(github.iss(), Issuers.AUDIENCE));
        Files.createDirectories(policies.resolve("trust"));
        Files.writeString(
                policies.resolve("trust/test.cedar"),
                """
                @id("app") permit (principal is Workload::GitHubActions, action == Pdp::Action::"assume", resource == Quay::ServiceAccount::"svc-terraform")
                  when { principal.issuer == "github" && principal.repository_id == "456789" && principal.event_name == "push" };
                """);
    }

    private String push(String owner, String repository) {
        Map<String, Object> claims = Issuers.github();
        long now = Instant.now().getEpochSecond();
        claims.put("iat", now);
        claims.put("nbf", now - 600);
        claims.put("exp", now + 300);
        claims.put("jti", UUID.randomUUID().toString());
        claims.put("iss", github.iss());
        claims.put("repository", owner + "/" + repository);
        claims.put("repository_owner", owner);
        claims.put(
                "sub", "repo:%s@123456/%s@456789:ref:refs/heads/main".formatted(owner, repository));
        return github.sign(claims);
    }

    private void exchange(String... repositories) {
        try (OAuthServer server = new OAuthServer(TestServer.start(directory))) {
            for (String repository : repositories) {
                String[] name = repository.split("/", -1);
                assertThat(
                                server.token(
                                                null,
                                                WorkloadServer.Shown.SUBJECT_JWT.form(
                                                        ACCOUNT, push(name[0], name[1])))
                                        .statusCode())
                        .isEqualTo(200);
            }
        }
    }

    private List<Event> renames() {
        try (Database database = Database.open(directory.resolve("data/pdp.db"))) {
            return new EventTable(database)
                    .find(
                            new EventQuery(
                                    "workload.renamed",
                                    null,
                                    null,
                                    null,
                                    null,
                                    null,
                                    EventQuery.MAX_LIMIT));
        }
    }

    @Test
    void githubRename_sameIdsOtherNames_isAcceptedAndRecordedOnceAcrossARestart() {
        exchange("acme/app", "acme/app");
        assertThat(renames()).isEmpty();
        exchange("acme-corp/shop", "acme-corp/shop");
        assertThat(renames())
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.account()).isEqualTo(ACCOUNT);
                    assertThat(event.details())
                            .containsEntry("issuer", "github")
                            .containsEntry("id", "repository 456789")
                            .containsEntry("before", "acme/app")
                            .containsEntry("after", "acme-corp/shop");
                });
        exchange("acme/app");
        assertThat(renames()).hasSize(2);
    }
}
