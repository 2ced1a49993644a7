// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PlaceholderContractTest {
  @Test
  void sumsAtTheForcedWidth() {
    float[] values = new float[33];
    Arrays.fill(values, 1);
    assertThat(Placeholder.sum(values, Integer.getInteger("coterie.test.vectorBits")))
        .isEqualTo(33f);
  }
}
