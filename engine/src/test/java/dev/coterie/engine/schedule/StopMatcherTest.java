// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopMatcherTest {
  @Test
  void holdsBackWhatMayBecomeAStop() {
    StopMatcher matcher = new StopMatcher(List.of("STOP", "OPEN"));
    assertThat(matcher.append("aSTO")).isEqualTo("a");
    assertThat(matcher.append("x")).isEqualTo("STOx");
    assertThat(matcher.append("STOPE")).isEmpty();
    assertThat(matcher.stopped()).isTrue();
    assertThat(matcher.append("more") + matcher.flush()).isEmpty();
  }

  @Test
  void fallsBackToTheNextBeginning() {
    StopMatcher matcher = new StopMatcher(List.of("aab"));
    assertThat(matcher.append("aaa")).isEqualTo("a");
    assertThat(matcher.append("ab")).isEqualTo("a");
    assertThat(matcher.stopped()).isTrue();
  }

  @Test
  void theFirstToBeCompleteWins() {
    StopMatcher matcher = new StopMatcher(List.of("abcdef", "cd"));
    assertThat(matcher.append("xabcdef")).isEqualTo("xab");
    assertThat(matcher.stopped()).isTrue();
  }

  @Test
  void theLongestOfThoseThatEndAtOnceWins() {
    StopMatcher matcher = new StopMatcher(List.of("\n", "\n\n", "x\n"));
    assertThat(matcher.append("ax\n")).isEqualTo("a");
    assertThat(matcher.stopped()).isTrue();
  }

  @Test
  void neverCutsASurrogatePair() {
    String smile = "\uD83D\uDE42";
    StopMatcher held = new StopMatcher(List.of("\uDE42x"));
    assertThat(held.append("a" + smile)).isEqualTo("a");
    assertThat(held.append("y")).isEqualTo(smile + "y");
    assertThat(held.append(smile + "x")).isEmpty();
    assertThat(held.stopped()).isTrue();
  }

  @Test
  void flushGivesWhatWasHeldBack() {
    StopMatcher matcher = new StopMatcher(List.of("<end>"));
    assertThat(matcher.append("text<en")).isEqualTo("text");
    assertThat(matcher.flush()).isEqualTo("<en");
  }

  @Test
  void whatIsInterruptedIsNoStopText() {
    StopMatcher matcher = new StopMatcher(List.of("k now"));
    assertThat(matcher.append("look")).isEqualTo("loo");
    assertThat(matcher.interrupt()).isEqualTo("k");
    assertThat(matcher.append(" now")).isEqualTo(" now");
    assertThat(matcher.stopped()).isFalse();
  }

  @Test
  void withoutStopsThePiecesPassAsTheyAre() {
    StopMatcher matcher = new StopMatcher(List.of());
    String piece = "piece";
    assertThat(matcher.append(piece)).isSameAs(piece);
    assertThat(matcher.flush()).isEmpty();
  }
}
