package io.quay.pdp.policy;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files of a policy directory, read once: what is loaded is what was hashed. Immutable.
///
/// Names that start with a dot are left out: Git's folder, and the versions that Kubernetes and
/// git-sync keep behind their links.
final class RepositoryFiles {
    static final List<String> POLICY_FOLDERS = List.of("access", "admin", "roles", "trust");
    private static final Set<String> DOCUMENTS =
            Set.of(AccountsFile.NAME, IssuersFile.NAME, EntitiesFile.NAME);
    private static final Pattern MISSPELT =
            Pattern.compile("(?i)(account|issuer|entit(y|ie))s?\\.(ya?ml|json)");
    private static final int MAX_DEPTH = 6;
    private static final long MAX_SIZE = 4 * 1024 * 1024;

    private final Path directory;
    private final Map<String, String> contents = new TreeMap<>();
    private final List<Problem> problems = new ArrayList<>();

    private RepositoryFiles(Path directory) {
        this.directory = directory;
    }

    static RepositoryFiles read(Path directory) {
        RepositoryFiles files = new RepositoryFiles(directory);
        if (Files.isDirectory(directory)) {
            files.visible().forEach(files::readOne);
        } else {
            files.problems.add(
                    new Problem(
                            "files",
                            directory.toString(),
                            0,
                            0,
                            "there is no such policy directory",
                            "pass --policies DIR"));
        }
        return files;
    }

    private List<Path> visible() {
        try (Stream<Path> walk = Files.walk(directory, MAX_DEPTH, FileVisitOption.FOLLOW_LINKS)) {
            return walk.filter(path -> !path.equals(directory))
                    .filter(path -> isVisible(directory.relativize(path)))
                    .sorted()
                    .filter(this::isReadable)
                    .toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            problems.add(
                    new Problem(
                            "files",
                            directory.toString(),
                            0,
                            0,
                            "the policy directory cannot be read: " + e.getMessage(),
                            null));
            return List.of();
        }
    }

    /// What would be passed over in silence is a problem: a policy that is not there forbids
    /// nothing.
    private boolean isReadable(Path path) {
        if (Files.isRegularFile(path)) {
            return true;
        }
        Path relative = directory.relativize(path);
        if (!Files.isDirectory(path)) {
            problems.add(
                    new Problem(
                            "files",
                            relative.toString(),
                            0,
                            0,
                            "this is no file, or a link that leads nowhere",
                            null));
        } else if (relative.getNameCount() >= MAX_DEPTH
                && POLICY_FOLDERS.contains(relative.getName(0).toString())) {
            problems.add(
                    new Problem(
                            "files",
                            relative.toString(),
                            0,
                            0,
                            "folders are nested too deep, what is in this one would not be read",
                            "at most " + (MAX_DEPTH - 1) + " folders"));
        }
        return false;
    }

    private static boolean isVisible(Path relative) {
        for (Path part : relative) {
            if (part.toString().startsWith(".")) {
                return false;
            }
        }
        return true;
    }

    private void readOne(Path path) {
        String name = directory.relativize(path).toString().replace('\\', '/');
        String folder = name.contains("/") ? name.substring(0, name.indexOf('/')) : "";
        boolean cedar = name.toLowerCase(Locale.ROOT).endsWith(".cedar");
        if (cedar && !POLICY_FOLDERS.contains(folder)) {
            problems.add(
                    new Problem(
                            "files",
                            name,
                            0,
                            0,
                            "this policy file is in no policy folder and would not count",
                            "move it into one of " + String.join(", ", POLICY_FOLDERS)));
        } else if (!DOCUMENTS.contains(name) && MISSPELT.matcher(name).matches()) {
            problems.add(
                    new Problem(
                            "files",
                            name,
                            0,
                            0,
                            "this file would not be read",
                            "known are accounts.yaml, issuers.yaml, entities.json"));
        } else if (cedar || DOCUMENTS.contains(name)) {
            readContent(path, name);
        }
    }

    private void readContent(Path path, String name) {
        try {
            if (Files.size(path) > MAX_SIZE) {
                problems.add(
                        new Problem(
                                "files", name, 0, 0, "this file is larger than 4 MiB", "split it"));
                return;
            }
            String content = Files.readString(path);
            contents.put(name, content.startsWith("\uFEFF") ? content.substring(1) : content);
        } catch (CharacterCodingException _) {
            problems.add(new Problem("files", name, 0, 0, "this file is not UTF-8", null));
        } catch (NoSuchFileException _) {
            problems.add(
                    new Problem(
                            "files", name, 0, 0, "this file went away while it was read", null));
        } catch (IOException e) {
            problems.add(
                    new Problem(
                            "files",
                            name,
                            0,
                            0,
                            "this file cannot be read: " + e.getMessage(),
                            null));
        }
    }

    Path directory() {
        return directory;
    }

    List<Problem> problems() {
        return problems;
    }

    Optional<String> document(String name) {
        return Optional.ofNullable(contents.get(name));
    }

    /// Policy files by name, in order.
    Map<String, String> policies() {
        Map<String, String> found = new TreeMap<>(contents);
        found.keySet().removeIf(DOCUMENTS::contains);
        return found;
    }

    String hash() {
        ContentHash hash = new ContentHash();
        contents.forEach(hash::add);
        return hash.hex();
    }
}
