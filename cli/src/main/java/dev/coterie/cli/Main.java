// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Where the {@code coterie} command starts. */
public final class Main {
  private static final long WIND_UP_SECONDS = 5;

  private Main() {}

  /**
   * Runs a command and exits with its code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    Console console = Console.ofProcess();
    CountDownLatch finished = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> windUp(console, finished), "coterie-interrupt"));
    int code;
    try {
      code = Commands.run(console, args);
    } finally {
      finished.countDown();
    }
    System.exit(code);
  }

  /** After Ctrl-C the JVM waits for this hook, and meanwhile the command prints what it has. */
  private static void windUp(Console console, CountDownLatch finished) {
    if (finished.getCount() == 0 || !console.interrupts().request()) {
      return;
    }
    try {
      finished.await(WIND_UP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
