// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Every hand-written scanner against its regular expression. */
class ScannerProperties {
  private static final String[] MARKED = {
    "'s",
    "'S",
    "'\u017f",
    "'T",
    "'re",
    "'Re",
    "'vE",
    "'ll",
    "'lL",
    "'d",
    "'m",
    "'",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\u00a0",
    "\u3000",
    "\u0085",
    "\u2028",
    "a",
    "B",
    "\u01c5",
    "\u02b0",
    "\u00aa",
    "\u4e2d",
    "\u9fa5",
    "\u9fa6",
    "\u3042",
    "\u3097",
    "\u30fb",
    "\uac00",
    "\u0800",
    "1",
    "23",
    "\u00b2",
    "\u2167",
    "\u0301",
    "\u0903",
    "\u20dd",
    "!",
    "/",
    "$",
    "\u20ac",
    "\u201c",
    "\u0000",
    "\u200d",
    "\ufffd",
    "\ue000",
    "\u0378",
    "\ud83d\ude00",
    "\ud83c\udffd",
    "\ud835\udc00",
    "\ud835\udfce",
    "\ud800\udc00",
    "\ud801\udc28",
    "\ud834\udd65",
    "\udb40\udd00",
    "\udbff\udfff"
  };

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> marked =
        Arbitraries.of(MARKED).list().ofMaxSize(40).map(parts -> String.join("", parts));
    Arbitrary<String> any =
        Arbitraries.integers()
            .between(0, 0x10ffff)
            .filter(c -> c < 0xd800 || c > 0xdfff)
            .list()
            .ofMaxSize(20)
            .map(ScannerProperties::text);
    Arbitrary<String> low =
        Arbitraries.integers().between(0, 0x2ff).list().ofMaxSize(30).map(ScannerProperties::text);
    return Arbitraries.oneOf(
        marked, low, any, Combinators.combine(marked, any).as((first, second) -> first + second));
  }

  @Provide
  Arbitrary<List<Integer>> cuts() {
    return Arbitraries.integers().between(0, 40).list().ofMaxSize(3);
  }

  @Property(tries = 20_000)
  void scannersCutAsTheirPatterns(
      @ForAll("texts") String text, @ForAll("cuts") List<Integer> cuts) {
    IntList pieces = pieces(text, cuts);
    for (String pattern : PreTokenizers.PATTERNS) {
      Splitter regex = new RegexSplitter(PreTokenizers.compile(pattern));
      assertThat(ends(PreTokenizers.splitter(pattern), text, pieces))
          .as("%s on '%s'", pattern, text)
          .isEqualTo(ends(regex, text, pieces));
    }
  }

  private static String text(List<Integer> codePoints) {
    StringBuilder text = new StringBuilder();
    codePoints.forEach(text::appendCodePoint);
    return text.toString();
  }

  /** The text, cut before it comes to the pattern, as by a pattern before it. */
  static IntList pieces(String text, List<Integer> cuts) {
    IntList pieces = new IntList(8);
    int last = 0;
    for (int cut : new ArrayList<>(cuts).stream().sorted().distinct().toList()) {
      if (cut > last && cut < text.length() && !Character.isLowSurrogate(text.charAt(cut))) {
        pieces.add(cut);
        last = cut;
      }
    }
    if (!text.isEmpty()) {
      pieces.add(text.length());
    }
    return pieces;
  }

  static int[] ends(Splitter splitter, String text, IntList pieces) {
    IntList ends = new IntList(8);
    splitter.split(text.toCharArray(), pieces, ends);
    return ends.toArray();
  }
}
