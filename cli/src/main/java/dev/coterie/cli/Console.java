// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

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

  /** The console of this process. */
  static Console ofProcess() {
    return new Console(
        System.in,
        stream(FileDescriptor.out),
        stream(FileDescriptor.err),
        processTerminals(),
        System.getenv(),
        new Interrupts());
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(descriptor)), false, StandardCharsets.UTF_8);
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
