package io.quay.pdp.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.decision.Cause;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.quay.Operation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// S16: calls executed as a user that all accounts share.
class SharedExecutionTest {
    private static final EntityRef APP = EntityRef.repository("acme/app");
    private static final Executions.Mode ONE = new Executions.Mode.OneToken("applications");

    @TempDir private Path directory;

    private static Executions.Mode application(String client) {
        return new Executions.Mode.Application(
                "applications", client, List.of("org:admin", "repo:create"));
    }

    /// Walks the catalog: what is about the calling user, or makes authority of its, is refused,
    /// and nothing else.
    @Test
    void s16EveryOperationAboutTheSharedUser_isNotExecutable() throws Exception {
        try (QuaySite site = new QuaySite(directory, ONE)) {
            TreeSet<String> refused = new TreeSet<>();
            TreeSet<String> aboutTheCaller = new TreeSet<>();
            for (Operation operation : site.office.repository.catalog().operations()) {
                Prepared prepared =
                        site.prepare(
                                site.account("svc-tf"), operation.name(), EntityRef.registry());
                if (prepared instanceof Prepared.Refused(Cause cause, String message)) {
                    assertThat(cause).isEqualTo(Cause.NOT_EXECUTABLE);
                    assertThat(message).contains(operation.name());
                    refused.add(operation.name());
                }
                boolean callersOwnMint =
                        operation.level() != Operation.Level.REGISTRY
                                && operation.level() != Operation.Level.ORGANIZATION
                                && operation.level() != Operation.Level.REPOSITORY
                                && operation.classes().contains("credential:mint");
                if (operation.level() == Operation.Level.USER || callersOwnMint) {
                    aboutTheCaller.add(operation.name());
                }
            }
            aboutTheCaller.addAll(
                    List.of(
                            "createOrganizationApplicationToken",
                            "takeOwnership",
                            "createNewUser",
                            "renewBootstrapToken",
                            "user_initialize"));
            assertThat(refused).isEqualTo(aboutTheCaller);
        }
    }

    @Test
    void s16TheOrganizationOfTheApplication_isOutOfReach() throws Exception {
        try (QuaySite site = new QuaySite(directory, ONE)) {
            for (EntityRef object :
                    List.of(
                            EntityRef.organization("applications"),
                            EntityRef.organization("Applications"),
                            EntityRef.repository("applications/app"))) {
                assertThat(site.refused("svc-tf", "getOrganization", object).message())
                        .contains("out of reach");
            }
            Prepared further =
                    site.executions
                            .execution()
                            .prepare(
                                    new AllowedCall(
                                            site.account("svc-tf"),
                                            site.operation("deleteOrganization"),
                                            EntityRef.registry(),
                                            List.of(EntityRef.organization("applications"))));
            assertThat(further).isInstanceOf(Prepared.Refused.class);
            site.ready("svc-tf", "getRepo", APP);
        }
    }

    @Test
    void s16FurtherObjectsThatAreNotKnown_areOutOfReach() throws Exception {
        try (QuaySite site = new QuaySite(directory, ONE)) {
            AllowedCall unknown =
                    new AllowedCall(
                            site.account("svc-tf"),
                            site.operation("deleteOrganization"),
                            EntityRef.registry());
            assertThat(site.executions.execution().prepare(unknown))
                    .isInstanceOf(Prepared.Refused.class);
        }
    }

    @Test
    void theTokenIsReadAgainWhenItsFileChanges() throws Exception {
        try (QuaySite site = new QuaySite(directory, ONE)) {
            assertThat(site.ready("svc-tf", "getRepo", APP))
                    .isEqualTo("Bearer " + site.quay.administrator());
            Files.writeString(
                    site.credentialFile, "{\"access_token\": \"another-token-of-quay-0123\"}");
            assertThat(site.ready("svc-tf", "getRepo", APP))
                    .isEqualTo("Bearer another-token-of-quay-0123");
            Files.writeString(site.credentialFile, "not a token\n");
            assertThat(site.prepare("svc-tf", "getRepo", APP))
                    .isInstanceOfSatisfying(
                            Prepared.Unavailable.class,
                            unavailable ->
                                    assertThat(unavailable.message())
                                            .contains("holds no token")
                                            .doesNotContain("not a token"));
            Files.delete(site.credentialFile);
            assertThat(site.prepare("svc-tf", "getRepo", APP))
                    .isInstanceOf(Prepared.Unavailable.class);
        }
    }

    @Test
    void aRenewedBootstrapTokenIsNotUsedUntilTheFileHoldsTheNewOne() throws Exception {
        try (QuaySite site = new QuaySite(directory, QuaySite.RENEWING)) {
            Files.setLastModifiedTime(
                    site.credentialFile, FileTime.from(site.office.clock.instant()));
            site.advance(Duration.ofMinutes(29));
            site.executions.tick();
            site.ready("svc-tf", "getRepo", APP);
            site.advance(Duration.ofMinutes(2));
            site.executions.tick();
            assertThat(site.prepare("svc-tf", "getRepo", APP))
                    .isInstanceOf(Prepared.Unavailable.class);
            assertThat(site.quay.tokensOf("bootstrap")).containsExactly("renewed");
            Files.writeString(site.credentialFile, "the-new-token-of-quay-0123");
            site.ready("svc-tf", "getRepo", APP);
        }
    }

    @Test
    void applicationTokensAreNamedAfterTheAccountReusedAndDeletedAtTheirEnd() throws Exception {
        try (QuaySite site = new QuaySite(directory, application("none"))) {
            site.people("POST", "/api/v1/organization/", "{\"name\": \"applications\"}");
            assertThat(site.prepare("svc-tf", "getRepo", APP))
                    .isInstanceOf(Prepared.Unavailable.class);
        }
        try (QuaySite site = new QuaySite(directory.resolve("second"), application("pdpclient"))) {
            site.people("POST", "/api/v1/organization/", "{\"name\": \"applications\"}");
            site.quay.application("applications", "pdpclient");
            String token = site.ready("svc-tf", "createRepo", EntityRef.organization("acme"));
            assertThat(site.ready("svc-tf", "getRepo", APP)).isEqualTo(token);
            assertThat(site.quay.tokensOf("pdpclient")).containsExactly("quay-pdp svc-tf");
            site.people("POST", "/api/v1/organization/", "{\"name\": \"acme\"}");
            assertThat(
                            site.call(
                                    token,
                                    "POST",
                                    "/api/v1/repository",
                                    "{\"namespace\": \"acme\", \"repository\": \"app\", \"visibility\": \"private\", \"description\": \"\"}"))
                    .isEqualTo(201);
            assertThat(site.quay.log("acme")).contains("create_repo quayadmin");
            site.advance(Duration.ofSeconds(61));
            assertThat(site.ready("svc-tf", "getRepo", APP)).isNotEqualTo(token);
            assertThat(site.quay.tokensOf("pdpclient")).hasSize(2);
            site.advance(Duration.ofSeconds(31));
            site.executions.tick();
            assertThat(site.quay.tokensOf("pdpclient")).hasSize(1);
        }
    }
}
