// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.module;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.module.Jvm.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user reads where jars are missing or providers broken. */
class MissingPartsIT {
  @TempDir static Path work;

  private static TinyModel model;
  private static Path smallest;

  @BeforeAll
  static void compile() throws Exception {
    model = TinyModel.write(work.resolve("tiny.gguf"));
    smallest =
        UserPrograms.compile(
            "smallest",
            UserPrograms.jars("coterie-api"),
            Files.createDirectory(work.resolve("smallest")));
  }

  private static Outcome smallest(List<Path> jars) {
    return Jvm.java(
        List.of("-cp", Jvm.path(UserPrograms.with(jars, smallest))),
        "Smallest",
        model.file().toString());
  }

  @Test
  void withoutAnEngine() throws Exception {
    Outcome outcome = smallest(UserPrograms.jars("coterie-api"));
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err())
        .first()
        .asString()
        .isEqualTo(
            "Exception in thread \"main\" dev.coterie.CoterieException: no engine was found;"
                + " add dev.coterie:coterie to the class or module path");
  }

  @Test
  void withoutABackend() throws Exception {
    Outcome outcome =
        smallest(UserPrograms.jars("coterie-api", "coterie-engine", "jackson-core", "slf4j-api"));
    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.err())
        .contains(
            "Exception in thread \"main\" dev.coterie.BackendUnavailableException: a backend is"
                + " not available: no backend provider was found;"
                + " add dev.coterie:coterie-runtime-cpu");
  }

  @Test
  void brokenProvidersAreListedWithTheirReasons() throws Exception {
    Path classes = Files.createDirectory(work.resolve("broken"));
    UserPrograms.compile("broken", UserPrograms.jars("coterie-api"), classes);
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(
        services.resolve("dev.coterie.spi.BackendProvider"),
        "Broken$Unmade\nMissing\nBroken$Thrower\n");
    Outcome outcome =
        Jvm.java(
            List.of("-cp", Jvm.path(UserPrograms.with(UserPrograms.jars(), classes))), "Broken");
    assertThat(outcome.exitCode()).as("%s", outcome).isZero();
    assertThat(outcome.out()).hasSize(4);
    assertThat(outcome.out().get(0))
        .isEqualTo(
            "thrower false [probe failed: java.lang.IllegalStateException: the device fell off"
                + " the bus]");
    assertThat(outcome.out().get(1)).matches("cpu true \\[cpu: (machinecode|scalar) tier, .*");
    assertThat(outcome.out().subList(2, 4))
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("? false [cannot be loaded: ")
                    .contains("Broken$Unmade")
                    .contains("libunmade.so: cannot open shared object file"))
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("? false [cannot be loaded: ")
                    .contains("Missing not found"));
  }
}
