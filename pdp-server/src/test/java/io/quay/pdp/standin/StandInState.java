package io.quay.pdp.standin;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// What the stand-in keeps. Guarded by the stand-in's lock.
final class StandInState {
    static final class User {
        final Map<String, String> logins = new LinkedHashMap<>();
        String name;
        boolean enabled = true;

        User(String name) {
            this.name = name;
        }
    }

    static final class Team {
        final Set<String> members = new LinkedHashSet<>();
        String role;
        String description;

        Team(String role, String description) {
            this.role = role;
            this.description = description;
        }
    }

    static final class Organization {
        final Map<String, Team> teams = new LinkedHashMap<>();
        final Map<String, String> robots = new LinkedHashMap<>();

        /// Client ids of applications.
        final Set<String> applications = new LinkedHashSet<>();
    }

    static final class Repository {
        /// Roles by `team/…` and `user/…`.
        final Map<String, String> roles = new LinkedHashMap<>();

        final Set<String> tags = new LinkedHashSet<>();
        String description = "";
        String visibility;

        Repository(String visibility) {
            this.visibility = visibility;
        }
    }

    /// @param application its client id
    record OauthToken(
            String uuid,
            String name,
            String user,
            String scope,
            Instant until,
            String application) {}

    record LogEntry(String kind, String performer, String organization, String about) {}

    final Clock clock;
    final Set<String> superusers;
    final List<User> users = new ArrayList<>();
    final Map<String, Organization> organizations = new LinkedHashMap<>();
    final Map<String, Repository> repositories = new LinkedHashMap<>();

    /// By the token itself.
    final Map<String, OauthToken> tokens = new LinkedHashMap<>();

    /// Names of organizations that are gone: Quay keeps them until it has collected what was
    /// theirs.
    final Set<String> gone = new LinkedHashSet<>();

    /// Logins of users that it shows instead of those that it knows.
    final Map<String, Map<String, String>> shown = new LinkedHashMap<>();

    /// Teams, as `acme/pdp`, that somebody makes just before the next one of that name.
    final Map<String, Team> meanwhile = new LinkedHashMap<>();

    final List<LogEntry> log = new ArrayList<>();
    boolean userCreation = true;

    StandInState(Clock clock, Set<String> superusers) {
        this.clock = clock;
        this.superusers = superusers;
    }

    User find(String name) {
        return users.stream().filter(user -> user.name.equals(name)).findFirst().orElse(null);
    }

    /// The user of a login; made at its first use.
    ///
    /// @throws StandInRefusal when users are not made
    User byLogin(String service, String subject, String wish) {
        for (User user : users) {
            if (subject.equals(user.logins.get(service))) {
                return user;
            }
        }
        if (!userCreation) {
            throw new StandInRefusal(401, "User creation is disabled");
        }
        String base =
                wish.split("@", 2)[0]
                        .toLowerCase(java.util.Locale.ROOT)
                        .replaceAll("[^a-z0-9_-]", "_");
        String name = base;
        for (int suffix = 0; find(name) != null || organizations.containsKey(name); suffix++) {
            name = base + suffix;
        }
        User user = new User(name);
        user.logins.put(service, subject);
        users.add(user);
        return user;
    }

    Organization organization(String name) {
        Organization found = organizations.get(name);
        if (found == null) {
            throw new StandInRefusal(404, "Not Found");
        }
        return found;
    }

    /// An image as somebody pushed it, in an organization that somebody has.
    void push(String owner, String repository, String tag) {
        Organization organization =
                organizations.computeIfAbsent(
                        repository.substring(0, repository.indexOf('/')), _ -> new Organization());
        organization.teams.computeIfAbsent("owners", _ -> new Team("admin", "")).members.add(owner);
        repositories.computeIfAbsent(repository, _ -> new Repository("private")).tags.add(tag);
    }

    String issue(String user, String name, String scope, long seconds, String application) {
        String token = UUID.randomUUID().toString().replace("-", "") + "QUAY";
        tokens.put(
                token,
                new OauthToken(
                        UUID.randomUUID().toString(),
                        name,
                        user,
                        scope,
                        clock.instant().plusSeconds(seconds),
                        application));
        return token;
    }

    void record(String kind, String performer, String organization, String about) {
        log.add(new LogEntry(kind, performer, organization, about));
    }
}
