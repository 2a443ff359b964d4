package io.quay.pdp.policy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Finds which commit is checked out in the work tree around a directory, from Git's own files.
final class GitCommit {
    private static final Pattern ID = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
    private static final String REF = "ref: ";

    private GitCommit() {}

    static Optional<String> of(Path directory) {
        try {
            for (Path at = directory.toRealPath(); at != null; at = at.getParent()) {
                Path git = at.resolve(".git");
                if (Files.exists(git)) {
                    return head(Files.isDirectory(git) ? git : linked(at, git));
                }
            }
        } catch (IOException | UncheckedIOException _) {
            // a directory that cannot be read shows up where its policies are read
        }
        return Optional.empty();
    }

    /// A `.git` file of a linked work tree or submodule: `gitdir: PATH`.
    private static Path linked(Path at, Path file) throws IOException {
        return at.resolve(Files.readString(file).strip().replaceFirst("^gitdir: ", ""));
    }

    private static Optional<String> head(Path git) throws IOException {
        String head = Files.readString(git.resolve("HEAD")).strip();
        if (!head.startsWith(REF)) {
            return Optional.of(head).filter(id -> ID.matcher(id).matches());
        }
        String ref = head.substring(REF.length());
        Path commonFile = git.resolve("commondir");
        Path common =
                Files.exists(commonFile) ? git.resolve(Files.readString(commonFile).strip()) : git;
        if (Files.exists(common.resolve(ref))) {
            return Optional.of(Files.readString(common.resolve(ref)).strip())
                    .filter(id -> ID.matcher(id).matches());
        }
        Path packed = common.resolve("packed-refs");
        if (!Files.exists(packed)) {
            return Optional.empty();
        }
        try (Stream<String> lines = Files.lines(packed)) {
            return lines.filter(line -> line.endsWith(" " + ref))
                    .map(line -> line.substring(0, line.indexOf(' ')))
                    .findFirst();
        }
    }
}
