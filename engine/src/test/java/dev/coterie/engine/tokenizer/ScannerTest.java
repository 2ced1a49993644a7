// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScannerTest {
  /** Every code point, before a space, a digit or a symbol in turn. */
  @Test
  void everyCharacterIsOfItsClasses() {
    StringBuilder all = new StringBuilder();
    for (int c = 0; c <= 0x10ffff; c++) {
      if (c < 0xd800 || c > 0xdfff) {
        all.appendCodePoint(c).append(c % 3 == 0 ? " a" : c % 3 == 1 ? "1\n" : "!");
      }
    }
    String text = all.toString();
    IntList whole = ScannerProperties.pieces(text, List.of());
    for (String pattern : PreTokenizers.PATTERNS) {
      assertThat(ScannerProperties.ends(PreTokenizers.splitter(pattern), text, whole))
          .as(pattern)
          .isEqualTo(
              ScannerProperties.ends(
                  new RegexSplitter(PreTokenizers.compile(pattern)), text, whole));
    }
  }

  @Test
  void nearlyEveryPatternHasAScanner() {
    assertThat(PreTokenizers.PATTERNS)
        .filteredOn(pattern -> PreTokenizers.splitter(pattern) instanceof RegexSplitter)
        .hasSize(2);
  }
}
