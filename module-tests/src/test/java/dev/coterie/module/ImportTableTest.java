// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.module;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import dev.coterie.CachePart;
import dev.coterie.CacheType;
import dev.coterie.CoterieException;
import dev.coterie.DeviceMemory;
import dev.coterie.MemoryPlan;
import dev.coterie.RepackCache;
import dev.coterie.UnsupportedModelException;
import java.io.Writer;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The table of who may import whom, in {@code DESIGN.md}, and calls that no module makes. */
class ImportTableTest {
  private static final JavaClasses OURS = new ClassFileImporter().importPackages("dev.coterie");

  private static final DescribedPredicate<JavaClass> JDK =
      resideInAnyPackage("java..", "javax.crypto..", "javax.net..");
  private static final DescribedPredicate<JavaClass> JSPECIFY =
      resideInAPackage("org.jspecify.annotations");
  private static final DescribedPredicate<JavaClass> SLF4J = resideInAPackage("org.slf4j");
  private static final DescribedPredicate<JavaClass> JACKSON =
      resideInAPackage("com.fasterxml.jackson.core..");
  private static final DescribedPredicate<JavaClass> API = resideInAPackage("dev.coterie");
  private static final DescribedPredicate<JavaClass> SPI = resideInAPackage("dev.coterie.spi");
  private static final DescribedPredicate<JavaClass> ENGINE =
      resideInAPackage("dev.coterie.engine..");
  private static final DescribedPredicate<JavaClass> FOREIGN =
      resideInAPackage("dev.coterie.foreign..");
  private static final DescribedPredicate<JavaClass> RUNTIME_CPU =
      resideInAPackage("dev.coterie.runtime.cpu..");
  private static final DescribedPredicate<JavaClass> CLI = resideInAPackage("dev.coterie.cli..");
  private static final DescribedPredicate<JavaClass> SHIPPED =
      resideInAPackage("dev.coterie..")
          .and(not(resideInAnyPackage("dev.coterie.testkit..", "dev.coterie.module..")));

  /** What the interfaces of the SPI mention of the API. */
  private static final DescribedPredicate<JavaClass> MENTIONED_BY_SPI =
      belongToAnyOf(
          CacheType.class,
          CachePart.class,
          CoterieException.class,
          DeviceMemory.class,
          MemoryPlan.class,
          RepackCache.class,
          UnsupportedModelException.class);

  private static void only(
      DescribedPredicate<JavaClass> module, List<DescribedPredicate<JavaClass>> allowed) {
    DescribedPredicate<JavaClass> all = module.or(JDK).or(JSPECIFY);
    for (DescribedPredicate<JavaClass> one : allowed) {
      all = all.or(one);
    }
    classes().that(module).should().onlyDependOnClassesThat(all.or(ARRAYS)).check(OURS);
  }

  private static final DescribedPredicate<JavaClass> ARRAYS =
      DescribedPredicate.describe(
          "primitives and arrays of them",
          type ->
              type.isPrimitive() || type.isArray() && type.getBaseComponentType().isPrimitive());

  @Test
  void everyModuleIsLookedAt() {
    for (DescribedPredicate<JavaClass> module :
        List.of(API, SPI, ENGINE, FOREIGN, RUNTIME_CPU, CLI)) {
      assertThat(OURS.stream().filter(module)).as(module.getDescription()).isNotEmpty();
    }
  }

  @Test
  void apiImportsTheJdkAlone() {
    only(API.or(SPI), List.of());
  }

  @Test
  void engineImportsTheApi() {
    only(ENGINE, List.of(API, SPI, JACKSON, SLF4J, resideInAPackage("jdk.jfr")));
  }

  @Test
  void foreignImportsNothing() {
    only(FOREIGN, List.of(SLF4J));
  }

  @Test
  void cpuRuntimeImportsSpiAndForeign() {
    only(
        RUNTIME_CPU,
        List.of(
            SPI,
            MENTIONED_BY_SPI,
            FOREIGN,
            SLF4J,
            resideInAnyPackage("com.sun.management", "jdk.incubator.vector")));
  }

  @Test
  void commandLineImportsTheApi() {
    only(CLI, List.of(API, JACKSON, resideInAnyPackage("picocli..", "me.tongfei.progressbar..")));
  }

  @Test
  void vectorTypesStayInTheVectorTier() {
    noClasses()
        .that(SHIPPED.and(not(resideInAPackage("dev.coterie.runtime.cpu.vector"))))
        .should()
        .dependOnClassesThat(resideInAPackage("jdk.incubator.."))
        .check(OURS);
  }

  @Test
  void onlyForeignMakesDowncalls() {
    noClasses()
        .that(SHIPPED.and(not(FOREIGN)))
        .should()
        .dependOnClassesThat(belongToAnyOf(Linker.class, SymbolLookup.class))
        .orShould()
        .callMethod(System.class, "load", String.class)
        .orShould()
        .callMethod(System.class, "loadLibrary", String.class)
        .check(OURS);
  }

  @Test
  void onlyTheCommandLineWritesToTheConsole() {
    noClasses()
        .that(SHIPPED.and(not(CLI)))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(OURS);
  }

  @Test
  void noLibrarySetsSystemProperties() {
    never(
        "sets a system property",
        access ->
            !CLI.test(access.getOriginOwner()) // the command sets its own logger up
                && access.getTargetOwner().isEquivalentTo(System.class)
                && Set.of("setProperty", "setProperties", "clearProperty")
                    .contains(access.getName()));
  }

  @Test
  void nobodyDependsOnTheDefaultCharset() {
    never(
        "uses the default charset",
        access ->
            switch (access.getTargetOwner().getName() + "." + access.getName()) {
              case "java.nio.charset.Charset.defaultCharset" -> true;
              case "java.lang.String.getBytes" -> parameters(access).isEmpty();
              case "java.lang.String.<init>" ->
                  parameters(access).contains(byte[].class.getName())
                      && !takesCharset(access)
                      && !parameters(access).contains(String.class.getName());
              case "java.io.InputStreamReader.<init>",
                  "java.io.OutputStreamWriter.<init>",
                  "java.io.FileReader.<init>",
                  "java.io.FileWriter.<init>",
                  "java.io.PrintStream.<init>",
                  "java.util.Scanner.<init>",
                  "java.util.Formatter.<init>" ->
                  !takesCharset(access);
              case "java.io.PrintWriter.<init>" ->
                  !takesCharset(access) && !parameters(access).contains(Writer.class.getName());
              default -> false;
            });
  }

  @Test
  void nobodyDependsOnTheDefaultLocale() {
    never(
        "uses the default locale",
        access -> {
          boolean formats =
              switch (access.getTargetOwner().getName()) {
                case "java.lang.String" ->
                    Set.of("format", "formatted", "toLowerCase", "toUpperCase")
                        .contains(access.getName());
                case "java.io.PrintStream", "java.io.PrintWriter", "java.util.Formatter" ->
                    Set.of("format", "printf").contains(access.getName());
                case "java.util.Locale" -> access.getName().equals("getDefault");
                default -> false;
              };
          return formats && !parameters(access).contains(Locale.class.getName());
        });
  }

  private static boolean takesCharset(JavaAccess<?> access) {
    return parameters(access).stream().anyMatch(type -> type.startsWith("java.nio.charset."));
  }

  private static List<String> parameters(JavaAccess<?> access) {
    return access.getTarget() instanceof CodeUnitAccessTarget target
        ? target.getRawParameterTypes().stream().map(JavaClass::getName).toList()
        : List.of();
  }

  private static void never(String description, Predicate<JavaAccess<?>> forbidden) {
    noClasses()
        .that(SHIPPED)
        .should(
            ArchConditions.accessTargetWhere(
                DescribedPredicate.describe(description, forbidden::test)))
        .check(OURS);
  }
}
