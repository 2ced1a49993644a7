// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coterie.CacheType;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Activation;
import dev.coterie.spi.Operation.Experts;
import dev.coterie.spi.Operation.Scoring;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mixtures of experts for every type of weights. */
public abstract class ExpertsContract extends RouteContract {
  private static final Activation PLAIN = new Activation.Swiglu(Float.POSITIVE_INFINITY);

  /** For subclasses. */
  protected ExpertsContract() {}

  /** A mixture whose input and routing come straight from tables. */
  private static final class Mixture {
    final RandomTensors random;
    final int experts;
    final int width;
    final int inner;
    DataType type = DataType.F32;
    DataType downType = DataType.F32;
    Activation activation = PLAIN;
    boolean gateBias;
    boolean upBias;
    boolean downBias;
    boolean weightsInput;
    double deviation = 1;

    Mixture(int experts, int width, int inner) {
      this.random = new RandomTensors(experts + width + inner);
      this.experts = experts;
      this.width = width;
      this.inner = inner;
    }

    Mixture types(DataType gateAndUp, DataType down) {
      type = gateAndUp;
      downType = down;
      return this;
    }

    private Tensor bias(String name, int columns) {
      return random.matrix(name, DataType.F32, experts, columns, 0.5);
    }

    Graph graph(Tensor routing) {
      GraphBuilder builder = new GraphBuilder();
      Value x = builder.embed("embd", random.matrix("e", DataType.F32, VOCABULARY, width, 1));
      double in = deviation / Math.sqrt(width);
      return builder.observe(
          builder.append(
              new Experts(
                  x,
                  builder.embed("topk", routing),
                  random.matrices("gate", type, experts, inner, width, in),
                  random.matrices("up", type, experts, inner, width, in),
                  random.matrices("down", downType, experts, width, inner, 1 / Math.sqrt(inner)),
                  gateBias ? bias("gate.bias", inner) : null,
                  upBias ? bias("up.bias", inner) : null,
                  downBias ? bias("down.bias", width) : null,
                  activation,
                  weightsInput,
                  new Value("moe_out", width))));
    }
  }

  /** For each token {@code used} different experts out of some, and weights. */
  private static Tensor routing(int used, int... among) {
    SplittableRandom random = new SplittableRandom(used);
    float[] values = new float[VOCABULARY * 2 * used];
    for (int row = 0; row < VOCABULARY; row++) {
      int[] experts = among.clone();
      for (int i = 0; i < used; i++) {
        int j = i + random.nextInt(experts.length - i);
        values[row * 2 * used + i] = experts[j];
        values[row * 2 * used + used + i] = (float) (0.05 + random.nextDouble());
        experts[j] = experts[i];
      }
    }
    return RandomTensors.of("topk", List.of((long) VOCABULARY, 2L * used), values);
  }

  private static int[] all(int experts) {
    int[] ids = new int[experts];
    Arrays.setAll(ids, i -> i);
    return ids;
  }

  private void check(String what, Graph graph, int... rows) {
    check(what, graph, rows(graph, rows), matmul(), matmulNmse());
  }

  @ParameterizedTest
  @EnumSource(DataType.class)
  void experts(DataType type) {
    int block = type.blockSize();
    int width = block == 256 ? 256 : block == 64 ? 128 : 96;
    int inner = block == 256 ? 512 : block == 64 ? 192 : 160;
    Graph graph = new Mixture(6, width, inner).types(type, type).graph(routing(2, all(6)));
    check("experts " + type, graph, 1, 2, 3, 9, 31, 65);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Q4_0 Q8_0", "Q4_K Q6_K", "Q8_0 F32", "BF16 Q4_0", "F8_E4M3 BF16"})
  void expertsOfMixedTypes(String types) {
    DataType type = DataType.valueOf(types.split(" ")[0]);
    DataType down = DataType.valueOf(types.split(" ")[1]);
    Graph graph = new Mixture(5, 256, 256).types(type, down).graph(routing(3, all(5)));
    check("experts " + types, graph, 1, 9, 64);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8, 16})
  void expertsOfEveryNumber(int experts) {
    for (int used : new int[] {1, 2, 8}) {
      if (used <= experts) {
        Mixture mixture = new Mixture(experts, 64, 32).types(DataType.Q8_0, DataType.Q4_0);
        check(used + " of " + experts, mixture.graph(routing(used, all(experts))), ROWS);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F32", "Q4_0", "Q8_0", "MXFP4"})
  void expertsWithoutTokens(DataType type) {
    Mixture mixture = new Mixture(8, 64, 96).types(type, type);
    check("all to the last", mixture.graph(routing(1, 7)), 1, 2, 13, 65);
    check("all to two", mixture.graph(routing(2, 5, 2)), 1, 2, 13, 65);
    check("none to most", mixture.graph(routing(1, 0, 3)), 1, 2, 13, 65);
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F32", "BF16", "Q4_0", "Q4_K", "MXFP4", "F8_E4M3"})
  void activationsBiasesAndLimits(DataType type) {
    Activation[] activations = {
      PLAIN,
      new Activation.Swiglu(10),
      new Activation.Swiglu(0.5f),
      new Activation.ShiftedSwiglu(1.702f, 7),
      new Activation.ShiftedSwiglu(1.702f, 0.75f)
    };
    for (int i = 0; i < activations.length; i++) {
      for (int biases = 0; biases < 3; biases++) {
        int size = type == DataType.Q4_K ? 256 : 96;
        Mixture mixture = new Mixture(4, size, size).types(type, type);
        mixture.activation = activations[i];
        mixture.deviation = i == 1 || i == 3 ? 8 : 1;
        mixture.gateBias = biases == 2;
        mixture.upBias = biases > 0;
        mixture.downBias = biases > 0;
        mixture.weightsInput = (i + biases) % 2 == 1;
        String what = type + ", " + activations[i] + ", biases " + biases;
        check(what, mixture.graph(routing(2, all(4))), 1, 9, 33);
      }
    }
  }

  @Test
  void oneByOneAsTogether() {
    for (DataType type : new DataType[] {DataType.F32, DataType.Q4_0, DataType.Q8_0}) {
      Graph graph = new Mixture(8, 96, 64).types(type, type).graph(routing(2, all(8)));
      assumeTrue(graph.operations().stream().allMatch(this::supports), type + " experts");
      int[] ones = new int[65];
      Arrays.fill(ones, 1);
      float[][] together = run(backend(), graph, rows(graph, 65), CacheType.F32);
      float[][] single = run(backend(), graph, rows(graph, ones), CacheType.F32);
      Accuracy.assertNmse(type + " one by one", together, single, consistencyNmse());
    }
  }

  /** As in a model: norm, router, experts in one tensor, shared expert, residual. */
  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"F32", "Q4_0", "Q8_0", "Q4_K"})
  void aWholeMixture(DataType type) {
    int size = type.blockSize() == 256 ? 256 : 96;
    RandomTensors random = new RandomTensors(size);
    GraphBuilder builder = new GraphBuilder();
    double deviation = 1 / Math.sqrt(size);
    Value x = builder.embed("embd", random.matrix("e", DataType.F32, VOCABULARY, size, 1));
    Value norm = builder.rmsNorm("norm", x, random.vector("n", size, 1, 0.1), 1e-6f);
    Tensor weight = random.matrix("router", DataType.F32, 8, size, 2 * deviation);
    Value logits = builder.linear("logits", norm, weight, null);
    Value routing = builder.route("topk", logits, Scoring.SOFTMAX, 8, true);
    Tensor gate = random.stack("gate", type, 8, size, size, deviation);
    Tensor up = random.stack("up", type, 8, size, size, deviation);
    Tensor down = random.stack("down", type, 8, size, size, deviation);
    Value routed =
        builder.experts(
            "moe",
            norm,
            routing,
            RandomTensors.slices(gate),
            RandomTensors.slices(up),
            RandomTensors.slices(down));
    Value g = builder.linear("g", norm, random.matrix("g", type, size, size, deviation), null);
    Value u = builder.linear("u", norm, random.matrix("u", type, size, size, deviation), null);
    Value d =
        builder.linear(
            "d", builder.swiGlu("gu", g, u), random.matrix("d", type, size, size, deviation), null);
    Graph graph = builder.observe(builder.add("out", builder.add("sum", routed, d), x));
    check("mixture " + type, graph, 1, 3, 9, 64);
  }
}
