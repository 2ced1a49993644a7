// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

/** Runs what belongs to users, each in a virtual thread of its own: never on the loop's thread. */
final class Callbacks {
  private static final Thread.Builder.OfVirtual BUILDER =
      Thread.ofVirtual().inheritInheritableThreadLocals(false);

  private Callbacks() {}

  static void start(Runnable task) {
    BUILDER.unstarted(task).start();
  }
}
