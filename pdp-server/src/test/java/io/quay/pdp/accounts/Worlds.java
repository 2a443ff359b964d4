package io.quay.pdp.accounts;

import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.util.List;

/// Policies of tests about administration: `svc-boss` administers everything and holds everything,
/// `svc-acme` administers organization acme and holds the role `writer` there.
public final class Worlds {
    public static final String WAIVE =
            " @waive(\"unconstrained-permit: test; classified-operations: test; superuser-role: test\") ";

    private Worlds() {}

    public static TestRepository acme(Path directory) {
        TestRepository files = TestRepository.quay(directory);
        role(files, "reader", "getRepo", "getOrganization");
        role(files, "writer", "getRepo", "changeTag", "getOrganization");
        role(files, "keeper", "getRepo", "changeTag", "deleteRepository");
        files.with(
                "access/test.cedar",
                """
                @id("boss") %1$s permit (principal == Quay::ServiceAccount::"svc-boss", action, resource);
                @id("red") permit (principal, action == Quay::Action::"deleteRepository", resource in Quay::Organization::"acme")
                  when { principal.hasTag("team") && principal.getTag("team") == "red" };
                @id("not-restricted") forbid (principal in Quay::Group::"restricted", action == Quay::Action::"deleteRepository", resource);
                @id("payroll-group") permit (principal in Quay::Group::"payroll-readers", action == Quay::Action::"getRepo", resource in Quay::Organization::"payroll");
                @id("mentioned") permit (principal == Quay::ServiceAccount::"svc-mentioned", action == Quay::Action::"getRepo", resource in Quay::Organization::"payroll");
                """
                        .formatted(WAIVE));
        files.with(
                "admin/test.cedar",
                """
                @id("boss-admin") %1$s permit (principal == Quay::ServiceAccount::"svc-boss", action in [Pdp::Action::"observe", Pdp::Action::"administer-accounts"], resource);
                @id("acme-admin") permit (principal == Quay::ServiceAccount::"svc-acme", action in [Pdp::Action::"observe", Pdp::Action::"administer-accounts"], resource in Quay::Organization::"acme");
                @id("own") %1$s permit (principal, action in [Pdp::Action::"readServiceAccount", Pdp::Action::"readCredential", Pdp::Action::"rotateCredential"], resource is Quay::ServiceAccount) when { principal == resource };
                """
                        .formatted(WAIVE));
        files.with(
                "accounts.yaml",
                """
                groups:
                  - name: restricted
                  - name: payroll-readers
                service_accounts:
                  - name: svc-boss
                  - name: svc-acme
                    grants: [{role: writer, resource: {type: Quay::Organization, id: acme}}]
                  - name: svc-in-git
                """);
        return files;
    }

    static void role(TestRepository files, String name, String... actions) {
        files.with(
                "roles/" + name + ".cedar",
                "@id(\"%s\") permit (principal in ?principal, action in [%s], resource in ?resource);"
                        .formatted(name, actionList(List.of(actions))));
    }

    static String actionList(List<String> names) {
        return String.join(
                ", ", names.stream().map(name -> "Quay::Action::\"" + name + "\"").toList());
    }
}
