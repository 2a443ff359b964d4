package io.quay.pdp.federation;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A GitHub Actions `sub` of the default template, in either of its formats: with names alone
/// (`repo:acme/app:ref:refs/heads/main`), or with the ids that repositories have had in it since
/// July 2026 (`repo:acme@123/app@456:ref:refs/heads/main`). Immutable.
///
/// @param ownerId null = the format with names alone, as is `repositoryId` then
/// @param context what follows the repository; `:` within a value is written `%3A`
public record GitHubSubject(
        String owner,
        @Nullable String ownerId,
        String repository,
        @Nullable String repositoryId,
        String context) {
    private static final Pattern NAMES =
            Pattern.compile("repo:([A-Za-z0-9_-]+)/([A-Za-z0-9._-]+):([^\\p{Cntrl}]+)");
    private static final Pattern IDS =
            Pattern.compile(
                    "repo:([A-Za-z0-9_-]+)@([0-9]+)/([A-Za-z0-9._-]+)@([0-9]+):([^\\p{Cntrl}]+)");

    /// Empty when it is neither format: the template can be customised, even without the
    /// repository.
    public static Optional<GitHubSubject> parse(String subject) {
        Matcher ids = IDS.matcher(subject);
        if (ids.matches()) {
            return Optional.of(
                    new GitHubSubject(
                            ids.group(1), ids.group(2), ids.group(3), ids.group(4), ids.group(5)));
        }
        Matcher names = NAMES.matcher(subject);
        return names.matches()
                ? Optional.of(
                        new GitHubSubject(
                                names.group(1), null, names.group(2), null, names.group(3)))
                : Optional.empty();
    }

    /// Whether tokens of pull requests have it; not those of an environment of this name.
    public boolean isPullRequest() {
        return context.equals("pull_request") || context.startsWith("pull_request:");
    }

    /// Whether it says which repository it is for ever, not only what it is called now.
    public boolean immutable() {
        return ownerId != null && repositoryId != null;
    }
}
