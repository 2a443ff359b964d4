package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionTest {
    private static final String FORBID =
            "@id(\"x\") forbid (principal, action == Quay::Action::\"getRepo\", resource);";

    @TempDir private Path directory;

    private static String version(Path policies) {
        return TestRepository.quay(policies).load().version();
    }

    private static String git(Path in, String... arguments)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(
                        List.of("git", "-c", "user.name=t", "-c", "user.email=t@example.com"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(in.toFile());
        builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
        builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.strip();
    }

    private static String commit(Path in) throws IOException, InterruptedException {
        git(in, "add", "-A");
        git(in, "commit", "-q", "-m", "policies");
        return git(in, "rev-parse", "HEAD").substring(0, 12);
    }

    @Test
    void sameContentHasTheSameVersion_anywhere() {
        TestRepository.quay(directory.resolve("a")).with("access/a.cedar", FORBID);
        TestRepository.quay(directory.resolve("b"))
                .with("access/a.cedar", FORBID)
                .with("README.md", "not policy");
        assertThat(version(directory.resolve("a")))
                .matches("[0-9a-f]{16}")
                .isEqualTo(version(directory.resolve("b")));
    }

    @Test
    void everyFileThatCountsChangesTheVersion() {
        List<String> versions = new ArrayList<>();
        TestRepository repository = TestRepository.quay(directory);
        versions.add(version(directory));
        repository.with("access/a.cedar", FORBID);
        versions.add(version(directory));
        repository.with("access/a.cedar", FORBID + "\n");
        versions.add(version(directory));
        repository.with("access/b.cedar", "// nothing\n");
        versions.add(version(directory));
        repository.withAccounts("svc-a");
        versions.add(version(directory));
        repository.with("entities.json", "[]");
        versions.add(version(directory));
        repository.with("issuers.yaml", "issuers: []");
        versions.add(version(directory));
        assertThat(versions).doesNotHaveDuplicates();
    }

    @Test
    void anotherSchemaIsAnotherVersion() {
        String one = "entity A; entity B;";
        TestRepository first = TestRepository.other(directory.resolve("1"), one);
        TestRepository second = TestRepository.other(directory.resolve("2"), one + " entity C;");
        assertThat(first.load().version()).isNotEqualTo(second.load().version());
    }

    @Test
    void commitOfTheWorkTreeIsInTheVersion() throws IOException, InterruptedException {
        git(directory, "init", "-q", "-b", "main");
        Path policies = directory.resolve("deploy/policies");
        TestRepository.quay(policies).with("access/a.cedar", FORBID);
        assertThat(version(policies)).matches("[0-9a-f]{16}");
        String commit = commit(directory);
        String content = version(policies);
        assertThat(content).startsWith(commit + "-");

        TestRepository.quay(policies).with("access/a.cedar", FORBID + "// edited");
        assertThat(version(policies)).startsWith(commit + "-").isNotEqualTo(content);
        String second = commit(directory);
        assertThat(version(policies)).startsWith(second + "-");

        git(directory, "pack-refs", "--all");
        assertThat(version(policies)).startsWith(second + "-");
        git(directory, "checkout", "-q", "--detach", "HEAD~1");
        assertThat(version(policies)).isEqualTo(content);
    }

    @Test
    void linkedWorkTreeHasACommitOfItsOwn() throws IOException, InterruptedException {
        Path main = Files.createDirectories(directory.resolve("main"));
        git(main, "init", "-q", "-b", "main");
        TestRepository.quay(main).with("access/a.cedar", FORBID);
        String first = commit(main);
        Path linked = directory.resolve("linked");
        git(main, "worktree", "add", "-q", "-b", "next", linked.toString());
        TestRepository.quay(linked).with("access/a.cedar", FORBID + "\n");
        String second = commit(linked);
        assertThat(version(main)).startsWith(first + "-");
        assertThat(version(linked)).startsWith(second + "-");
        git(main, "pack-refs", "--all");
        assertThat(version(linked)).startsWith(second + "-");
        Path link = Files.createSymbolicLink(directory.resolve("current"), linked);
        assertThat(version(link)).startsWith(second + "-");
    }

    @Test
    void brokenGitFolder_isNoReasonToRefusePolicies() throws IOException {
        Files.createDirectories(directory.resolve(".git"));
        assertThat(version(directory)).matches("[0-9a-f]{16}");
        Files.writeString(directory.resolve(".git/HEAD"), "ref: refs/heads/main\n");
        Files.write(directory.resolve(".git/packed-refs"), new byte[] {(byte) 0xff, '\n'});
        assertThat(version(directory)).matches("[0-9a-f]{16}");
        Files.writeString(directory.resolve(".git/HEAD"), "nonsense");
        assertThat(version(directory)).matches("[0-9a-f]{16}");
    }
}
