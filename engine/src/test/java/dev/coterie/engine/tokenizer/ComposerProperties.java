// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ComposerProperties {
  private static final List<Integer> MARKS =
      IntStream.rangeClosed(0, 0x10ffff).filter(Composer::isMark).boxed().toList();

  /** Few kinds of marks or many, a letter now and then, long enough to be sorted. */
  @Provide
  Arbitrary<String> runs() {
    Arbitrary<Integer> common =
        Arbitraries.of(0x301, 0x323, 0x327, 0x345, 0x334, 0x344, 0x3099, 0x20dd, 0x903, 0x1d165);
    Arbitrary<Integer> letter = Arbitraries.of((int) 'e', 0xc4, 0x3b1, 0x1112, 0x304b);
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(20, common),
            net.jqwik.api.Tuple.of(20, Arbitraries.of(MARKS)),
            net.jqwik.api.Tuple.of(1, letter))
        .list()
        .ofMinSize(40)
        .ofMaxSize(200)
        .map(
            points -> {
              StringBuilder text = new StringBuilder();
              points.forEach(text::appendCodePoint);
              return text.toString();
            });
  }

  @Property
  void equalsTheJdk(@ForAll("runs") String text) {
    assertThat(Composer.compose(text)).isEqualTo(Normalizer.normalize(text, Normalizer.Form.NFC));
  }
}
