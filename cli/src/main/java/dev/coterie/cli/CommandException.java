// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

/** Ends a command with one line on standard error and an exit code. */
final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;

  CommandException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  static CommandException usage(String message) {
    return new CommandException(ExitCodes.USAGE, message);
  }

  static CommandException failure(String message) {
    return new CommandException(ExitCodes.FAILURE, message);
  }

  int exitCode() {
    return exitCode;
  }

  /** The message; never null. */
  String text() {
    String message = getMessage();
    return message == null ? "failed" : message;
  }
}
