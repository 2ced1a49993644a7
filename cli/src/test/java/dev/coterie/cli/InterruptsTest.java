// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterruptsTest {
  private final Interrupts interrupts = new Interrupts();
  private final List<String> done = new ArrayList<>();

  @Test
  void theInnermostActionHappens() {
    try (var _ = interrupts.during(() -> done.add("outer"))) {
      try (var _ = interrupts.during(() -> done.add("inner"))) {
        assertThat(interrupts.request()).isTrue();
      }
      assertThat(interrupts.request()).isTrue();
    }

    assertThat(done).containsExactly("inner", "outer");
  }

  @Test
  void withoutActionNothingHappens() {
    assertThat(interrupts.requested()).isFalse();
    assertThat(interrupts.request()).isFalse();
    assertThat(interrupts.requested()).isTrue();
  }

  @Test
  void anInterruptThatCameBeforeHappensAtOnce() {
    interrupts.request();

    try (var _ = interrupts.during(() -> done.add("late"))) {
      assertThat(done).containsExactly("late");
    }
  }
}
