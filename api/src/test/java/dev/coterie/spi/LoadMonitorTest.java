// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.LoadOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LoadMonitorTest {
  @Test
  void progressReachesTheListenerUntilTheLoadIsCancelled() {
    List<String> heard = new ArrayList<>();
    AtomicBoolean cancelled = new AtomicBoolean();
    LoadMonitor monitor =
        new LoadMonitor(
            LoadOptions.builder()
                .listener((phase, done) -> heard.add(phase + " " + done))
                .cancelled(cancelled::get)
                .build());
    monitor.progress("read", 0.5);
    monitor.check();
    cancelled.set(true);
    assertThatThrownBy(() -> monitor.progress("read", 1))
        .isInstanceOf(CancellationException.class)
        .hasMessage("the load was cancelled");
    assertThatThrownBy(monitor::check).isInstanceOf(CancellationException.class);
    assertThat(heard).containsExactly("read 0.5");
  }

  @Test
  void anInterruptedThreadCancels() {
    LoadMonitor monitor = new LoadMonitor(LoadOptions.DEFAULT);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> monitor.progress("read", 0)).isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue(); // stays set for the caller
    monitor.check();
  }
}
