// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** The reference against numbers worked out by hand. */
class ReferenceOpsTest {
  private static final Offset<Double> EXACT = within(1e-12);

  private final ReferenceOps ops = new ReferenceOps();

  @Test
  void rmsNormDividesByTheRootOfTheMeanSquare() {
    double[] y = ops.rmsNorm(new double[] {3, 4, 0, 5}, new double[] {1, 2, 3, -1}, 0);
    double root = Math.sqrt(12.5);
    assertThat(y).containsExactly(new double[] {3 / root, 8 / root, 0, -5 / root}, EXACT);
    assertThat(ops.rmsNorm(new double[] {0}, new double[] {1}, 1e-5)).containsExactly(0);
    assertThat(ops.rmsNorm(new double[] {1}, new double[] {1}, 3)).containsExactly(0.5);
  }

  @Test
  void linearMultipliesRowsAndAddsTheBias() {
    Tensor weight = RandomTensors.of("w", List.of(3L, 2L), 1, 2, 3, 4, 5, 6);
    double[][] x = {{1, 10}, {-1, 0.5}};
    assertThat(ops.linear(x, weight, null))
        .isDeepEqualTo(new double[][] {{21, 43, 65}, {0, -1, -2}});
    assertThat(ops.linear(x, weight, new double[] {1, 0, -1}))
        .isDeepEqualTo(new double[][] {{22, 43, 64}, {1, -1, -3}});
  }

  @Test
  void embedDecodesTheRow() {
    Tensor table = RandomTensors.of("t", DataType.BF16, List.of(2L, 2L), 1, 2, 3, -0.5f);
    assertThat(ops.embed(table, 1)).containsExactly(3, -0.5);
  }

  @Test
  void ropeTurnsNeighborsOrHalves() {
    double[] x = {1, 0, 0, 2};
    float[] quarter = {(float) (Math.PI / 2), 0};
    Offset<Double> float32 = within(1e-6);
    assertThat(ops.rope(x, 1, 4, 0, true, quarter, 1))
        .containsExactly(new double[] {0, 1, 0, 2}, float32);
    assertThat(ops.rope(x, 2, 4, 0, true, quarter, 1))
        .containsExactly(new double[] {-1, 0, 0, 2}, float32);
    assertThat(ops.rope(x, 1, 4, 0, false, quarter, 3))
        .containsExactly(new double[] {0, 0, 3, 6}, float32);
  }

  @Test
  void ropeLeavesTheRestOfAHead() {
    double[] x = {1, 0, 7, 8, 0, 1, 9, 10};
    float[] quarter = {(float) (Math.PI / 2)};
    assertThat(ops.rope(x, 1, 4, 0, true, quarter, 2))
        .containsExactly(new double[] {0, 2, 7, 8, -2, 0, 9, 10}, within(1e-6));
  }

  @Test
  void softmaxDoesNotOverflow() {
    double[] x = {1_000, 1_000 + Math.log(3), -1e9};
    ops.softmax(x);
    assertThat(x).containsExactly(new double[] {0.25, 0.75, 0}, EXACT);
  }

  /** Two query heads share one key-value head; the scores are 0 and ln 3, or their negatives. */
  @Test
  void attentionWeighsValues() {
    double[] query = {1, 0, -1, 0};
    double[][] keys = {{0, 5}, {2 * Math.log(3), 5}};
    double[][] values = {{1, 0}, {0, 1}};
    assertThat(ops.attention(query, keys, values, 2, 1, 2, 0.5, null))
        .containsExactly(new double[] {0.25, 0.75, 0.75, 0.25}, EXACT);
  }

  @Test
  void attentionMapsQueryHeadsToKeyHeadsInGroups() {
    double[] query = {1, 1, 1, 1};
    double[][] one = {{0, 0}};
    double[][] values = {{3, 4}};
    assertThat(ops.attention(query, one, values, 4, 2, 1, 1, null)).containsExactly(3, 3, 4, 4);
  }

  @Test
  void swiGluGates() {
    double[] y =
        ops.swiGlu(
            new double[] {0, Math.log(3), -1_000},
            new double[] {5, 4, 1},
            Double.POSITIVE_INFINITY);
    assertThat(y).containsExactly(new double[] {0, 3 * Math.log(3), 0}, EXACT);
  }

  @Test
  void addAdds() {
    assertThat(ops.add(new double[] {1, 2}, new double[] {0.5, -2})).containsExactly(1.5, 0);
  }
}
