// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.BlockEncoder.Pattern;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlockEncoderTest {
  private static float[] block(DataType type, Pattern pattern, double deviation, int blocks) {
    int elements = blocks * type.blockSize();
    ByteBuffer data =
        ByteBuffer.allocate((int) type.bytes(elements)).order(ByteOrder.LITTLE_ENDIAN);
    SplittableRandom random = new SplittableRandom(type.ordinal());
    while (data.hasRemaining()) {
      BlockEncoder.write(type, pattern, deviation, random, data);
    }
    float[] values = new float[elements];
    type.decode(MemorySegment.ofArray(data.array()), 0, elements, values, 0);
    return values;
  }

  /** Without the types whose scales, and so whose size, lie in a tensor beside, and the scales. */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F8_E4M3", "F8_E8M0", "F4_E2M1"})
  void randomBlocksLookLikeWeights(DataType type) {
    for (double deviation : new double[] {0.02, 1}) {
      float[] values = block(type, Pattern.RANDOM, deviation, 40_000 / type.blockSize());
      double mean = 0;
      double power = 0;
      for (float v : values) {
        mean += v / (double) values.length;
        power += (double) v * v / values.length;
      }
      assertThat(Math.sqrt(power)).isBetween(0.6 * deviation, 1.6 * deviation);
      assertThat(mean).isCloseTo(0, within(0.2 * deviation));
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void noBlockIsInfiniteOrNaN(DataType type) {
    for (Pattern pattern : Pattern.values()) {
      for (float v : block(type, pattern, 0.05, 40)) {
        assertThat(v).isFinite();
      }
    }
  }

  /** Without the type that has nothing but codes: its scales are a tensor beside. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "F4_E2M1")
  void patternsDoWhatTheySay(DataType type) {
    for (float v : block(type, Pattern.ZERO_SCALE, 0.05, 3)) {
      assertThat(v).isCloseTo(0, within(1e-30f)); // the least scale of MXFP4 is not quite 0
    }
    float[] most = block(type, Pattern.MAX_CODES, 0.05, 1);
    float[] least = block(type, Pattern.MIN_CODES, 0.05, 1);
    for (int i = 1; i < most.length; i++) {
      int group = type == DataType.NVFP4 ? 16 * (i / 16) : 0;
      assertThat(most[i]).isEqualTo(most[group]);
      assertThat(least[i]).isEqualTo(least[group]);
    }
    double large = range(block(type, Pattern.LARGE_SCALE, 0.05, 200));
    double usual = range(block(type, Pattern.RANDOM, 0.05, 200));
    assertThat(large / usual).isBetween(30.0, 200.0);
    assertThat(range(block(type, Pattern.TINY_SCALE, 0.05, 20))).isLessThan(usual);
  }

  private static double range(float[] values) {
    double power = 0;
    for (float v : values) {
      power += (double) v * v;
    }
    return Math.sqrt(power / values.length);
  }

  @Test
  void minimaStandAlone() {
    float[] values = block(DataType.Q4_1, Pattern.ONLY_MINIMUM, 0.05, 1);
    assertThat(values[0]).isNegative();
    for (float v : values) {
      assertThat(v).isEqualTo(values[0]);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"})
  void quantizersRoundToTheNearest(DataType type) {
    float[] values = block(DataType.F32, Pattern.RANDOM, 1, 256);
    Arrays.fill(values, 0, 32, 0);
    float[] decoded = new float[values.length];
    MemorySegment data = MemorySegment.ofArray(BlockEncoder.encode(type, values));
    type.decode(data, 0, values.length, decoded, 0);
    double step =
        switch (type) {
          case F32 -> 0;
          case F16 -> 0x1p-11 * 4;
          case BF16 -> 0x1p-8 * 4;
          case Q8_0 -> 4 / 127.0 / 2 + 0.01;
          default -> 4 / 8.0; // Q4_0 has no code 8, Q4_1 spans at most 8
        };
    for (int i = 0; i < values.length; i++) {
      assertThat(decoded[i]).isCloseTo(values[i], within((float) step));
    }
    assertThat(decoded).startsWith(new float[32]);
  }

  @Test
  void bfloat16RoundsTiesToEven() {
    float[] values = {1.00390625f, 1.01171875f, -1.00390626f};
    float[] decoded = new float[3];
    byte[] data = BlockEncoder.encode(DataType.BF16, values);
    DataType.BF16.decode(MemorySegment.ofArray(data), 0, 3, decoded, 0);
    assertThat(decoded).containsExactly(1f, 1.015625f, -1f);
  }

  @Test
  void refusesTypesWithoutQuantizer() {
    assertThatThrownBy(() -> BlockEncoder.encode(DataType.Q4_K, new float[256]))
        .hasMessage("Q4_K: there is no quantizer for it");
  }

  @Test
  void tensorsAreThoseOfTheirSeed() {
    Tensor one = new RandomTensors(1).adversarial("w", DataType.Q5_K, 19, 512, 1);
    Tensor same = new RandomTensors(1).adversarial("w", DataType.Q5_K, 19, 512, 1);
    Tensor other = new RandomTensors(2).adversarial("w", DataType.Q5_K, 19, 512, 1);
    assertThat(one.data().mismatch(same.data())).isEqualTo(-1);
    assertThat(one.data().mismatch(other.data())).isNotNegative();
  }
}
