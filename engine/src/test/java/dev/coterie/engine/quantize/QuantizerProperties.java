// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.spi.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class QuantizerProperties {
  /**
   * How much worse than the best of all blocks the searched ones may be, added up over blocks. One
   * block may be worse: with 256 codes the best of all scales is a lucky number.
   */
  private static final double NEAR_OPTIMUM = 1.02;

  private static final int BLOCKS = 32;

  static float[] roundTrip(DataType type, float[] values) {
    byte[] out = new byte[Math.toIntExact(type.bytes(values.length))];
    Quantizer.of(type).quantize(values, 0, values.length, out, 0);
    float[] back = new float[values.length];
    type.decode(MemorySegment.ofArray(out), 0, values.length, back, 0);
    return back;
  }

  static double error(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double d = (double) a[i] - b[i];
      sum += d * d;
    }
    return sum;
  }

  static float[] gaussian(long seed, int count, double deviation) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  @Provide
  Arbitrary<DataType> scaled() {
    return Arbitraries.of(DataType.Q8_0, DataType.Q5_0, DataType.Q4_0);
  }

  @Property(tries = 6)
  void noHalfPrecisionScaleIsMuchBetter(@ForAll("scaled") DataType type, @ForAll long seed) {
    int least = type == DataType.Q8_0 ? -128 : type == DataType.Q5_0 ? -16 : -8;
    double found = 0;
    double best = 0;
    for (int block = 0; block < BLOCKS; block++) {
      float[] values = gaussian(seed + block, 32, 0.05);
      found += error(values, roundTrip(type, values));
      best += bestScaled(values, least);
    }
    assertThat(found).isLessThanOrEqualTo(best * NEAR_OPTIMUM);
  }

  private static double bestScaled(float[] values, int least) {
    double best = Double.MAX_VALUE;
    for (int bits = 0; bits < 0x10000; bits++) {
      float d = Float.float16ToFloat((short) bits);
      if (d == 0 || !Float.isFinite(d) || Math.abs(d) > 1 || Math.abs(d) < 1e-4) {
        continue;
      }
      double sum = 0;
      for (float value : values) {
        double q = Math.clamp(Math.rint((double) value / d), least, -least - 1);
        sum += (value - q * d) * (value - q * d);
      }
      best = Math.min(best, sum);
    }
    return best;
  }

  @Property(tries = 60)
  void noPowerOfTwoIsBetter(@ForAll long seed) {
    float[] values = gaussian(seed, 32, Math.pow(2, new Random(seed).nextInt(-40, 40)));
    double found = error(values, roundTrip(DataType.MXFP4, values));
    float[] codes = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6};
    double best = Double.MAX_VALUE;
    for (int exponent = -60; exponent < 60; exponent++) {
      double sum = 0;
      for (float value : values) {
        double nearest = Double.MAX_VALUE;
        for (float code : codes) {
          nearest = Math.min(nearest, Math.abs(Math.abs(value) - code * Math.pow(2, exponent)));
        }
        sum += nearest * nearest;
      }
      best = Math.min(best, sum);
    }
    assertThat(found).isLessThanOrEqualTo(best * 1.0001);
  }

  /** Of 32 blocks the ratio is 1.005 with a deviation of 0.0045; these are enough to be sure. */
  @Property(tries = 2)
  void noScaleAndMinimumOfAFineGridIsMuchBetter(@ForAll long seed) {
    double found = 0;
    double best = 0;
    for (int block = 0; block < 4 * BLOCKS; block++) {
      float[] values = gaussian(seed + block, 32, 1);
      found += error(values, roundTrip(DataType.Q4_1, values));
      best += bestAffine(values);
    }
    assertThat(found).isLessThanOrEqualTo(best * NEAR_OPTIMUM);
  }

  private static double bestAffine(float[] values) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    double range = sorted[31] - sorted[0];
    double best = Double.MAX_VALUE;
    for (int i = 0; i < 160; i++) {
      double d = range / 15 * (0.7 + 0.4 * i / 160);
      for (int j = 0; j < 160; j++) {
        double m = sorted[0] + range * (-0.1 + 0.3 * j / 160);
        double sum = 0;
        for (float value : values) {
          double q = Math.clamp(Math.rint((value - m) / d), 0, 15);
          sum += (value - q * d - m) * (value - q * d - m);
        }
        best = Math.min(best, sum);
      }
    }
    return best;
  }

  @Provide
  Arbitrary<DataType> all() {
    return Arbitraries.of(
        DataType.Q8_0,
        DataType.Q4_0,
        DataType.Q4_1,
        DataType.Q5_0,
        DataType.Q5_1,
        DataType.Q2_K,
        DataType.Q3_K,
        DataType.Q4_K,
        DataType.Q5_K,
        DataType.Q6_K,
        DataType.MXFP4,
        DataType.IQ4_NL);
  }

  /** Twelve times the mean squared error of a uniform quantizer, in squared ranges. */
  @Property(tries = 40)
  void errorIsThatOfTheTypesBits(@ForAll("all") DataType type, @ForAll long seed) {
    float[] values = gaussian(seed, 512, 0.02);
    double relative = error(values, roundTrip(type, values)) / error(values, new float[512]);
    double bound =
        switch (type) {
          case Q8_0 -> 5e-5;
          case Q6_K -> 6e-4;
          case Q5_0, Q5_1, Q5_K -> 2.5e-3;
          case Q4_0, Q4_1, Q4_K, IQ4_NL -> 1e-2;
          case MXFP4 -> 2e-2;
          case Q3_K -> 4e-2;
          default -> 0.1;
        };
    assertThat(relative).isLessThan(bound);
  }

  @Property(tries = 30)
  void neighborsDoNotMatter(@ForAll("all") DataType type, @ForAll long seed) {
    int size = type.blockSize();
    float[] values = gaussian(seed, 3 * size, 0.02);
    float[] middle = Arrays.copyOfRange(values, size, 2 * size);
    assertThat(Arrays.copyOfRange(roundTrip(type, values), size, 2 * size))
        .containsExactly(roundTrip(type, middle));
  }

  /** A block that a file holds comes out as it is if its codes reach to the end of their range. */
  @Property(tries = 60)
  void representableValuesAreExact(@ForAll("simple") DataType type, @ForAll long seed) {
    Random random = new Random(seed);
    int most =
        type == DataType.Q8_0 ? 128 : type == DataType.Q5_0 || type == DataType.Q5_1 ? 16 : 8;
    boolean affine = type == DataType.Q4_1 || type == DataType.Q5_1;
    float d = Float.float16ToFloat(Float.floatToFloat16(0.01f + 0.1f * random.nextFloat()));
    float m = affine ? Float.float16ToFloat(Float.floatToFloat16(-random.nextFloat())) : 0;
    float[] values = new float[32];
    for (int i = 0; i < 32; i++) {
      int code = affine ? random.nextInt(2 * most) : random.nextInt(-most, most);
      code = i == 3 ? (affine ? 0 : -most) : i == 9 && affine ? 2 * most - 1 : code;
      values[i] = d * code + m;
    }
    assertThat(roundTrip(type, values)).containsExactly(values);
  }

  @Provide
  Arbitrary<DataType> simple() {
    return Arbitraries.of(
        DataType.Q8_0, DataType.Q4_0, DataType.Q4_1, DataType.Q5_0, DataType.Q5_1);
  }
}
