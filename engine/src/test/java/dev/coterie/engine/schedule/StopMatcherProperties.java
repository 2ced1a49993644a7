// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class StopMatcherProperties {
  @Property(tries = 2000)
  void equalsASearchInTheWholeText(
      @ForAll("pieces") List<String> pieces, @ForAll("stops") List<String> stops) {
    String whole = String.join("", pieces);
    StopMatcher matcher = new StopMatcher(stops);
    StringBuilder out = new StringBuilder();
    StringBuilder in = new StringBuilder();
    for (String piece : pieces) {
      in.append(piece);
      out.append(matcher.append(piece));
      if (!matcher.stopped()) {
        assertThat(in.length() - out.length()).isEqualTo(mayBecomeStop(in.toString(), stops));
      }
    }
    int end = end(whole, stops);
    assertThat(matcher.stopped()).isEqualTo(end >= 0);
    out.append(matcher.flush());
    assertThat(out.toString()).isEqualTo(end >= 0 ? whole.substring(0, end) : whole);
  }

  /** Where the output ends if characters come one by one, or -1. */
  private static int end(String text, List<String> stops) {
    for (int length = 1; length <= text.length(); length++) {
      String seen = text.substring(0, length);
      int longest = stops.stream().filter(seen::endsWith).mapToInt(String::length).max().orElse(0);
      if (longest > 0) {
        return length - longest;
      }
    }
    return -1;
  }

  private static int mayBecomeStop(String text, List<String> stops) {
    for (int from = 0; from < text.length(); from++) {
      String rest = text.substring(from);
      if (stops.stream().anyMatch(stop -> stop.startsWith(rest))) {
        return rest.length();
      }
    }
    return 0;
  }

  @Provide
  Arbitrary<List<String>> pieces() {
    return Arbitraries.strings().withChars('a', 'b').ofMaxLength(5).list().ofMaxSize(12);
  }

  @Provide
  Arbitrary<List<String>> stops() {
    return Arbitraries.strings()
        .withChars('a', 'b')
        .ofMinLength(2)
        .ofMaxLength(7)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4);
  }
}
