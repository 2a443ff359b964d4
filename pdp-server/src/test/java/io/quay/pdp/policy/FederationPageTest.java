package io.quay.pdp.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.PolicySets;
import io.quay.pdp.decision.DecisionPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What docs/federation.md tells to write is accepted as it stands there.
class FederationPageTest {
    private static final Path ROOT = PolicySets.REPOSITORY;
    private static final Pattern BLOCK =
            Pattern.compile("```(yaml|cedar)\\n(.*?)```", Pattern.DOTALL);

    @TempDir private Path directory;

    private static List<String> blocks(String language, String start) throws IOException {
        List<String> found = new ArrayList<>();
        Matcher block = BLOCK.matcher(Files.readString(ROOT.resolve("docs/federation.md")));
        while (block.find()) {
            if (block.group(1).equals(language) && block.group(2).startsWith(start)) {
                found.add(block.group(2));
            }
        }
        return found;
    }

    @Test
    void everyIssuerPermitAndTestOfThePage_isAccepted() throws IOException {
        TestRepository files = TestRepository.quay(directory);
        try (Stream<Path> keys = Files.list(ROOT.resolve("policies/keys"))) {
            for (Path key : keys.toList()) {
                files.with("keys/" + key.getFileName(), Files.readString(key));
            }
        }
        StringBuilder issuers = new StringBuilder("issuers:\n");
        for (String block : blocks("yaml", "# issuers.yaml")) {
            issuers.append(block.substring(block.indexOf("issuers:\n") + 9));
        }
        List<String> permits = blocks("cedar", "@id");
        List<String> tests = blocks("yaml", "# tests/");
        assertThat(permits).hasSize(5);
        assertThat(tests).hasSize(1);
        List<String> accounts = blocks("yaml", "# accounts.yaml");
        assertThat(accounts).hasSize(1);
        files.with("issuers.yaml", issuers.toString());
        files.with("trust/page.cedar", String.join("\n", permits));
        files.with("tests/federation.yaml", tests.getFirst());
        files.with("accounts.yaml", accounts.getFirst());
        assertThat(files.problems()).isEmpty();
        assertThat(files.load().issuers()).hasSize(5);
        PolicyTest.Report report =
                new PolicyTests(files.load(), files.catalog(), DecisionPoint.UnboundIds.REFUSE)
                        .run(directory);
        assertThat(report.problems()).isEmpty();
        assertThat(report.cases()).hasSize(4).allMatch(PolicyTest::passed);
    }
}
