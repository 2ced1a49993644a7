// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Operation.Compressor;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** DeepSeek-V4's operations by hand. */
class ReferenceCompressionOpsTest {
  private final ReferenceOps operations = new ReferenceOps();

  /** Entries of one channel and 2 tokens, with gates that are logarithms of the weights. */
  private static Compressor compressor(boolean overlaps, double second) {
    int width = overlaps ? 2 : 1;
    float[] bias = new float[2 * width];
    Arrays.fill(bias, width, 2 * width, (float) Math.log(second));
    return new Compressor(
        new Value("kv", width),
        new Value("gate", width),
        2,
        RandomTensors.of("ape", List.of(2L, (long) width), bias),
        RandomTensors.of("norm", List.of(1L), 1f),
        1f,
        new float[0]);
  }

  private static double normed(double x) {
    return x / Math.sqrt(x * x + 1);
  }

  @Test
  void anEntryIsAWeightedMean() {
    double[][] values = {{5}, {1}};
    double[][] gates = {{0}, {0}};
    double[] entry = operations.compress(compressor(false, 3), 4, values, gates);
    assertThat(entry[0]).isCloseTo(normed((5 + 3 * 1) / 4.0), within(1e-7));
  }

  @Test
  void anOverlappingEntryTakesFirstHalvesOfTheWindowBefore() {
    double[][] values = {{1, 100}, {2, 100}, {100, 4}, {100, 8}};
    double[][] gates = {{0, 50}, {0, 50}, {50, 0}, {50, Math.log(2)}};
    double[] entry = operations.compress(compressor(true, 3), 1, values, gates);
    // weights 1, 3, 1, 3 · 2
    assertThat(entry[0]).isCloseTo(normed((1 + 6 + 4 + 48) / 11.0), within(1e-7));
    double[][] first = {{100, 4}, {100, 8}};
    double[] alone = operations.compress(compressor(true, 3), 0, first, new double[2][2]);
    assertThat(alone[0]).isCloseTo(normed((4 + 24) / 4.0), within(1e-7));
  }

  @Test
  void anEntryIsThereWithItsLastToken() {
    assertThat(operations.entries(4, 2)).isZero();
    assertThat(operations.entries(4, 3)).isOne();
    assertThat(operations.entries(128, 254)).isOne();
    assertThat(operations.entries(128, 255)).isEqualTo(2);
  }

  @Test
  void anEntryIsRotatedAsAtItsFirstToken() {
    Compressor plain = compressor(false, 1);
    Compressor rotated =
        new Compressor(
            new Value("kv", 3),
            new Value("gate", 3),
            2,
            RandomTensors.of("ape", List.of(2L, 3L), new float[6]),
            RandomTensors.of("norm", List.of(3L), 1f, 1f, 1f),
            plain.epsilon(),
            new float[] {0.25f});
    double[][] values = {{1, 1, 0}, {1, 1, 0}};
    double[] entry = operations.compress(rotated, 3, values, new double[2][3]);
    double length = 1 / Math.sqrt(2 / 3.0 + 1);
    assertThat(entry[0]).isCloseTo(length, within(1e-12));
    assertThat(entry[1]).isCloseTo(length * Math.cos(1.5), within(1e-12));
    assertThat(entry[2]).isCloseTo(length * Math.sin(1.5), within(1e-12));
  }

  @Test
  void matricesBecomeDoublyStochastic() {
    double[][] once = {{0, 0}, {Math.log(3), 0}};
    operations.doublyStochastic(once, 1, 0);
    assertThat(once[0]).containsExactly(new double[] {0.5 / 1.25, 0.5 / 0.75}, within(1e-12));
    assertThat(once[1]).containsExactly(new double[] {0.75 / 1.25, 0.25 / 0.75}, within(1e-12));
    double[][] often = {{3, -1, 0}, {0, 2, 1}, {-2, 0, 0.5}};
    operations.doublyStochastic(often, 20, 1e-6);
    for (int i = 0; i < 3; i++) {
      int k = i;
      double column = Arrays.stream(often).mapToDouble(row -> row[k]).sum();
      assertThat(column).isCloseTo(1, within(1e-5));
      assertThat(Arrays.stream(often[i]).sum()).isCloseTo(1, within(1e-3));
    }
  }

  @Test
  void streamsAreMixedByTheFirstIndex() {
    double[] weights = {2, 3, 10, 20, 1, 0.5, 0, 0.25};
    double[] streams = {1, 2, 3, 4};
    assertThat(operations.hyperRead(streams, weights, 2)).containsExactly(11, 16);
    double[] written = operations.hyperWrite(streams, weights, new double[] {1, -1});
    assertThat(written).containsExactly(10 + 1, -10 + 2, 20 + 0.5 + 0.75, -20 + 1 + 1);
  }

  @Test
  void wrongShapesAreFound() {
    RandomTensors random = new RandomTensors(1);
    Tensor table = random.matrix("e", DataType.F32, 5, 32, 1);
    Value x = new Value("embd", 32);
    Tensor sinks = random.vector("sinks", 4, 0, 1);
    List<Operation> wrong =
        List.of(
            new Operation.Repeat(x, new Value("y", 65)),
            new Operation.HyperRead(x, x, new Value("y", 8)),
            new Operation.GroupedLinear(x, List.of(table, table), new Value("y", 10)),
            new Operation.CompressedAttention(x, x, null, x, 0, 8, 1, sinks, new Value("y", 32)),
            new Operation.CompressedAttention(
                x, x, null, null, 0, 8, 1, sinks, new Value("y", 32)));
    for (Operation operation : wrong) {
      Value y = operation.output();
      Tensor identity = RandomTensors.identity("identity", y.width());
      Operation embed = new Operation.Embed(table, x);
      Operation logits = new Operation.Logits(y, identity, new Value("logits", y.width()));
      Graph graph = new Graph(List.of(embed, operation, logits), 1);
      assertThatThrownBy(() -> GraphCheck.check(graph))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
