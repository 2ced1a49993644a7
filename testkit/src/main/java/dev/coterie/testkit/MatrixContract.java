// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import dev.coterie.testkit.BatchPlan.Segment;
import dev.coterie.testkit.BatchPlan.Wanted;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Matrix products for every type of weights: alone, with bias, with residual, beside each other.
 */
public abstract class MatrixContract extends NormContract {
  private static final double DEVIATION = 0.05;

  /** For subclasses. */
  protected MatrixContract() {}

  @ParameterizedTest
  @EnumSource(DataType.class)
  void linear(DataType type) {
    int[] outs = {1, 3, 15, 16, 17, 31, 33, 100};
    int next = 0;
    for (int width : widths(type)) {
      for (int turn = 0; turn < 2; turn++, next++) {
        linear(type, outs[next % outs.length], width, turn == 1, ROWS);
      }
    }
    linear(type, 512, 256, true, 1, 9, 64);
    linear(type, 96, 1_536, false, 1, 3, 13, 65);
  }

  private void linear(DataType type, int out, int width, boolean biased, int... rows) {
    RandomTensors random = new RandomTensors(out + width);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", activations(random, width));
    Tensor weight = random.matrix("w.weight", type, out, width, DEVIATION);
    Tensor bias = biased ? random.vector("w.bias", out, 0, 1) : null;
    Graph graph = builder.observe(builder.linear("y", x, weight, bias));
    String what = "linear " + type + " " + out + " x " + width + (biased ? " + bias" : "");
    check(what, graph, rows(graph, rows), matmul(), matmulNmse());
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void linearOfBlocksAtTheEdges(DataType type) {
    for (int width : new int[] {256, 512}) {
      RandomTensors random = new RandomTensors(width);
      GraphBuilder builder = new GraphBuilder();
      Value x = builder.embed("embd", activations(random, width));
      Tensor weight = random.adversarial("w.weight", type, 47, width, DEVIATION);
      Graph graph = builder.observe(builder.linear("y", x, weight, null));
      check(type + " at the edges", graph, rows(graph, 71, 1, 8), matmul(), matmulNmse());
    }
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void logits(DataType type) {
    for (int vocabulary : new int[] {1, 17, 33, 100, 512}) {
      RandomTensors random = new RandomTensors(vocabulary);
      GraphBuilder builder = new GraphBuilder();
      Tensor table = activations(random, 256);
      Value norm =
          builder.rmsNorm(
              "result_norm",
              builder.embed("embd", table),
              random.vector("output_norm.weight", 256, 1, 0.3),
              1e-5f);
      Tensor weight = random.matrix("output.weight", type, vocabulary, 256, DEVIATION);
      Graph graph = builder.logits(norm, weight);
      BatchPlan plan = new BatchPlan(graph, vocabulary);
      int a = plan.sequence(30);
      int b = plan.sequence(20);
      plan.step(new Segment(a, 0, 9, Wanted.ALL), new Segment(b, 0, 13, Wanted.LAST));
      plan.step(new Segment(a, 9, 8, Wanted.NONE), new Segment(b, 13, 1, Wanted.LAST));
      plan.step(new Segment(a, 17, 8, Wanted.NONE));
      plan.step(new Segment(b, 14, 1, Wanted.NONE), new Segment(a, 25, 5, Wanted.ALL));
      check("logits " + type, graph, plan, matmul(), matmulNmse());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F32", "F16", "Q8_0", "Q4_0", "Q4_1", "Q6_K"})
  void logitsWithTheEmbeddingTable(DataType type) {
    RandomTensors random = new RandomTensors(7);
    Tensor table = random.matrix("token_embd.weight", type, VOCABULARY, 256, 1);
    GraphBuilder builder = new GraphBuilder();
    Graph graph = builder.logits(builder.embed("embd", table), table);
    check("tied " + type, graph, rows(graph, ROWS), matmul(), matmulNmse());
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void linearAndResidual(DataType type) {
    for (boolean residualOnTheLeft : new boolean[] {true, false}) {
      RandomTensors random = new RandomTensors(type.ordinal());
      GraphBuilder builder = new GraphBuilder();
      Value x = builder.embed("embd", random.matrix("e", DataType.F32, VOCABULARY, 256, 1));
      Tensor weight = random.matrix("w.weight", type, 256, 256, DEVIATION);
      Tensor bias = residualOnTheLeft ? null : random.vector("w.bias", 256, 0, 1);
      Value y = builder.linear("y", x, weight, bias);
      Value sum = residualOnTheLeft ? builder.add("sum", x, y) : builder.add("sum", y, x);
      Graph graph = builder.observe(sum);
      check("residual " + type, graph, rows(graph, 1, 3, 8, 31), matmul(), matmulNmse());
    }
  }

  /** The product is read again after its sum, so that it must not be lost to a fused operation. */
  @Test
  void linearWhoseResultIsReadTwice() {
    RandomTensors random = new RandomTensors(8);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", random.matrix("e", DataType.F32, VOCABULARY, 64, 1));
    Value y = builder.linear("y", x, random.matrix("w", DataType.Q8_0, 64, 64, DEVIATION), null);
    Value sum = builder.add("sum", x, y);
    Graph graph = builder.observe(builder.swiGlu("gated", sum, y));
    check("product read twice", graph, rows(graph, ROWS), matmul(), matmulNmse());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "F32 F32 F32",
        "Q4_0 Q4_0 Q8_0",
        "Q4_K Q4_K Q6_K",
        "Q5_0 F16 BF16",
        "Q4_1 Q4_1 Q4_1"
      })
  void linearsThatShareAnInput(String types) {
    RandomTensors random = new RandomTensors(9);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", random.matrix("e", DataType.F32, VOCABULARY, 256, 1));
    Value norm = builder.rmsNorm("norm", x, random.vector("norm.weight", 256, 1, 0.3), 1e-5f);
    List<Value> made = new ArrayList<>();
    for (String type : types.split(" ")) {
      String name = "proj" + made.size();
      Tensor weight = random.matrix(name, DataType.valueOf(type), 112, 256, DEVIATION);
      Tensor bias = made.isEmpty() ? random.vector("bias", 112, 0, 1) : null;
      made.add(builder.linear(name, norm, weight, bias));
    }
    Value sum = builder.swiGlu("gated", made.get(0), made.get(1));
    sum = builder.add("sum", sum, made.get(2));
    Tensor down = random.matrix("down", DataType.F32, 40, 112, DEVIATION);
    Graph graph = builder.observe(builder.linear("down", sum, down, null));
    check("shared input " + types, graph, rows(graph, ROWS), matmul(), matmulNmse());
  }

  @ParameterizedTest
  @ValueSource(ints = {96, 160, 256, 288})
  void feedForward(int intermediate) {
    RandomTensors random = new RandomTensors(intermediate);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", random.matrix("e", DataType.F32, VOCABULARY, 96, 1));
    Value norm = builder.rmsNorm("ffn_norm", x, random.vector("n", 96, 1, 0.3), 1e-5f);
    Tensor gateProj = random.matrix("ffn_gate", DataType.Q4_0, intermediate, 96, 0.1);
    Tensor upProj = random.matrix("ffn_up", DataType.Q4_0, intermediate, 96, 0.1);
    Tensor downProj = random.matrix("ffn_down", DataType.Q8_0, 96, intermediate, 0.1);
    Value gate = builder.linear("ffn_gate", norm, gateProj, null);
    Value up = builder.linear("ffn_up", norm, upProj, null);
    Value down = builder.linear("ffn_out", builder.swiGlu("ffn", gate, up), downProj, null);
    Graph graph = builder.observe(builder.add("l_out", down, x));
    check("feed-forward " + intermediate, graph, rows(graph, ROWS), matmul(), matmulNmse());
  }
}
