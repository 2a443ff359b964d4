package io.quay.pdp.federation;

import java.util.Set;

/// What started a job, as its platform calls it.
///
/// Strangers start jobs, too: by pull and merge requests, which run what they wrote, and at GitHub
/// by events that run the default branch's workflow on what they did or wrote
/// (`pull_request_target`, `workflow_run`, `issue_comment`, `discussion`, `fork`, …), with that
/// branch's `ref` and `sub`. Both platforms add events, so the harmless ones are listed.
final class Triggers {
    private static final Set<String> GITHUB =
            Set.of(
                    "push",
                    "schedule",
                    "workflow_dispatch",
                    "repository_dispatch",
                    "release",
                    "create",
                    "deployment");

    /// Not `parent_pipeline`: the parent can be a merge request's.
    private static final Set<String> GITLAB =
            Set.of("push", "web", "webide", "schedule", "api", "trigger", "pipeline");

    private Triggers() {}

    /// Whether only who may write to the repository starts such a job.
    ///
    /// @param event GitHub's `event_name`, GitLab's `pipeline_source`
    static boolean needWriters(IssuerKind kind, String event) {
        return switch (kind) {
            case GITHUB_ACTIONS -> GITHUB.contains(event);
            case GITLAB -> GITLAB.contains(event);
            case KUBERNETES, SPIFFE, OIDC -> true;
        };
    }
}
