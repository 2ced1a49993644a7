// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.CacheType;
import dev.coterie.runtime.cpu.scalar.ScalarKernels;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import dev.coterie.testkit.GraphBuilder;
import dev.coterie.testkit.RandomTensors;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which operations one barrier serves. */
class PlannerTest {
  private static final int WIDTH = 64;
  private static final int HEAD_SIZE = 32;
  private static final List<String> LAYER =
      List.of("RmsNorm", "Linear", "Store", "Attend", "Linear", "RmsNorm", "Linear", "Linear");

  private final Arena arena = Arena.ofConfined();
  private final GraphBuilder builder = new GraphBuilder();
  private final RandomTensors random = new RandomTensors(1);
  private final float[] frequencies = GraphBuilder.frequencies(HEAD_SIZE / 2, 10_000);

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor matrix(String name, int rows) {
    return random.matrix(name, dev.coterie.spi.DataType.F32, rows, WIDTH, 0.1);
  }

  private Tensor vector(String name) {
    return random.vector(name, WIDTH, 1, 0.1);
  }

  private Value linear(String name, Value x) {
    return builder.linear(name, x, matrix(name, WIDTH), null);
  }

  private Value embed() {
    return builder.embed("embd", matrix("embd", 100));
  }

  private List<String> plan(Graph graph) {
    return new Planner(
            graph,
            new Limits(4, 4, CacheType.F32),
            tensor -> PackedMatrices.pack(tensor, arena),
            new ScalarKernels(),
            2,
            HeapMemory.allocating(),
            arena)
        .plan().stream().map(step -> step.getClass().getSimpleName().replace("Step", "")).toList();
  }

  private Value layer(int layer, Value x) {
    String blk = "blk." + layer + ".";
    Value norm = builder.rmsNorm(blk + "attn_norm", x, vector("norm"), 1e-5f);
    Value q = linear(blk + "q", norm);
    Value k = linear(blk + "k", norm);
    Value v = linear(blk + "v", norm);
    q = builder.rope(blk + "q_rope", q, HEAD_SIZE, true, frequencies, 1);
    k = builder.rope(blk + "k_rope", k, HEAD_SIZE, true, frequencies, 1);
    Value attention = builder.attention(blk + "kqv", q, k, v, HEAD_SIZE, 0.2f);
    x = builder.add(blk + "ffn_inp", linear(blk + "out", attention), x);
    norm = builder.rmsNorm(blk + "ffn_norm", x, vector("norm"), 1e-5f);
    Value gate = linear(blk + "gate", norm);
    Value up = linear(blk + "up", norm);
    Value product = builder.swiGlu(blk + "swiglu", gate, up);
    return builder.add(blk + "l_out", linear(blk + "down", product), x);
  }

  @Test
  void aLayerTakesEightSteps() {
    Value x = layer(1, layer(0, embed()));
    Value norm = builder.rmsNorm("norm", x, vector("norm"), 1e-5f);
    List<String> steps = plan(builder.logits(norm, matrix("output", 100)));
    assertThat(steps.subList(0, 2)).containsExactly("Angles", "Embed");
    assertThat(steps.subList(2, 10)).isEqualTo(LAYER);
    assertThat(steps.subList(10, 18)).isEqualTo(LAYER);
    assertThat(steps.subList(18, steps.size())).containsExactly("RmsNorm", "Gather", "Linear");
  }

  @Test
  void anglesAreSharedOnlyByTheSameFrequenciesAndMagnitude() {
    Value x = embed();
    x = builder.rope("a", x, HEAD_SIZE, true, frequencies, 1);
    x = builder.rope("b", x, HEAD_SIZE, false, frequencies, 1);
    x = builder.rope("c", x, HEAD_SIZE, true, frequencies, 2);
    x = builder.rope("d", x, HEAD_SIZE, true, GraphBuilder.frequencies(HEAD_SIZE / 2, 500), 1);
    assertThat(plan(builder.observe(x)))
        .containsExactly(
            "Angles", "Angles", "Angles", "Embed", "Rope", "Rope", "Rope", "Rope", "Gather",
            "Linear");
  }

  @Test
  void aGateThatIsReadTwiceIsNotOverwritten() {
    Value x = embed();
    Value gate = linear("gate", x);
    Value up = linear("up", x);
    Value product = builder.swiGlu("swiglu", gate, up);
    assertThat(plan(builder.observe(builder.add("sum", product, gate))))
        .containsExactly("Embed", "Linear", "SwiGlu", "Add", "Gather", "Linear");
  }

  @Test
  void aResidualThatIsReadAgainIsNotAddedTo() {
    Value x = embed();
    Value sum = builder.add("sum", linear("out", x), x); // x is the product's input
    Value other = builder.add("other", linear("down", sum), x);
    Value last = builder.add("last", other, x); // x lives on
    assertThat(plan(builder.observe(last)))
        .containsExactly("Embed", "Linear", "Add", "Linear", "Add", "Add", "Gather", "Linear");
  }

  @Test
  void aSumOfAValueWithItselfIsComputed() {
    Value product = linear("out", embed());
    assertThat(plan(builder.observe(builder.add("sum", product, product))))
        .containsExactly("Embed", "Linear", "Add", "Gather", "Linear");
  }

  @Test
  void aBiasIsAddedBeforeTheResidual() {
    Value x = embed();
    Value norm = builder.rmsNorm("norm", x, vector("norm"), 1e-5f);
    Value out = builder.linear("out", norm, matrix("out", WIDTH), vector("bias"));
    assertThat(plan(builder.observe(builder.add("sum", out, x))))
        .containsExactly("Embed", "RmsNorm", "Linear", "Add", "Gather", "Linear");
  }
}
