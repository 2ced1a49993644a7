// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar on standard error. It appears only on a terminal, and only for what takes longer
 * than half a second. Updated by one thread at a time.
 */
final class ProgressDisplay implements AutoCloseable {
  private static final Duration DELAY = Duration.ofMillis(500);
  private static final int COLUMNS = 79;

  private final Console console;
  private final boolean shown;
  private final String unit;
  private final long unitSize;
  private final Instant start = Instant.now();
  private @Nullable ProgressBar bar;
  private String task = "";

  private ProgressDisplay(Console console, boolean quiet, String unit, long unitSize) {
    this.console = console;
    this.shown = !quiet && console.errorIsTerminal();
    this.unit = unit;
    this.unitSize = unitSize;
  }

  /** A display that counts to 100. */
  static ProgressDisplay ofPercent(Console console, boolean quiet) {
    return new ProgressDisplay(console, quiet, "", 1);
  }

  /** A display that counts bytes. */
  static ProgressDisplay ofBytes(Console console) {
    return new ProgressDisplay(console, false, " MiB", 1 << 20);
  }

  /**
   * Shows how far a task is.
   *
   * @param name the task; another one than before begins a new bar
   * @param done how much of it is done
   * @param total how much there is
   */
  void update(String name, long done, long total) {
    if (!shown || Duration.between(start, Instant.now()).compareTo(DELAY) < 0) {
      return;
    }
    ProgressBar current = bar;
    if (current == null && done >= total) {
      return;
    }
    if (current == null || !name.equals(task)) {
      close();
      task = name;
      current = build(Text.oneLine(name), total);
      bar = current;
    }
    current.stepTo(done);
  }

  private ProgressBar build(String name, long total) {
    return new ProgressBarBuilder()
        .setTaskName(name)
        .setInitialMax(total)
        .setUnit(unit, unitSize)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(100)
        .setConsumer(new Line(console.err()))
        .setMaxRenderedLength(COLUMNS)
        .build();
  }

  /** Removes the bar. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  /** One line of the terminal, which is empty again at the end. */
  private record Line(PrintStream stream) implements ProgressBarConsumer {
    @Override
    public int getMaxRenderedLength() {
      return COLUMNS;
    }

    @Override
    public void accept(String rendered) {
      stream.print("\r" + rendered);
      stream.flush();
    }

    @Override
    public void close() {
      accept(" ".repeat(COLUMNS) + "\r");
    }
  }
}
