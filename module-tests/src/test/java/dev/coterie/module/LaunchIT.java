// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.module.Jvm.Outcome;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's program in real JVMs: all ways to start it give the same tokens. */
class LaunchIT {
  private static final boolean MACHINE_CODE = hasMachineCode();

  @TempDir static Path work;

  private static TinyModel model;
  private static Path app;
  private static List<Path> jars; // with a logger

  @BeforeAll
  static void compile() throws Exception {
    model = TinyModel.write(work.resolve("tiny.gguf"));
    app =
        UserPrograms.compileModule("app", UserPrograms.jars(), Files.createDirectory(path("app")));
    jars = UserPrograms.with(UserPrograms.jars(), UserPrograms.logger());
  }

  private static Path path(String name) {
    return work.resolve(name);
  }

  private static Outcome classPath(List<String> options, String... more) {
    List<String> arguments = new ArrayList<>(options);
    arguments.addAll(List.of("-cp", Jvm.path(UserPrograms.with(jars, app)), "app.Main"));
    arguments.add(model.file().toString());
    arguments.addAll(List.of(more));
    return Jvm.java(arguments);
  }

  private static Outcome modulePath(List<String> options) {
    List<String> arguments = new ArrayList<>(options);
    arguments.addAll(List.of("-p", Jvm.path(UserPrograms.with(jars, app)), "-m", "app/app.Main"));
    return Jvm.java(arguments, model.file().toString());
  }

  private static void assertTier(Outcome outcome, String tier) {
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    assertThat(outcome.line("tokens")).as("%s", outcome).isEqualTo(model.tokens().toString());
    assertThat(outcome.line("device")).startsWith("cpu: " + tier + " tier, ");
  }

  /** The fastest tier where native calls are possible, for a processor that there is code for. */
  private static String best(String withoutMachineCode) {
    return MACHINE_CODE ? "machinecode" : withoutMachineCode;
  }

  private static boolean hasMachineCode() {
    try {
      return System.getProperty("os.arch").equals("amd64")
          && Files.readString(Path.of("/proc/cpuinfo")).contains(" avx2 ");
    } catch (IOException e) { // not Linux
      return false;
    }
  }

  /** Whether the JVM warns of native calls, as it does once where they are not enabled. */
  private static boolean warnsOfNativeCalls(Outcome outcome) {
    return outcome.err().stream().anyMatch(line -> line.contains("A restricted method"));
  }

  /** The lines that are neither the one INFO line of ours nor the JVM's own. */
  private static List<String> warnings(Outcome outcome) {
    assertThat(outcome.err()).filteredOn(line -> line.contains(" INFO ")).hasSize(1);
    return outcome.err().stream()
        .filter(line -> !line.contains(" INFO ") && !isOfTheJvm(line))
        .toList();
  }

  /** Its warnings of native calls and of the incubator module; the former end with a blank line. */
  private static boolean isOfTheJvm(String line) {
    return line.startsWith("WARNING: ") || line.isEmpty();
  }

  @Test
  void everyJarOfAUsersModulePathIsANamedModule() throws Exception {
    ModuleFinder finder = ModuleFinder.of(UserPrograms.jars().toArray(Path[]::new));
    assertThat(finder.findAll())
        .extracting(ModuleReference::descriptor)
        .noneMatch(ModuleDescriptor::isAutomatic)
        .extracting(ModuleDescriptor::name)
        .containsExactlyInAnyOrder(
            "com.fasterxml.jackson.core",
            "dev.coterie",
            "dev.coterie.all",
            "dev.coterie.engine",
            "dev.coterie.foreign",
            "dev.coterie.runtime.cpu",
            "org.slf4j");
  }

  @Test
  void modulePathWithoutFlagsHasTheBestTier() {
    Outcome outcome = modulePath(List.of());
    assertTier(outcome, best("vector"));
    assertThat(warnings(outcome)).isEmpty();
    assertThat(warnsOfNativeCalls(outcome)).isEqualTo(MACHINE_CODE);
    assertThat(outcome.err()).containsOnlyOnce(UserPrograms.INCUBATOR_LINE);
  }

  @Test
  void classPathWithoutFlagsSaysOnceWhatWouldBeFaster() {
    Outcome outcome = classPath(List.of(), "twice");
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    assertThat(outcome.line("device")).startsWith("cpu: " + best("scalar") + " tier, ");
    assertThat(outcome.out())
        .filteredOn(line -> line.startsWith("tokens "))
        .containsExactly("tokens " + model.tokens(), "tokens " + model.tokens());
    assertThat(outcome.err())
        .filteredOn(line -> !line.contains(" INFO ") && !isOfTheJvm(line))
        .singleElement()
        .asString()
        .endsWith(
            "WARN dev.coterie.runtime.cpu.Tier - cpu: using the "
                + best("scalar")
                + " tier, which could be faster:"
                + " module jdk.incubator.vector is not resolved;"
                + " add --add-modules jdk.incubator.vector");
  }

  @Test
  void classPathWithTheModuleHasTheBestTierAndNoWarningOfOurs() {
    Outcome outcome = classPath(List.of("--add-modules", "jdk.incubator.vector"));
    assertTier(outcome, best("vector"));
    assertThat(warnings(outcome)).isEmpty();
  }

  @Test
  void nativeCallsCanBeSwitchedOff() {
    Outcome outcome = modulePath(List.of("-Dcoterie.native.disable=true"));
    assertTier(outcome, "vector");
    assertThat(warnings(outcome)).isEmpty();
    assertThat(warnsOfNativeCalls(outcome)).isFalse();
  }

  @Test
  void theInfoLineSaysWhatWasChosenAndHowToChooseAnother() {
    Outcome outcome = classPath(List.of("--add-modules", "jdk.incubator.vector"));
    assertThat(outcome.err())
        .filteredOn(line -> line.contains(" INFO "))
        .singleElement()
        .asString()
        .contains("loaded random llama F32 (llama) on cpu: " + best("vector") + " tier, ")
        .endsWith("; another backend: -Dcoterie.backend=NAME");
  }

  @Test
  void deniedNativeAccessChangesNothing() {
    Outcome module = modulePath(List.of("--illegal-native-access=deny"));
    assertTier(module, "vector");
    assertThat(warnings(module)).isEmpty();
    Outcome classPath =
        classPath(List.of("--illegal-native-access=deny", "--add-modules", "jdk.incubator.vector"));
    assertTier(classPath, "vector");
    assertThat(warnings(classPath)).isEmpty();
  }

  @Test
  void allowedNativeAccessGivesTheSameTokens() {
    Outcome module = modulePath(List.of("--enable-native-access=dev.coterie.foreign"));
    assertTier(module, best("vector"));
    assertThat(warnsOfNativeCalls(module)).isFalse();
    assertThat(warnings(module)).isEmpty();
    Outcome classPath =
        classPath(
            List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--illegal-native-access=deny",
                "--add-modules",
                "jdk.incubator.vector"));
    assertTier(classPath, best("vector"));
    assertThat(warnsOfNativeCalls(classPath)).isFalse();
    assertThat(warnings(classPath)).isEmpty();
  }

  @Test
  void nativeCallsAreMadeWhereAllowedAndWanted() {
    assertThat(nativeCalls(List.of()))
        .isEqualTo(
            MACHINE_CODE // which made the first call
                ? "available"
                : "native access is not enabled; add --enable-native-access=dev.coterie.foreign");
    String enable = "--enable-native-access=dev.coterie.foreign";
    assertThat(nativeCalls(List.of(enable, "-Dcoterie.native.disable=true")))
        .isEqualTo("native calls are switched off by -Dcoterie.native.disable=true");
    if (System.getProperty("os.name").equals("Linux")) {
      assertThat(nativeCalls(List.of(enable))).isEqualTo("available");
    }
  }

  private static String nativeCalls(List<String> options) {
    List<String> debug = new ArrayList<>(options);
    debug.add("-Dorg.slf4j.simpleLogger.log.dev.coterie.foreign=debug");
    Outcome outcome = modulePath(debug);
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    String line =
        assertThat(outcome.err())
            .filteredOn(one -> one.contains("advice on memory: "))
            .singleElement()
            .actual();
    return line.substring(line.indexOf(": ") + 2)
        .replace("; -Dcoterie.native.disable=true switches it off", "");
  }

  @Test
  void linkedImageWorks() throws Exception {
    Path image = path("image");
    Jvm.tool(
        "jlink",
        "--module-path",
        Jvm.path(UserPrograms.with(UserPrograms.jars(), app)),
        "--add-modules",
        "app,dev.coterie.engine,dev.coterie.runtime.cpu",
        "--strip-debug",
        "--output",
        image.toString());
    Outcome outcome = Jvm.java(image, List.of("-m", "app/app.Main"), model.file().toString());
    assertTier(outcome, best("vector"));
  }

  @Test
  void theSmallestProgramNeedsNothingButTheOneDependency() throws Exception {
    // the API is all that the dependency brings at compile time, everything at run time
    Path classes =
        UserPrograms.compile(
            "smallest", UserPrograms.jars("coterie-api"), Files.createDirectory(path("smallest")));
    Outcome outcome =
        Jvm.java(
            List.of("-cp", Jvm.path(UserPrograms.with(UserPrograms.jars(), classes))),
            "Smallest",
            model.file().toString());
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    assertThat(String.join("\n", outcome.out())).isEqualTo(model.text());
    assertThat(outcome.err()).allMatch(line -> line.startsWith("SLF4J(W): ") || isOfTheJvm(line));
  }
}
