// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.Chunk;
import dev.coterie.FinishReason;
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
  private static final String DIM = "\u001b[2m";
  private static final String NORMAL = "\u001b[22m";

  private final Console console;
  private final boolean thinking;
  private boolean lineOpen;
  private boolean thought;

  Answer(Console console, boolean verbose) {
    this.console = console;
    this.thinking = verbose || console.errorIsTerminal();
  }

  /** Prints the chunks as they come, and a line end after them. */
  GenerationResult print(Generation generation) {
    try (var _ = console.interrupts().during(generation::cancel)) {
      for (Chunk chunk : generation) {
        if (chunk.lane() != Lane.THINKING) {
          endThought();
          write(console.out(), chunk.text(), console.outputIsTerminal());
        } else if (thinking) {
          think(chunk.text());
        }
        if (console.out().checkError()) {
          generation.cancel();
          throw CommandException.failure("standard output: cannot be written");
        }
      }
      GenerationResult result = generation.await();
      if (result.finishReason() == FinishReason.THINKING_EXHAUSTED) {
        endThought();
        console.note(
            "the tokens ran out while the model was thinking; --max-tokens gives it more,"
                + " --think-budget ends the thought earlier");
      }
      return result;
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

  /** Dimmed where somebody watches; so no thought leaves the terminal dim. */
  private void think(String text) {
    if (console.errorIsTerminal() && !text.isEmpty()) {
      console.err().print(DIM + Text.printable(text, true) + NORMAL);
      console.err().flush();
      lineOpen = !text.endsWith("\n");
    } else {
      write(console.err(), text, false);
    }
    thought = true;
  }

  /** Parts the thought from what comes after it, on another stream but often the same screen. */
  private void endThought() {
    if (thought) {
      if (lineOpen) {
        console.err().println();
      }
      lineOpen = false;
      thought = false;
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
