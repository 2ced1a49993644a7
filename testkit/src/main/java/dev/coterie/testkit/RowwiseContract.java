// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.CacheType;
import dev.coterie.spi.Batch;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import dev.coterie.testkit.BatchPlan.Segment;
import dev.coterie.testkit.BatchPlan.Wanted;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operations that look at one row of activations and no matrix. */
public abstract class RowwiseContract extends ContractHarness {
  /** For subclasses. */
  protected RowwiseContract() {}

  @ParameterizedTest
  @EnumSource(DataType.class)
  void embed(DataType type) {
    RandomTensors random = new RandomTensors(type.ordinal());
    for (int width : widths(type)) {
      Tensor table = random.adversarial("token_embd.weight", type, VOCABULARY, width, 1);
      GraphBuilder builder = new GraphBuilder();
      Graph graph = builder.observe(builder.embed("embd", table));
      check("embed " + type + " " + width, graph, rows(graph, 1, 71, 9), rowwise(), elementwise());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 31, 32, 64, 96, 100, 256, 288, 512, 576, 1_536})
  void rmsNorm(int width) {
    RandomTensors random = new RandomTensors(width);
    for (float epsilon : new float[] {1e-5f, 1e-6f}) {
      GraphBuilder builder = new GraphBuilder();
      Tensor table = activations(random, width);
      Value x = builder.embed("embd", table);
      Tensor weight = random.vector("norm.weight", width, 1, 0.3);
      Graph graph = builder.observe(builder.rmsNorm("norm", x, weight, epsilon));
      int[] rows = width > 512 ? new int[] {1, 13} : ROWS;
      check("rmsNorm " + width, graph, rows(graph, rows), rowwise(), reduction());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64, 80, 128})
  void rope(int headSize) {
    for (int heads : new int[] {1, 3, 4}) {
      for (int pairs : new int[] {headSize / 2, headSize / 4}) {
        for (boolean interleaved : new boolean[] {true, false}) {
          rope(heads, headSize, pairs, interleaved, heads == 3 ? 1.34657f : 1f);
        }
      }
    }
  }

  private void rope(int heads, int headSize, int pairs, boolean interleaved, float magnitude) {
    RandomTensors random = new RandomTensors(headSize + pairs);
    GraphBuilder builder = new GraphBuilder();
    int width = heads * headSize;
    Value x = builder.embed("embd", activations(random, width));
    float[] frequencies = GraphBuilder.frequencies(pairs, 10_000);
    Graph graph =
        builder.observe(builder.rope("rope", x, headSize, interleaved, frequencies, magnitude));
    BatchPlan plan = new BatchPlan(graph, heads);
    int end = 5_000;
    int sequence = plan.sequence(end);
    plan.step(new Segment(sequence, 0, 65, Wanted.ALL));
    plan.step(
        new Segment(sequence, 65, 1, Wanted.ALL), new Segment(sequence, end - 3, 3, Wanted.ALL));
    String what = "rope " + heads + " x " + headSize + ", " + pairs + " pairs, " + interleaved;
    double limit = elementwise() + end * Tolerances.ROTATION_PER_RADIAN;
    check(what, graph, plan, rowwise(), limit);
    BatchPlan early = new BatchPlan(graph, heads);
    early.chunks(early.sequence(9), Wanted.ALL, 1, 2, 1, 5);
    check(what, graph, early, rowwise(), elementwise() + 9 * Tolerances.ROTATION_PER_RADIAN);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 31, 96, 160, 256, 576})
  void swiGluOverTheWholeRangeOfFloats(int width) {
    RandomTensors random = new RandomTensors(width);
    float[] gates = new float[VOCABULARY * width];
    float[] steps = {
      0f, -0f, 1e-20f, -1e-20f, 0.5f, -0.5f, 5f, -5f, 17f, -17f, 88f, -88f, 300f, -300f
    };
    for (int i = 0; i < gates.length; i++) {
      gates[i] = steps[(i + i / width) % steps.length];
    }
    GraphBuilder builder = new GraphBuilder();
    Tensor table = RandomTensors.of("gate", List.of((long) VOCABULARY, (long) width), gates);
    Value gate = builder.embed("gate", table);
    Value up = builder.embed("up", activations(random, width));
    Graph graph = builder.observe(builder.swiGlu("swiglu", gate, up));
    check("swiGlu " + width, graph, rows(graph, ROWS), rowwise(), elementwise());
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 96, 256})
  void swiGluOnSmallGates(int width) {
    RandomTensors random = new RandomTensors(width);
    GraphBuilder builder = new GraphBuilder();
    Value gate = builder.embed("gate", random.matrix("gate", DataType.F32, VOCABULARY, width, 1.5));
    Value up = builder.embed("up", random.matrix("up", DataType.F32, VOCABULARY, width, 1));
    Graph graph = builder.observe(builder.swiGlu("swiglu", gate, up));
    check("swiGlu " + width, graph, rows(graph, ROWS), rowwise(), elementwise());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 31, 96, 576})
  void add(int width) {
    RandomTensors random = new RandomTensors(width);
    GraphBuilder builder = new GraphBuilder();
    Value left = builder.embed("left", activations(random, width));
    Value right =
        builder.embed("right", random.matrix("right", DataType.F32, VOCABULARY, width, 1));
    Graph graph = builder.observe(builder.add("sum", left, right));
    check("add " + width, graph, rows(graph, ROWS), rowwise(), elementwise());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 31, 96, 576})
  void concat(int width) {
    RandomTensors random = new RandomTensors(width);
    GraphBuilder builder = new GraphBuilder();
    Value first = builder.embed("first", activations(random, width));
    Value second =
        builder.embed("second", random.matrix("second", DataType.F32, VOCABULARY, 48, 1));
    Value both = new Value("both", width + 48);
    Graph graph = builder.observe(builder.append(new Operation.Concat(first, second, both)));
    check("concat " + width, graph, rows(graph, ROWS), rowwise(), elementwise());
  }

  /** Each row's state comes from the batch, and another goes back in its place. */
  @ParameterizedTest
  @ValueSource(ints = {1, 16, 31, 96, 576})
  void hiddenStates(int width) {
    GraphBuilder builder = new GraphBuilder();
    Tensor table =
        new RandomTensors(width).matrix("token_embd.weight", DataType.F32, VOCABULARY, width, 1);
    Value hidden = builder.append(new Operation.HiddenInput(new Value("hidden", width)));
    Value sum = builder.add("sum", hidden, builder.embed("embd", table));
    builder.append(new Operation.HiddenOutput(sum, new Value("result_hidden", width)));
    Graph graph = builder.observe(sum);
    Limits limits = new Limits(65, 3, CacheType.F32);
    if (refuses("hidden states", graph, limits)) {
      return;
    }
    Batch batch = new Batch(limits.maxRows());
    try (Executable executable = backend().compile(graph, limits, QUIET)) {
      for (int rows : ROWS) {
        int[] tokens = IntStream.range(0, rows).map(i -> i * 7 % VOCABULARY).toArray();
        batch.clear();
        batch.add(tokens, 0, rows, 0, new int[] {0, 1, 2}, true, false);
        float[] states = batch.hidden(width);
        float[][] expected = new float[rows][width];
        for (int row = 0; row < rows; row++) {
          table.decodeRow(tokens[row], expected[row], 0);
          for (int i = 0; i < width; i++) {
            states[row * width + i] = 1 + row + i % 3;
            expected[row][i] += states[row * width + i];
          }
        }
        executable.run(batch);
        String what = "hidden states " + width + ", rows " + rows;
        rowwise().judge(what, expected, split(batch.logits(width), rows, width), elementwise());
        assertThat(batch.hidden(width)).isSameAs(states);
        rowwise().judge(what, expected, split(states, rows, width), elementwise());
      }
    }
  }

  private static float[][] split(float[] values, int rows, int width) {
    return IntStream.range(0, rows)
        .mapToObj(row -> Arrays.copyOfRange(values, row * width, (row + 1) * width))
        .toArray(float[][]::new);
  }

  @Test
  void addOfAValueToItself() {
    RandomTensors random = new RandomTensors(3);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", activations(random, 64));
    Graph graph = builder.observe(builder.add("sum", x, x));
    check("x + x", graph, rows(graph, ROWS), rowwise(), elementwise());
  }

  @Test
  void valuesLastAsLongAsTheyAreRead() {
    RandomTensors random = new RandomTensors(4);
    GraphBuilder builder = new GraphBuilder();
    Value x =
        builder.embed("embd", random.matrix("token_embd.weight", DataType.F32, VOCABULARY, 64, 1));
    Value norm = builder.rmsNorm("norm", x, random.vector("norm.weight", 64, 1, 0.3), 1e-5f);
    Value sum = builder.add("sum", x, norm);
    Value gated = builder.swiGlu("gated", norm, x);
    Value both = builder.add("both", sum, gated);
    Graph graph = builder.observe(builder.add("all", both, builder.add("again", x, sum)));
    check("values read again", graph, rows(graph, ROWS), rowwise(), reduction());
  }
}
