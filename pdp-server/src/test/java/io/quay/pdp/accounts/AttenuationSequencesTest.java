package io.quay.pdp.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import io.quay.pdp.identity.Credential;
import io.quay.pdp.identity.EntityRef;
import io.quay.pdp.identity.ServiceAccount;
import io.quay.pdp.policy.TestRepository;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/// No sequence of calls gives an account more than it could do at the start: a delegated
/// administrator makes, changes and uses accounts at random, under random policies, while another
/// administrator widens some of them; the real engine decides what is possible.
class AttenuationSequencesTest {
    private static final int STEPS = 14;
    private static final String PLOTTER = "svc-plotter";
    private static final List<String> ACTIONS =
            List.of("getRepo", "changeTag", "deleteRepository", "getOrganization");
    private static final List<EntityRef> OBJECTS =
            List.of(
                    EntityRef.organization("acme"),
                    EntityRef.organization("payroll"),
                    EntityRef.repository("acme/app"),
                    EntityRef.repository("payroll/batch"));
    private static final List<String> ADMIN_ACTIONS =
            List.of("createServiceAccount", "createCredential", "createGrant", "revoke");
    private static final List<String> GROUPS = List.of("ops", "restricted", "admins");
    private static final List<String> ROLES = List.of("reader", "writer", "keeper");
    private static int accepted;
    private static int refused;

    @TempDir private Path directory;

    /// Somebody that the plotter can be.
    private record Guise(String account, @org.jspecify.annotations.Nullable Credential credential) {
        Caller caller() {
            return Office.caller(account, credential);
        }
    }

    private final List<String> known = new ArrayList<>();

    @SuppressWarnings("NullAway.Init")
    private Office office;

    @SuppressWarnings("NullAway.Init")
    private Random random;

    @RepeatedTest(25)
    void noSequenceOfCallsGivesMoreThanTheCallerHad(RepetitionInfo repetition) {
        long seed = Long.getLong("seed", 20_261_123L + repetition.getCurrentRepetition());
        random = new Random(seed);
        office = new Office(world(), new InMemoryStore());
        Set<String> atFirst = decisionsOf(new Guise(PLOTTER, null));
        List<String> story = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            story.add(attempt(random.nextInt(4) == 0 ? this::widen : this::plot));
            for (Guise guise : guises()) {
                assertThat(decisionsOf(guise))
                        .as("seed %d, as %s, after%n%s", seed, guise, String.join("\n", story))
                        .isSubsetOf(atFirst);
                assertThat(administrationOf(guise))
                        .as("seed %d, as %s, after%n%s", seed, guise, String.join("\n", story))
                        .isSubsetOf(administrationOf(new Guise(PLOTTER, null)));
            }
        }
    }

    @AfterAll
    static void enoughWasAcceptedAndRefused() {
        assertThat(accepted).as("accepted calls").isGreaterThan(40);
        assertThat(refused).as("refused calls").isGreaterThan(40);
    }

    private String attempt(Supplier<String> call) {
        try {
            String done = call.get();
            accepted++;
            return done;
        } catch (RefusedException e) {
            refused++;
            return "refused: " + e.refusal();
        }
    }

    /// A call of the plotter or of somebody whose credential it has.
    private String plot() {
        List<Guise> guises = guises();
        Guise guise = guises.get(random.nextInt(guises.size()));
        Caller caller = guise.caller();
        String account = anyAccount();
        return switch (random.nextInt(7)) {
            case 0 -> create(caller);
            case 1, 2 -> mint(caller, account);
            case 3 -> rotate(caller, account);
            case 4, 5 -> grant(caller, account);
            default -> change(caller, account);
        };
    }

    /// A call of an administrator who holds everything.
    private String widen() {
        Caller boss = Office.caller(Office.BOSS);
        String account = anyAccount();
        return random.nextBoolean() ? grant(boss, account) : change(boss, account);
    }

    private String anyAccount() {
        List<String> names =
                new ArrayList<>(
                        office.directory.stored().stream().map(StoredAccount::name).toList());
        names.sort(null);
        names.add("svc-colleague");
        return names.get(random.nextInt(names.size()));
    }

    private String create(Caller caller) {
        AccountSpec spec = randomSpec("svc-made-" + random.nextInt(1_000));
        office.administration.create(caller, spec, Write.PLAIN);
        return caller.name() + " creates " + spec;
    }

    private AccountSpec randomSpec(String name) {
        Set<String> groups = new HashSet<>();
        GROUPS.stream().filter(_ -> random.nextInt(4) == 0).forEach(groups::add);
        Map<String, String> labels = new HashMap<>();
        if (random.nextInt(3) == 0) {
            labels.put("team", random.nextBoolean() ? "red" : "blue");
        }
        if (random.nextInt(4) == 0) {
            labels.put("frozen", "yes");
        }
        String owner = random.nextInt(4) == 0 ? null : random.nextInt(4) == 0 ? "payroll" : "acme";
        return new AccountSpec(
                name,
                "",
                "",
                owner,
                groups,
                labels,
                random.nextInt(6) != 0,
                random.nextInt(4) == 0 ? Office.NOW.plus(Duration.ofDays(9)) : null,
                false);
    }

    private String mint(Caller caller, String account) {
        NewCredential made =
                office.administration
                        .createCredential(caller, account, Office.secret(), Write.PLAIN)
                        .value();
        known.add(made.credential().id());
        return caller.name() + " mints " + made.credential().id() + " for " + account;
    }

    private String rotate(Caller caller, String account) {
        List<Credential> present =
                office.policies
                        .get()
                        .accounts()
                        .find(account)
                        .map(found -> office.directory.credentialsOf(found.id()))
                        .orElse(List.of());
        if (present.isEmpty()) {
            return "nothing to rotate";
        }
        Credential old = present.get(random.nextInt(present.size()));
        NewCredential made =
                office.administration
                        .rotate(caller, account, old.id(), Duration.ofHours(1), null, Write.PLAIN)
                        .value();
        known.add(made.credential().id());
        return caller.name() + " rotates " + old.id() + " of " + account;
    }

    private String grant(Caller caller, String account) {
        String role = ROLES.get(random.nextInt(ROLES.size()));
        EntityRef object = OBJECTS.get(random.nextInt(OBJECTS.size()));
        office.administration.createGrant(caller, account, Office.grant(role, object), Write.PLAIN);
        return caller.name() + " grants " + role + " on " + object + " to " + account;
    }

    private String change(Caller caller, String account) {
        AccountSpec spec = randomSpec(account);
        office.administration.replace(caller, account, spec, Write.PLAIN);
        return caller.name() + " changes to " + spec;
    }

    /// The plotter itself, and everybody whose credential it knows, as those are now.
    private List<Guise> guises() {
        Set<Guise> guises = new LinkedHashSet<>();
        guises.add(new Guise(PLOTTER, null));
        for (String id : known) {
            office.directory
                    .findCredential(id)
                    .filter(credential -> credential.liveAt(office.clock.instant()))
                    .ifPresent(credential ->
                            office.policies.get().accounts().all().stream()
                                    .filter(account -> account.id().equals(credential.accountId()))
                                    .map(ServiceAccount::name)
                                    .forEach(name -> guises.add(new Guise(name, credential))));
        }
        return List.copyOf(guises);
    }

    private Set<String> decisionsOf(Guise guise) {
        Set<String> allowed = new HashSet<>();
        for (String action : ACTIONS) {
            for (EntityRef object : OBJECTS) {
                if (office.allows(guise.account(), guise.credential(), action, object)) {
                    allowed.add(action + " " + object);
                }
            }
        }
        return allowed;
    }

    private Set<String> administrationOf(Guise guise) {
        List<EntityRef> resources =
                new ArrayList<>(
                        List.of(
                                EntityRef.registry(),
                                EntityRef.organization("acme"),
                                EntityRef.organization("payroll")));
        office.directory.all().forEach(account -> resources.add(account.entity()));
        Set<String> allowed = new HashSet<>();
        for (String action : ADMIN_ACTIONS) {
            for (EntityRef object : resources) {
                if (office.administers(guise.account(), guise.credential(), action, object)) {
                    allowed.add(action + " " + object);
                }
            }
        }
        return allowed;
    }

    private TestRepository world() {
        TestRepository files = TestRepository.quay(directory);
        role(files, "reader", "getRepo", "getOrganization");
        role(files, "writer", "getRepo", "changeTag");
        role(files, "keeper", "getRepo", "changeTag", "deleteRepository");
        files.with("admin/test.cedar", adminPolicies());
        files.with("accounts.yaml", accounts());
        do { // until they are policies that the repository takes
            files.with("access/test.cedar", accessPolicies());
        } while (!files.problems().isEmpty());
        return files;
    }

    private static void role(TestRepository files, String name, String... actions) {
        files.with(
                "roles/" + name + ".cedar",
                "@id(\"%s\") permit (principal in ?principal, action in [%s], resource in ?resource);"
                        .formatted(name, actionList(List.of(actions))));
    }

    private static String actionList(List<String> names) {
        return String.join(
                ", ", names.stream().map(name -> "Quay::Action::\"" + name + "\"").toList());
    }

    private String accessPolicies() {
        List<String> policies = new ArrayList<>();
        for (int i = 0; i < 2 + random.nextInt(5); i++) {
            policies.add("@id(\"a" + i + "\")" + WAIVE + accessPolicy());
        }
        policies.add(
                "@id(\"boss\")"
                        + WAIVE
                        + "permit (principal == Quay::ServiceAccount::\"svc-boss\", action, resource);");
        policies.add(
                "@id(\"owned\") forbid (principal, action, resource) when { principal has owner } unless { resource in principal.owner };");
        return String.join("\n", policies);
    }

    private static final String WAIVE =
            " @waive(\"unconstrained-permit: test; classified-operations: test; superuser-role: test\") ";

    private String accessPolicy() {
        String scope =
                List.of(
                                "principal",
                                "principal in Quay::Group::\"ops\"",
                                "principal in Quay::Group::\"restricted\"",
                                "principal == Quay::ServiceAccount::\"svc-plotter\"",
                                "principal in Quay::Organization::\"acme\"")
                        .get(random.nextInt(5));
        List<String> actions = ACTIONS.stream().filter(_ -> random.nextBoolean()).toList();
        String resource =
                List.of(
                                "resource",
                                "resource in Quay::Organization::\"acme\"",
                                "resource in Quay::Organization::\"payroll\"",
                                "resource in Quay::Repository::\"acme/app\"")
                        .get(random.nextInt(4));
        String condition =
                List.of(
                                "",
                                "",
                                "when { principal.hasTag(\"team\") && principal.getTag(\"team\") == \"red\" }",
                                "unless { principal.hasTag(\"frozen\") }",
                                "when { principal has owner && resource in principal.owner }",
                                "when { principal in Quay::Group::\"ops\" }",
                                "unless { principal in Quay::Group::\"restricted\" }",
                                "when { principal.enabled }")
                        .get(random.nextInt(8));
        return "%s (%s, action in [%s], %s) %s;"
                .formatted(
                        random.nextInt(4) == 0 ? "forbid" : "permit",
                        scope,
                        actionList(actions.isEmpty() ? ACTIONS : actions),
                        resource,
                        condition);
    }

    private String adminPolicies() {
        String actions = "[Pdp::Action::\"observe\", Pdp::Action::\"administer-accounts\"]";
        List<String> policies = new ArrayList<>();
        policies.add(
                "@id(\"boss-admin\")"
                        + WAIVE
                        + "permit (principal == Quay::ServiceAccount::\"svc-boss\", action in "
                        + actions
                        + ", resource);");
        policies.add(
                "@id(\"plotter-admin\") permit (principal == Quay::ServiceAccount::\"svc-plotter\", action in "
                        + actions
                        + ", resource in Quay::Organization::\"acme\");");
        policies.add(
                "@id(\"group-admin\") permit (principal in Quay::Group::\"admins\", action in "
                        + actions
                        + ", resource in Quay::Organization::\""
                        + (random.nextBoolean() ? "acme" : "payroll")
                        + "\");");
        policies.add(
                "@id(\"own\")"
                        + WAIVE
                        + "permit (principal, action == Pdp::Action::\"rotateCredential\", resource is Quay::ServiceAccount) when { principal == resource };");
        return String.join("\n", policies);
    }

    private String accounts() {
        StringBuilder yaml = new StringBuilder("groups:\n");
        GROUPS.forEach(group -> yaml.append("  - name: ").append(group).append('\n'));
        yaml.append("service_accounts:\n  - name: svc-boss\n  - name: svc-colleague\n");
        yaml.append("    owner: ").append(random.nextBoolean() ? "acme" : "null").append('\n');
        yaml.append("  - name: svc-plotter\n");
        if (random.nextBoolean()) {
            yaml.append("    groups: [").append(random.nextBoolean() ? "ops" : "restricted");
            yaml.append("]\n");
        }
        if (random.nextBoolean()) {
            yaml.append("    labels: {team: red}\n");
        }
        yaml.append("    grants:\n");
        yaml.append(
                "      - {role: %s, resource: {type: Quay::Organization, id: acme}}\n"
                        .formatted(ROLES.get(random.nextInt(3))));
        return yaml.toString();
    }
}
