// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import dev.coterie.LoadOptions;
import java.util.concurrent.CancellationException;

/**
 * Passes progress to the user and cancellation from him.
 *
 * @param options whose listener and cancellation are used
 */
public record LoadMonitor(LoadOptions options) {
  /**
   * Reports progress, and ends the load if the user wants so.
   *
   * @param phase what is being done
   * @param done how much of the phase is done, 0 to 1
   * @throws CancellationException if the load was cancelled or the thread interrupted
   */
  public synchronized void progress(String phase, double done) {
    check();
    options.listener().progress(phase, done);
    check(); // the listener may have interrupted the load, and this may have been the last look
  }

  /**
   * Ends the load if the user wants so.
   *
   * @throws CancellationException if the load was cancelled or the thread interrupted
   */
  public void check() {
    if (options.cancelled().getAsBoolean() || Thread.currentThread().isInterrupted()) {
      throw new CancellationException("the load was cancelled");
    }
  }
}
