// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** What all commands share. */
abstract class CoterieCommand implements Callable<Integer> {
  final Console console;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  CoterieCommand(Console console) {
    this.console = console;
  }

  /**
   * Does the work.
   *
   * @return the exit code
   */
  @Override
  public abstract Integer call() throws Exception;
}
