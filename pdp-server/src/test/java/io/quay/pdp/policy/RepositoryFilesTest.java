package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A file that would be passed over in silence is a problem.
class RepositoryFilesTest {
    private static final String FORBID =
            "@id(\"x\") forbid (principal, action == Quay::Action::\"getRepo\", resource);";

    @TempDir private Path directory;

    private TestRepository repository() {
        return TestRepository.quay(directory);
    }

    @Test
    void emptyDirectoryLoads() {
        assertThat(repository().load().policyCount()).isZero();
    }

    @Test
    void missingDirectory_isRefused() {
        assertThat(TestRepository.quay(directory.resolve("none")).rules()).containsExactly("files");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x.cedar",
                "acess/x.cedar",
                "Access/x.cedar",
                "tests/x.cedar",
                "docs/access/x.cedar"
            })
    void policyInNoPolicyFolder_isRefused(String name) {
        assertThat(repository().with(name, FORBID).problems())
                .singleElement()
                .asString()
                .startsWith(name + ": this policy file is in no policy folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"access/x.cedar", "access/team/a/x.cedar", "access/x.CEDAR"})
    void policyInAPolicyFolderCounts(String name) {
        assertThat(repository().with(name, FORBID).load().policyCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "accounts.yml",
                "account.yaml",
                "Accounts.yaml",
                "accounts.json",
                "issuers.yml",
                "issuer.yaml",
                "entities.yaml",
                "entity.json",
                "Entities.json"
            })
    void misspeltFile_isRefused(String name) {
        assertThat(repository().with(name, "[]").problems())
                .singleElement()
                .asString()
                .startsWith(name + ": this file would not be read")
                .contains("accounts.yaml, issuers.yaml, entities.json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "kustomization.yaml",
                ".github/x.cedar",
                "..2026_01/access/x.cedar",
                "tests/a.yaml"
            })
    void otherFilesAreLeftAlone(String name) {
        assertThat(repository().with(name, "not { a policy").load().policyCount()).isZero();
    }

    @Test
    void linkThatLeadsNowhere_isRefused() throws IOException {
        repository().with("access/a.cedar", FORBID);
        Files.createSymbolicLink(directory.resolve("access/b.cedar"), Path.of("gone.cedar"));
        assertThat(repository().problems())
                .singleElement()
                .asString()
                .startsWith("access/b.cedar: this is no file, or a link that leads nowhere");
    }

    @Test
    void circleOfLinks_isRefused() throws IOException {
        repository().with("access/a.cedar", FORBID);
        Files.createSymbolicLink(directory.resolve("access/again"), Path.of("."));
        assertThat(repository().rules()).contains("files");
    }

    @Test
    void folderTooDeepToBeRead_isRefused() {
        assertThat(repository().with("access/1/2/3/4/5/x.cedar", FORBID).rules())
                .containsExactly("files");
        assertThat(repository().with("docs/1/2/3/4/5/6/x.md", "").problems()).hasSize(1);
    }

    @Test
    void fileThatIsNotUtf8_isRefused() throws IOException {
        Files.createDirectories(directory.resolve("access"));
        Files.write(directory.resolve("access/a.cedar"), new byte[] {'/', '/', (byte) 0xe9, '\n'});
        assertThat(repository().problems())
                .singleElement()
                .asString()
                .startsWith("access/a.cedar: this file is not UTF-8");
    }

    @Test
    void fileOfMoreThan4MiB_isRefused() {
        assertThat(repository().with("access/a.cedar", "// " + "x".repeat(4 * 1024 * 1024)).rules())
                .containsExactly("files");
    }

    @Test
    void everyMistakeOfEveryKindIsReportedAtOnce() {
        assertThat(
                        repository()
                                .with(
                                        "access/a.cedar",
                                        "@id(\"a\") permit (principal, action, resource);")
                                .with("access/b.cedar", "permit (")
                                .with("trust/c.cedar", FORBID)
                                .with("stray.cedar", "")
                                .with("accounts.yaml", "service_account: []")
                                .with("issuers.yaml", "issuers: 7")
                                .with("entities.json", "{}")
                                .rules())
                .containsExactly(
                        "accounts",
                        "classified-operations",
                        "entities",
                        "files",
                        "issuers",
                        "parse",
                        "schema",
                        "unconstrained-permit");
    }
}
