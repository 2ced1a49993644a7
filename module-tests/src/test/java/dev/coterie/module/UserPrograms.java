// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.module;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/** The jars that a user gets, and programs that are compiled against them as a user would. */
final class UserPrograms {
  /** What the JVM itself says where a module graph contains the incubator module. */
  static final String INCUBATOR_LINE = "WARNING: Using incubator modules: jdk.incubator.vector";

  private UserPrograms() {}

  /** The jars of {@code dev.coterie:coterie} and what it brings at run time. */
  static List<Path> jars() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("coterie.test.modulePath")))) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
  }

  /** Those of them whose names begin so. */
  static List<Path> jars(String... prefixes) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path jar : jars()) {
      for (String prefix : prefixes) {
        if (jar.getFileName().toString().startsWith(prefix)) {
          found.add(jar);
        }
      }
    }
    if (found.size() != prefixes.length) {
      throw new AssertionError("expected a jar for each of " + List.of(prefixes) + ": " + jars());
    }
    return found;
  }

  /** A binding of SLF4J, so that our own lines are seen. */
  static Path logger() throws URISyntaxException {
    return Path.of(
        LoggerFactory.getILoggerFactory()
            .getClass()
            .getProtectionDomain()
            .getCodeSource()
            .getLocation()
            .toURI());
  }

  static List<Path> with(List<Path> jars, Path... more) {
    List<Path> all = new ArrayList<>(jars);
    all.addAll(List.of(more));
    return all;
  }

  /** Compiles a program of the test resources against jars on the class path. */
  static Path compile(String name, List<Path> jars, Path target) throws Exception {
    return javac(name, List.of("-cp", Jvm.path(jars)), target);
  }

  /** Compiles a program of the test resources against jars on the module path. */
  static Path compileModule(String name, List<Path> jars, Path target) throws Exception {
    return javac(name, List.of("-p", Jvm.path(jars)), target);
  }

  private static Path javac(String name, List<String> options, Path target) throws Exception {
    Path source = Path.of(UserPrograms.class.getResource("/" + name).toURI());
    List<String> arguments = new ArrayList<>(options);
    arguments.addAll(List.of("-d", target.toString()));
    try (Stream<Path> files = Files.walk(source)) {
      files
          .map(Path::toString)
          .filter(file -> file.endsWith(".java"))
          .filter(file -> options.contains("-p") || !file.endsWith("module-info.java"))
          .forEach(arguments::add);
    }
    Jvm.tool("javac", arguments.toArray(String[]::new));
    return target;
  }
}
