// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.module;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every Java example of the README, the docs and the API's Javadoc compiles. */
class ExamplesTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern MARKDOWN = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern JAVADOC =
      Pattern.compile("\\{@snippet :\n(.*?)\n \\* }\n \\*(?=[\n/])", Pattern.DOTALL);

  @TempDir Path classes;

  @TestFactory
  Stream<DynamicTest> examples() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : files(ROOT.resolve("docs"), ".md")) {
      collect(file, MARKDOWN, tests);
    }
    collect(ROOT.resolve("README.md"), MARKDOWN, tests);
    for (Path file : files(ROOT.resolve("api/src/main/java"), ".java")) {
      collect(file, JAVADOC, tests);
    }
    assertThat(tests).as("examples found").hasSizeGreaterThanOrEqualTo(2);
    return tests.stream();
  }

  private static List<Path> files(Path folder, String end) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
    }
  }

  private void collect(Path file, Pattern example, List<DynamicTest> tests) throws IOException {
    Matcher matcher = example.matcher(Files.readString(file));
    int number = 0;
    while (matcher.find()) {
      String code = matcher.group(1).replaceAll("(?m)^ \\* ?", "");
      tests.add(
          DynamicTest.dynamicTest(
              file.getFileName() + " " + ++number, () -> assertThat(errors(code)).isEmpty()));
    }
  }

  private List<String> errors(String code) {
    StringBuilder imports = new StringBuilder("import dev.coterie.*;import java.nio.file.*;\n");
    StringBuilder body = new StringBuilder();
    for (String line : code.split("\n")) {
      (line.startsWith("import ") ? imports : body).append(line).append('\n');
    }
    String source = imports + "class Example { void run() throws Exception {\n" + body + "}}\n";
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    List<String> options =
        List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
    compiler.getTask(new StringWriter(), null, found, options, null, List.of(file)).call();
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
        .map(Object::toString)
        .toList();
  }
}
