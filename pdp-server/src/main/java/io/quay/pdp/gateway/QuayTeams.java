package io.quay.pdp.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Our team in each organization of Quay, by a superuser's credential. Safe for use by any number
/// of threads.
final class QuayTeams {
    private static final String ORGANIZATIONS = "/api/v1/organization/";
    private static final String LEAST = "member";

    /// Quay did not do, or not say, what was asked of it.
    static final class FailedException extends Exception {
        @java.io.Serial private static final long serialVersionUID = 1L;

        FailedException(String message) {
            super(message, null, false, false);
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }

    /// An organization that exists.
    ///
    /// @param team the team of our name there; null = none
    record Found(@Nullable JsonNode team) {}

    private final QuayApi api;
    private final CredentialFile superuser;
    private final String name;
    private final String role;

    /// @param name of the team
    /// @param role Quay's, of the team
    QuayTeams(QuayApi api, CredentialFile superuser, String name, String role) {
        this.api = api;
        this.superuser = superuser;
        this.name = name;
        this.role = role;
    }

    String name() {
        return name;
    }

    /// Whether the account itself administers the organization: then it needs no team.
    boolean administers(String organization, String authorization) throws FailedException {
        return switch (api.get(organizationPath(organization), authorization)) {
            case QuayAnswer.Ok(int _, JsonNode body) -> body.path("is_admin").asBoolean();
            case QuayAnswer.Refused _ -> false;
            case QuayAnswer.Missing(String message) -> throw failed(organization, message);
        };
    }

    /// Empty when there is no such organization.
    Optional<Found> find(String organization) throws FailedException {
        return switch (ask("GET", organizationPath(organization), null)) {
            case QuayAnswer.Ok(int _, JsonNode body) -> {
                if (!body.has("teams")) {
                    throw failed(organization, "Quay does not show its teams to our credential");
                }
                yield Optional.of(new Found(body.path("teams").get(name)));
            }
            case QuayAnswer.Refused(int status, String message) -> {
                if (status == 404) {
                    yield Optional.empty();
                }
                throw failed(organization, message);
            }
            case QuayAnswer.Missing(String message) -> throw failed(organization, message);
        };
    }

    /// Makes the team, without rights and without our marker: Quay changes a team that is there
    /// already in the same way, and so somebody's keeps its description and gets no rights by us.
    ///
    /// @return whether it was made; false when it was there
    boolean make(String organization) throws FailedException {
        return put(organization, QuayApi.object().put("role", LEAST))
                .path("new_team")
                .asBoolean(false);
    }

    /// Gives the team that was made its rights and its marker.
    ///
    /// @param marker by which the team is known again
    void mark(String organization, String marker) throws FailedException {
        ObjectNode body =
                QuayApi.object()
                        .put("role", role)
                        .put(
                                "description",
                                "Service accounts whom the decision point lets act here. Members"
                                        + " who are taken out stay out. ("
                                        + marker
                                        + ")");
        var _ = put(organization, body);
    }

    private JsonNode put(String organization, ObjectNode body) throws FailedException {
        return switch (ask("PUT", teamPath(organization), body)) {
            case QuayAnswer.Ok(int _, JsonNode team) -> team;
            case QuayAnswer.Refused(int _, String message) -> throw failed(organization, message);
            case QuayAnswer.Missing(String message) -> throw failed(organization, message);
        };
    }

    boolean holds(String organization, String account) throws FailedException {
        return switch (ask("GET", teamPath(organization) + "/members", null)) {
            case QuayAnswer.Ok(int _, JsonNode body) -> {
                for (JsonNode member : body.path("members")) {
                    if (member.path("name").asText("").equals(account)
                            && !member.path("invited").asBoolean()) {
                        yield true;
                    }
                }
                yield false;
            }
            case QuayAnswer.Refused(int _, String message) -> throw failed(organization, message);
            case QuayAnswer.Missing(String message) -> throw failed(organization, message);
        };
    }

    void add(String organization, String account) throws FailedException {
        switch (ask("PUT", memberPath(organization, account), QuayApi.object())) {
            case QuayAnswer.Ok(int _, JsonNode member) -> {
                if (member.path("invited").asBoolean()) {
                    throw failed(organization, "Quay only invited the account");
                }
            }
            case QuayAnswer.Refused(int _, String message) -> throw failed(organization, message);
            case QuayAnswer.Missing(String message) -> throw failed(organization, message);
        }
    }

    /// Takes an account out of our team.
    ///
    /// @param marker by which the team is known
    /// @return whether it was there; false also when the team is gone or not ours
    boolean takeOut(String organization, String account, String marker) throws FailedException {
        Optional<Found> found = find(organization);
        JsonNode team = found.isEmpty() ? null : found.get().team();
        if (team == null
                || !team.path("description").asText("").contains(marker)
                || !holds(organization, account)) {
            return false;
        }
        return switch (ask("DELETE", memberPath(organization, account), null)) {
            case QuayAnswer.Ok _ -> true;
            case QuayAnswer.Refused(int status, String message) -> {
                if (status != 404) {
                    throw failed(organization, message);
                }
                yield false;
            }
            case QuayAnswer.Missing(String message) -> throw failed(organization, message);
        };
    }

    /// Whether an account's user is enabled. One that is gone is not.
    boolean enabled(String account) throws FailedException {
        return switch (ask("GET", userPath(account), null)) {
            case QuayAnswer.Ok(int _, JsonNode user) -> {
                if (!user.path("enabled").isBoolean()) {
                    throw failed(account, "Quay does not say whether the user is enabled");
                }
                yield user.path("enabled").asBoolean();
            }
            case QuayAnswer.Refused(int status, String message) -> {
                if (status != 404) {
                    throw failed(account, message);
                }
                yield false;
            }
            case QuayAnswer.Missing(String message) -> throw failed(account, message);
        };
    }

    /// Disables or enables an account's user. One that is gone is as good.
    void enable(String account, boolean enabled) throws FailedException {
        switch (ask("PUT", userPath(account), QuayApi.object().put("enabled", enabled))) {
            case QuayAnswer.Ok _ -> {}
            case QuayAnswer.Refused(int status, String message) -> {
                if (status != 404) {
                    throw failed(account, message);
                }
            }
            case QuayAnswer.Missing(String message) -> throw failed(account, message);
        }
    }

    private QuayAnswer ask(String method, String path, @Nullable ObjectNode body)
            throws FailedException {
        try {
            return api.ask(method, path, superuser.get().authorization(), body);
        } catch (CredentialFile.UnusableException e) {
            throw new FailedException(String.valueOf(e.getMessage()));
        }
    }

    private static String userPath(String account) {
        return "/api/v1/superuser/users/" + QuayApi.segment(account);
    }

    private static String organizationPath(String organization) throws FailedException {
        try {
            return ORGANIZATIONS + QuayApi.segment(organization);
        } catch (IllegalArgumentException _) {
            throw new FailedException("the name of the organization cannot be put into a path");
        }
    }

    private String teamPath(String organization) throws FailedException {
        return organizationPath(organization) + "/team/" + name;
    }

    private String memberPath(String organization, String account) throws FailedException {
        return teamPath(organization) + "/members/" + QuayApi.segment(account);
    }

    private static FailedException failed(String about, String message) {
        return new FailedException(
                "our superuser credential could not be used for `" + about + "`: " + message);
    }
}
