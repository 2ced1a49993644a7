// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.Chunk;
import dev.coterie.Generation;
import dev.coterie.GenerationResult;
import dev.coterie.Lane;
import java.io.PrintStream;

/**
 * Streams a generation to the console: the answer to standard output, the model's thinking to
 * standard error where somebody watches. An interrupt cancels the generation, and what there is
 * gets printed.
 */
final class Answer {
  private final Console console;
  private final boolean thinking;
  private boolean lineOpen;

  Answer(Console console, boolean verbose) {
    this.console = console;
    this.thinking = verbose || console.errorIsTerminal();
  }

  /** Prints the chunks as they come, and a line end after them. */
  GenerationResult print(Generation generation) {
    try (var _ = console.interrupts().during(generation::cancel)) {
      for (Chunk chunk : generation) {
        if (chunk.lane() != Lane.THINKING) {
          write(console.out(), chunk.text(), console.outputIsTerminal());
        } else if (thinking) {
          write(console.err(), chunk.text(), console.errorIsTerminal());
        }
        if (console.out().checkError()) {
          generation.cancel();
          throw CommandException.failure("standard output: cannot be written");
        }
      }
      return generation.await();
    } finally {
      if (lineOpen) {
        console.out().println();
        console.out().flush();
        lineOpen = false;
      }
    }
  }

  /** Waits for the result without printing anything. */
  static GenerationResult await(Console console, Generation generation) {
    try (var _ = console.interrupts().during(generation::cancel)) {
      return generation.await();
    }
  }

  private void write(PrintStream stream, String text, boolean terminal) {
    stream.print(terminal ? Text.printable(text, true) : text);
    stream.flush();
    if (!text.isEmpty()) {
      lineOpen = !text.endsWith("\n");
    }
  }
}
