package io.quay.pdp.cedar;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The native cache of policy sets is finite and freed by the garbage collector alone.
class ManySetsTest {
    private static String run(List<String> options, String count)
            throws IOException, InterruptedException {
        List<String> command = new java.util.ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(
                List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        "--enable-native-access=ALL-UNNAMED",
                        ManySetsProcess.class.getName(),
                        count));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return "exit " + process.waitFor() + "\n" + output;
    }

    @Test
    void thousandsOfReloads_doNotFillTheNativeCache() throws IOException, InterruptedException {
        assertThat(run(List.of("-Xmx96m"), "2500")).startsWith("exit 0").contains("compiled 2500");
    }

    @ParameterizedTest
    @CsvSource({"5, 40"})
    void fullCache_isReportedAndNotSilent(String limit, String count)
            throws IOException, InterruptedException {
        assertThat(run(List.of("-Dcedar.cache.maxPolicySets=" + limit), count))
                .startsWith("exit 1")
                .contains("CedarException");
    }
}
