// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class ReferenceOpsProperties {
  private final ReferenceOps ops = new ReferenceOps();

  @Provide
  Arbitrary<double[]> scores() {
    return Arbitraries.doubles()
        .between(-1e4, 1e4)
        .array(double[].class)
        .ofMinSize(1)
        .ofMaxSize(40);
  }

  @Provide
  Arbitrary<double[]> heads() {
    return Arbitraries.doubles().between(-10, 10).array(double[].class).ofSize(8);
  }

  @Provide
  Arbitrary<double[]> query() {
    return Arbitraries.doubles().between(-10, 10).array(double[].class).ofSize(4);
  }

  @Provide
  Arbitrary<double[]> positive() {
    return Arbitraries.doubles().between(1, 100).array(double[].class).ofMinSize(1).ofMaxSize(30);
  }

  private static double power(double[] x) {
    return Arrays.stream(x).map(v -> v * v).sum();
  }

  @Property(tries = 1_000)
  void softmaxIsADistribution(@ForAll("scores") double[] scores) {
    ops.softmax(scores);
    assertThat(Arrays.stream(scores).sum()).isCloseTo(1, within(1e-12));
    assertThat(Arrays.stream(scores).allMatch(w -> w >= 0 && w <= 1)).isTrue();
  }

  @Property(tries = 1_000)
  void rotationsKeepTheLengthAndAddUp(
      @ForAll("heads") double[] x,
      @ForAll @IntRange(max = 4_000) int position,
      @ForAll @IntRange(max = 4_000) int more,
      @ForAll boolean interleaved) {
    float[] frequencies = GraphBuilder.frequencies(2, 10_000);
    double[] once = ops.rope(x, position, 4, 0, interleaved, frequencies, 1);
    assertThat(power(once)).isCloseTo(power(x), within(1e-9));
    double[] twice = ops.rope(once, more, 4, 0, interleaved, frequencies, 1);
    double[] whole = ops.rope(x, position + more, 4, 0, interleaved, frequencies, 1);
    assertThat(twice).containsExactly(whole, within(1e-9));
  }

  @Property(tries = 1_000)
  void normsHaveTheLengthOfTheirWeight(@ForAll("positive") double[] x) {
    double[] ones = new double[x.length];
    Arrays.fill(ones, 1);
    assertThat(power(ops.rmsNorm(x, ones, 0))).isCloseTo(x.length, within(1e-9));
  }

  @Property(tries = 1_000)
  void attentionToEqualKeysIsTheMean(
      @ForAll("query") double[] query, @ForAll @IntRange(min = 1, max = 20) int positions) {
    double[][] keys = new double[positions][2];
    double[][] values = new double[positions][2];
    for (int p = 0; p < positions; p++) {
      values[p] = new double[] {p, -p};
    }
    double mean = (positions - 1) / 2.0;
    double[] expected = {mean, -mean, mean, -mean};
    assertThat(ops.attention(query, keys, values, 2, 1, 2, 0.7, null))
        .containsExactly(expected, within(1e-9));
  }
}
