// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The streams and surroundings of one command.
 *
 * @param in standard input
 * @param out standard output, UTF-8
 * @param err standard error, UTF-8
 * @param terminals which of the three are terminals: any of the digits 0, 1 and 2
 * @param environment the environment variables
 * @param interrupts what Ctrl-C does
 */
record Console(
    InputStream in,
    PrintStream out,
    PrintStream err,
    String terminals,
    Map<String, String> environment,
    Interrupts interrupts) {
  /** The launcher's answer to {@code test -t}, which Java itself cannot give stream by stream. */
  static final String TERMINALS_PROPERTY = "coterie.cli.terminals";

  /**
   * The number of the descriptor that is the true standard error, where the launcher keeps
   * descriptor 2 for what the JVM itself has to say.
   */
  static final String STDERR_PROPERTY = "coterie.cli.stderr";

  /** The console of this process. */
  static Console ofProcess() {
    PrintStream err = stream(standardError());
    System.setErr(err);
    return new Console(
        System.in,
        stream(FileDescriptor.out),
        err,
        processTerminals(),
        System.getenv(),
        new Interrupts());
  }

  /**
   * Java has no public way to a numbered descriptor; without the launcher's flag it is descriptor
   * 2.
   */
  private static FileDescriptor standardError() {
    @Nullable Integer number = Integer.getInteger(STDERR_PROPERTY);
    if (number != null) {
      try {
        Constructor<FileDescriptor> constructor =
            FileDescriptor.class.getDeclaredConstructor(int.class);
        constructor.setAccessible(true);
        return constructor.newInstance(number);
      } catch (ReflectiveOperationException | InaccessibleObjectException e) {
        return FileDescriptor.err;
      }
    }
    return FileDescriptor.err;
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor)),
        descriptor != FileDescriptor.out,
        StandardCharsets.UTF_8);
  }

  private static String processTerminals() {
    String told = System.getProperty(TERMINALS_PROPERTY);
    if (told != null) {
      return told;
    }
    java.io.Console console = System.console();
    return console != null && console.isTerminal() ? "012" : "";
  }

  boolean inputIsTerminal() {
    return terminals.contains("0");
  }

  boolean outputIsTerminal() {
    return terminals.contains("1");
  }

  boolean errorIsTerminal() {
    return terminals.contains("2");
  }

  /** Prints one line on standard error. */
  void note(String message) {
    out.flush();
    err.println("coterie: " + Text.oneLine(message));
    err.flush();
  }
}
