// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.spi.DataType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class QuantizerTest {
  private static final String NONE = "F8_E4M3|F8_E8M0|F4_E2M1|IQ4_XS|NVFP4";

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = NONE)
  void zerosStayZeros(DataType type) {
    assertThat(QuantizerProperties.roundTrip(type, new float[512])).containsOnly(0f);
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = NONE)
  void constantsStayNearThemselves(DataType type) {
    for (float constant : new float[] {0.5f, -0.5f, 1e-3f, -3f}) {
      float[] values = new float[512];
      Arrays.fill(values, constant);
      for (float value : QuantizerProperties.roundTrip(type, values)) {
        assertThat(value).isCloseTo(constant, within(Math.abs(constant) * 0.03f));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_NONE, names = NONE + "|MXFP4|IQ4_NL")
  void rampsStayWithinAStep(DataType type) {
    float[] values = new float[512];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % type.blockSize()) / (float) type.blockSize() - 0.5f;
    }
    float step =
        switch (type) {
          case F32, F16, BF16 -> 0.002f;
          case Q2_K -> 0.15f;
          case Q3_K -> 0.13f;
          default -> 0.07f;
        };
    float[] back = QuantizerProperties.roundTrip(type, values);
    for (int i = 0; i < values.length; i++) {
      assertThat(back[i]).isCloseTo(values[i], within(step));
    }
  }

  @Test
  void floatsAreRoundedToTheNearestTiesToEven() {
    float[] values = {1f, 1.00390625f, 1.01171875f, -0f, 1e-40f, 65504f};
    assertThat(QuantizerProperties.roundTrip(DataType.BF16, values))
        .startsWith(1f, 1f, 1.015625f, -0f);
    assertThat(QuantizerProperties.roundTrip(DataType.F16, values)[5]).isEqualTo(65504f);
    assertThat(QuantizerProperties.roundTrip(DataType.F32, values)).containsExactly(values);
  }

  @Test
  void unfitValuesAreFound() {
    float[] values = new float[100];
    assertThat(Quantizer.findUnfit(DataType.Q4_K, values, 0, 100)).isEqualTo(-1);
    values[70] = Float.NaN;
    assertThat(Quantizer.findUnfit(DataType.F32, values, 10, 90)).isEqualTo(60);
    values[70] = Float.NEGATIVE_INFINITY;
    assertThat(Quantizer.findUnfit(DataType.F32, values, 0, 100)).isEqualTo(70);
    values[70] = 1e6f;
    assertThat(Quantizer.findUnfit(DataType.F32, values, 0, 100)).isEqualTo(-1);
    assertThat(Quantizer.findUnfit(DataType.Q8_0, values, 0, 100)).isEqualTo(70);
  }

  @Test
  void partsOfBlocksAreRefused() {
    assertThatThrownBy(
            () -> Quantizer.of(DataType.Q4_0).quantize(new float[40], 0, 40, new byte[99], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Q4_0: expected a multiple of 32 values, found 40");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.MATCH_ANY, names = NONE)
  void typesWithoutQuantizerAreRefused(DataType type) {
    assertThatThrownBy(() -> Quantizer.of(type)).hasMessage("there is no quantizer for " + type);
  }
}
