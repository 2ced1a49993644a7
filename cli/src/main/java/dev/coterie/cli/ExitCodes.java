// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

/** The exit codes of the command, as {@code docs/cli.md} lists them. */
final class ExitCodes {
  static final int OK = 0;

  /** A file was refused, could not be read or written, or the computation failed. */
  static final int FAILURE = 1;

  /** The command line is wrong. */
  static final int USAGE = 2;

  /** Ctrl-C; what a shell reports for SIGINT. */
  static final int INTERRUPTED = 130;

  private ExitCodes() {}
}
