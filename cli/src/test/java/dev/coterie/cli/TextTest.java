// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextTest {
  @Test
  void sizesHaveBinaryUnits() {
    assertThat(Text.bytes(0)).isEqualTo("0 B");
    assertThat(Text.bytes(1_023)).isEqualTo("1023 B");
    assertThat(Text.bytes(1_024)).isEqualTo("1.00 KiB");
    assertThat(Text.bytes(98_362_432)).isEqualTo("93.81 MiB");
    assertThat(Text.bytes(Long.MAX_VALUE)).isEqualTo("8388608.00 TiB");
  }

  @Test
  void countsHaveDecimalUnits() {
    assertThat(Text.count(999)).isEqualTo("999");
    assertThat(Text.count(1_000)).isEqualTo("1.00 K");
    assertThat(Text.count(134_515_008)).isEqualTo("134.52 M");
    assertThat(Text.count(15_700_000_000L)).isEqualTo("15.70 B");
  }

  @Test
  void controlCharactersBecomeEscapes() {
    assertThat(Text.printable("a\u001b[2J\n\u0085é", false))
        .isEqualTo("a\\u001b[2J\\u000a\\u0085é");
    assertThat(Text.printable("a\n\tb\u0007", true)).isEqualTo("a\n\tb\\u0007");
    assertThat(Text.oneLine(" a\r\n  b\n")).isEqualTo("a b");
  }
}
