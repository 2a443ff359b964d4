package io.quay.pdp;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rooms and who may know whom.
class ArchitectureTest {
    private static final String BASE = "io.quay.pdp";
    private static final JavaClasses MAIN =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages(BASE);
    private static final String JACKSON = "com.fasterxml.jackson..";
    private static final String SLF4J = "org.slf4j..";

    private static String room(String name) {
        return name.equals("root") ? BASE : BASE + "." + name + "..";
    }

    /// What a room may depend on beside itself and the JDK.
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    identity   |
                    ops        |
                    config     | identity, JACKSON
                    quay       | identity, JACKSON, com.github.benmanes.caffeine..
                    decision   | identity, quay
                    accounts   | identity, decision, federation, policy, audit, quay, SLF4J
                    token      | identity, decision, federation, audit, accounts, ops, SLF4J, com.github.benmanes.caffeine..
                    federation | identity, decision, audit, SLF4J
                    audit      | identity, decision, SLF4J
                    policy     | decision, federation, quay, identity, JACKSON, SLF4J, com.github.benmanes.caffeine..
                    cedar      | policy, decision, identity, JACKSON, SLF4J, com.cedarpolicy.., com.google.common..
                    jose       | federation, token, accounts, audit, identity, JACKSON, SLF4J, com.nimbusds.., org.apache.hc.., com.fasterxml.jackson.core.., com.github.benmanes.caffeine..
                    store      | accounts, token, federation, audit, decision, identity, ops, JACKSON, SLF4J, org.flywaydb.., org.sqlite..
                    gateway    | http, token, accounts, audit, decision, federation, identity, ops, policy, quay, JACKSON, SLF4J, org.eclipse.jetty.., com.github.benmanes.caffeine..
                    http       | accounts, token, audit, decision, federation, identity, ops, policy, quay, JACKSON, SLF4J, io.javalin.., jakarta.servlet.., org.eclipse.jetty.., kotlin..
                    """)
    void roomKnowsOnlyItsNeighbours(
            String room, @org.jspecify.annotations.Nullable String neighbours) {
        List<String> allowed =
                new ArrayList<>(List.of(room(room), "java..", "javax..", "org.jspecify.."));
        for (String neighbour : neighbours == null ? new String[0] : neighbours.split(",\\s*")) {
            allowed.add(
                    switch (neighbour) {
                        case "JACKSON" -> JACKSON;
                        case "SLF4J" -> SLF4J;
                        default -> neighbour.contains("..") ? neighbour : room(neighbour);
                    });
        }
        classes()
                .that()
                .resideInAPackage(room(room))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed.toArray(String[]::new))
                .check(MAIN);
    }

    /// Libraries and packages that one room alone keeps to itself.
    @ParameterizedTest(name = "{1} only in {0}")
    @CsvSource({
        "cedar, com.cedarpolicy..",
        "cedar, com.google.common..",
        "jose, com.nimbusds..",
        "jose, org.apache.hc..",
        "store, java.sql..",
        "store, org.flywaydb..",
        "store, org.sqlite..",
        "http, io.javalin..",
        "cli, picocli..",
    })
    void libraryIsKnownToOneRoom(String owner, String library) {
        noClasses()
                .that()
                .resideOutsideOfPackage(room(owner))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(MAIN);
    }

    @Test
    void configIsKnownToRootAndCommandLineOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages(BASE, room("cli"), room("config"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(room("config"))
                .check(MAIN);
    }

    @Test
    void nobodyKnowsTheRoot() {
        noClasses()
                .that()
                .resideOutsideOfPackage(BASE)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(BASE)
                .check(MAIN);
    }

    @Test
    void roomsFormNoCycle() {
        slices().matching(BASE + ".(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void namesSayWhatAClassIs() {
        noClasses()
                .should(
                        com.tngtech.archunit.lang.conditions.ArchConditions.be(
                                new DescribedPredicate<JavaClass>("named for nothing") {
                                    @Override
                                    public boolean test(JavaClass type) {
                                        return Stream.of(
                                                        "Manager", "Helper", "Util", "Utils",
                                                        "Impl", "Service", "Dto", "DTO")
                                                .anyMatch(type.getSimpleName()::endsWith);
                                    }
                                }))
                .check(MAIN);
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<String> bare = new TreeSet<>();
        for (JavaClass type : MAIN) {
            if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                bare.add(type.getPackageName());
            }
        }
        assertThat(bare).isEmpty();
    }

    @Test
    void onlyTheCommandLinePrints() {
        noClasses()
                .that()
                .resideOutsideOfPackage(room("cli"))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(MAIN);
    }

    @Test
    void nobodySleeps() {
        noClasses()
                .should()
                .callMethodWhere(
                        DescribedPredicate.describe(
                                "Thread.sleep",
                                call ->
                                        call.getTarget().getOwner().isEquivalentTo(Thread.class)
                                                && call.getTarget().getName().equals("sleep")))
                .check(new ClassFileImporter().importPackages(BASE));
    }

    @Test
    void everyRoomIsOfTheMap() {
        Set<String> rooms = new TreeSet<>();
        for (JavaClass type : MAIN) {
            String rest = type.getPackageName().substring(BASE.length());
            rooms.add(rest.isEmpty() ? "root" : Arrays.asList(rest.split("\\.")).get(1));
        }
        assertThat(rooms)
                .containsExactlyInAnyOrder(
                        "root",
                        "accounts",
                        "audit",
                        "cedar",
                        "cli",
                        "config",
                        "decision",
                        "federation",
                        "gateway",
                        "http",
                        "identity",
                        "jose",
                        "ops",
                        "policy",
                        "quay",
                        "store",
                        "token");
    }
}
