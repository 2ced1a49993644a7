// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import dev.coterie.testkit.BatchPlan.Segment;
import dev.coterie.testkit.BatchPlan.Wanted;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Norms of parts and with means, stretches of rows, partial rotations, limits, temperatures. */
public abstract class NormContract extends RowwiseContract {
  /** For subclasses. */
  protected NormContract() {}

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 16, 17, 31, 64, 80, 128})
  void rmsNormOfParts(int size) {
    for (int parts : new int[] {1, 3, 8}) {
      for (boolean weighted : new boolean[] {true, false}) {
        RandomTensors random = new RandomTensors(size + parts);
        GraphBuilder builder = new GraphBuilder();
        Value x = builder.embed("embd", activations(random, parts * size));
        Tensor weight = weighted ? random.vector("norm.weight", size, 1, 0.3) : null;
        Graph graph = builder.observe(builder.rmsNorm("norm", x, weight, 1e-6f, parts));
        String what = "rmsNorm " + parts + " x " + size + (weighted ? "" : " without weight");
        check(what, graph, rows(graph, 1, 3, 9, 64), rowwise(), reduction());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 31, 32, 64, 100, 128, 256, 577})
  void layerNorm(int width) {
    for (float epsilon : new float[] {1e-5f, 1e-6f}) {
      RandomTensors random = new RandomTensors(width);
      GraphBuilder builder = new GraphBuilder();
      Value x = builder.embed("embd", activations(random, width));
      Tensor weight = random.vector("norm.weight", width, 1, 0.3);
      Tensor bias = random.vector("norm.bias", width, 0, 1);
      Graph graph = builder.observe(builder.layerNorm("norm", x, weight, bias, epsilon));
      check("layerNorm " + width, graph, rows(graph, 1, 3, 9, 64), rowwise(), reduction());
    }
  }

  /** The variance must come from the differences to the mean, not from the squares' mean. */
  @Test
  void layerNormFarFromZero() {
    RandomTensors random = new RandomTensors(5);
    float[] values = new float[VOCABULARY * 128];
    double[] noise = ReferenceOps.row(random.vector("noise", values.length, 0, 1), 0);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (30 + noise[i]);
    }
    GraphBuilder builder = new GraphBuilder();
    Value x =
        builder.embed("embd", RandomTensors.of("e", List.of((long) VOCABULARY, 128L), values));
    Tensor weight = random.vector("norm.weight", 128, 1, 0.3);
    Tensor bias = random.vector("norm.bias", 128, 0, 1);
    Graph graph = builder.observe(builder.layerNorm("norm", x, weight, bias, 1e-6f));
    check("layerNorm far from 0", graph, rows(graph, ROWS), rowwise(), reduction());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 1",
    "64, 0, 64",
    "64, 0, 1",
    "64, 63, 1",
    "40, 7, 19",
    "576, 0, 512",
    "576, 512, 64",
    "100, 33, 67"
  })
  void slice(int width, int from, int length) {
    RandomTensors random = new RandomTensors(width + from);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", activations(random, width));
    Graph graph = builder.observe(builder.slice("slice", x, from, length));
    check("slice of " + width, graph, rows(graph, ROWS), rowwise(), elementwise());
  }

  /** The latent and the rotated key of one projection, which is read a third time. */
  @Test
  void slicesThatShareAnInput() {
    RandomTensors random = new RandomTensors(6);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", random.matrix("e", DataType.F32, VOCABULARY, 64, 1));
    Tensor weight = random.matrix("kv_a", DataType.F32, 40, 64, 0.125);
    Value both = builder.linear("kv_a", x, weight, null);
    Value latent = builder.slice("latent", both, 0, 24);
    Value normed = builder.rmsNorm("normed", latent, random.vector("n", 24, 1, 0.3), 1e-6f);
    Value head = builder.slice("head", normed, 8, 16);
    Value key = builder.slice("key", both, 24, 16);
    float[] frequencies = GraphBuilder.frequencies(8, 10_000);
    Value rotated = builder.rope("rotated", key, 16, true, frequencies, 1);
    Value sum = builder.add("sum", builder.add("keys", rotated, key), head);
    Graph graph = builder.observe(builder.add("all", sum, builder.slice("last", both, 24, 16)));
    double limit = reduction() + 71 * Tolerances.ROTATION_PER_RADIAN;
    check("slices of one value", graph, rows(graph, ROWS), rowwise(), limit);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 64, 0, 32",
    "3, 24, 16, 4",
    "4, 192, 128, 32",
    "2, 128, 0, 32",
    "2, 80, 30, 9",
    "5, 16, 1, 1",
    "1, 18, 2, 8"
  })
  void ropeOfAPartOfEachHead(int heads, int headSize, int offset, int pairs) {
    for (boolean interleaved : new boolean[] {true, false}) {
      for (int sign : new int[] {1, -1}) {
        RandomTensors random = new RandomTensors(headSize + offset);
        GraphBuilder builder = new GraphBuilder();
        Value x = builder.embed("embd", activations(random, heads * headSize));
        float[] frequencies = GraphBuilder.frequencies(pairs, 10_000);
        for (int i = 0; i < pairs; i++) {
          frequencies[i] *= sign;
        }
        Value y = builder.rope("rope", x, headSize, offset, interleaved, frequencies, 1.25f);
        Graph graph = builder.observe(y);
        BatchPlan plan = new BatchPlan(graph, heads);
        int sequence = plan.sequence(1_000);
        plan.step(new Segment(sequence, 0, 65, Wanted.ALL));
        plan.step(
            new Segment(sequence, 65, 1, Wanted.ALL), new Segment(sequence, 997, 3, Wanted.ALL));
        String what =
            "rope " + heads + " x " + headSize + ", " + pairs + " pairs from " + offset + " on";
        double limit = elementwise() + 1_000 * Tolerances.ROTATION_PER_RADIAN;
        check(what + ", sign " + sign, graph, plan, rowwise(), limit);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 17, 64, 128})
  void positionScale(int width) {
    for (int period : new int[] {1, 7, 64, 8_192}) {
      RandomTensors random = new RandomTensors(width);
      GraphBuilder builder = new GraphBuilder();
      Value x = builder.embed("embd", activations(random, width));
      Graph graph = builder.observe(builder.positionScale("scaled", x, 0.1f, period));
      BatchPlan plan = new BatchPlan(graph, width);
      int sequence = plan.sequence(2 * 8_192 + 9);
      plan.step(new Segment(sequence, 0, 66, Wanted.ALL));
      plan.step(
          new Segment(sequence, 8_189, 5, Wanted.ALL), new Segment(sequence, 127, 1, Wanted.ALL));
      plan.step(new Segment(sequence, 2 * 8_192 - 2, 3, Wanted.ALL));
      check("positionScale " + period, graph, plan, rowwise(), elementwise());
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0.25f, 1, 7, 10, 100, Float.POSITIVE_INFINITY})
  void swiGluWithLimit(float limit) {
    for (int width : new int[] {1, 17, 96, 160}) {
      RandomTensors random = new RandomTensors(width);
      GraphBuilder builder = new GraphBuilder();
      Value gate = builder.embed("g", random.matrix("gate", DataType.F32, VOCABULARY, width, 8));
      Value up = builder.embed("u", random.matrix("up", DataType.F32, VOCABULARY, width, 8));
      Graph graph = builder.observe(builder.swiGlu("swiglu", gate, up, limit));
      check("swiGlu, limit " + limit, graph, rows(graph, ROWS), rowwise(), elementwise());
    }
  }
}
