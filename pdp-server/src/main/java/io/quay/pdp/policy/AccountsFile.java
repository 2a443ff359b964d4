package io.quay.pdp.policy;

import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.Grant;
import io.quay.pdp.identity.Group;
import io.quay.pdp.identity.ServiceAccount;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads `accounts.yaml`: the service accounts and groups that are declared in Git.
final class AccountsFile {
    static final String NAME = "accounts.yaml";

    private final List<Problem> problems;
    private final Map<String, ServiceAccount> accounts = new LinkedHashMap<>();
    private final Map<String, Group> groups = new LinkedHashMap<>();

    AccountsFile(List<Problem> problems) {
        this.problems = problems;
    }

    DeclaredAccounts read(String text) {
        try {
            YamlObject root = YamlObject.root(NAME, "accounts", text, problems);
            root.objects("groups").forEach(this::readGroup);
            root.objects("service_accounts").forEach(this::readAccount);
            root.refuseUnknownKeys();
            for (YamlObject account : root.objects("service_accounts")) {
                refuseUnknownGroups(account);
            }
            for (YamlObject group : root.objects("groups")) {
                refuseUnknownGroups(group);
                refuseCycle(group);
            }
        } catch (YamlDocument.ProblemException e) {
            problems.add(e.problem());
        }
        return new DeclaredAccounts(accounts, groups);
    }

    private void readGroup(YamlObject group) {
        Optional<String> name = group.text("name");
        Set<String> parents = new HashSet<>(group.texts("groups"));
        group.optionalText("description");
        List<Grant> grants = readGrants(group, name.orElse(""), "group");
        group.refuseUnknownKeys();
        name.ifPresent(known -> {
            if (groups.put(known, new Group(known, parents, grants)) != null) {
                group.problem("group `" + known + "` is declared twice", null);
            }
        });
    }

    private void readAccount(YamlObject account) {
        Optional<String> name = account.text("name");
        String description = account.optionalText("description").orElse("");
        account.optionalText("display_name");
        String owner = account.optionalText("owner").orElse(null);
        Set<String> memberships = new HashSet<>(account.texts("groups"));
        Map<String, String> labels = account.textMap("labels");
        boolean enabled = account.flag("enabled", true);
        var createdAt = account.moment("created_at");
        var expiresAt = account.moment("expires_at");
        List<Grant> grants = readGrants(account, name.orElse(""), "account");
        String id = account.optionalText("id").orElse("git:" + name.orElse(""));
        account.refuseUnknownKeys();
        if (name.isEmpty()) {
            return;
        }
        String known = name.get();
        if (!ServiceAccount.NAME.matcher(known).matches()) {
            account.problemAt(
                    "name",
                    "`" + known + "` is no service account's name",
                    "names match " + ServiceAccount.NAME.pattern());
            return;
        }
        ServiceAccount read =
                new ServiceAccount(
                        id,
                        known,
                        description,
                        owner,
                        memberships,
                        labels,
                        enabled,
                        createdAt,
                        expiresAt,
                        grants);
        if (accounts.put(known, read) != null) {
            account.problem("service account `" + known + "` is declared twice", null);
        }
    }

    private static List<Grant> readGrants(YamlObject holder, String name, String what) {
        List<Grant> grants = new ArrayList<>();
        for (YamlObject grant : holder.objects("grants")) {
            Optional<String> role = grant.text("role");
            Optional<YamlObject> resource = grant.object("resource");
            if (resource.isEmpty()) {
                grant.problem(
                        "`resource` is missing",
                        "for example {type: Quay::Organization, id: acme}");
            }
            Optional<String> type = resource.flatMap(object -> object.text("type"));
            Optional<String> id = resource.flatMap(object -> object.text("id"));
            resource.ifPresent(YamlObject::refuseUnknownKeys);
            var expiresAt = grant.moment("expires_at");
            String grantId =
                    grant.optionalText("id")
                            .orElse("git:" + what + ":" + name + ":" + grants.size());
            grant.refuseUnknownKeys();
            if (role.isPresent() && type.isPresent() && id.isPresent()) {
                grants.add(
                        new Grant(
                                grantId,
                                role.get(),
                                new EntityRef(type.get(), id.get()),
                                expiresAt));
            }
        }
        return grants;
    }

    private void refuseUnknownGroups(YamlObject member) {
        for (String group : member.texts("groups")) {
            if (!groups.containsKey(group)) {
                member.problemAt(
                        "groups", "group `" + group + "` is not declared", "add it under `groups`");
            }
        }
    }

    private void refuseCycle(YamlObject group) {
        String name = group.optionalText("name").orElse("");
        Set<String> above = new HashSet<>();
        collectAbove(name, above);
        if (above.contains(name)) {
            group.problem("group `" + name + "` is a member of itself", null);
        }
    }

    private void collectAbove(String name, Set<String> above) {
        Group group = groups.get(name);
        if (group != null) {
            group.groups().stream()
                    .filter(above::add)
                    .forEach(parent -> collectAbove(parent, above));
        }
    }
}
