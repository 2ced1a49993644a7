// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class PlaceholderProperties {
  @Property(tries = 20)
  void anyNumberEqualsItself(@ForAll int number) {
    assertThat(number).isEqualTo(number);
  }
}
