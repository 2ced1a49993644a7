// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hyper-connections and grouped products. */
public abstract class HyperContract extends IndexerContract {
  private static final int STREAMS = 4;
  private static final int WEIGHTS = (2 + STREAMS) * STREAMS;
  private static final float EPSILON = 1e-6f;

  /** For subclasses. */
  protected HyperContract() {}

  private static Value weights(
      GraphBuilder builder, RandomTensors random, String name, Value streams, int iterations) {
    int width = streams.width();
    return builder.append(
        new Operation.HyperWeights(
            streams,
            random.matrix(name + ".fn", DataType.F32, WEIGHTS, width, 1 / Math.sqrt(width)),
            random.vector(name + ".base", WEIGHTS, 0, 1),
            random.vector(name + ".scale", 3, 1, 0.3),
            iterations,
            EPSILON,
            EPSILON,
            new Value(name, WEIGHTS)));
  }

  private static Value head(GraphBuilder builder, RandomTensors random, Value streams) {
    int width = streams.width();
    return builder.append(
        new Operation.HyperHead(
            streams,
            random.matrix("head.fn", DataType.F32, STREAMS, width, 1 / Math.sqrt(width)),
            random.vector("head.base", STREAMS, 0, 1),
            random.vector("head.scale", 1, 1, 0.3),
            EPSILON,
            EPSILON,
            new Value("head", width / STREAMS)));
  }

  private static Value read(GraphBuilder builder, String name, Value streams, Value weights) {
    Value output = new Value(name, streams.width() / STREAMS);
    return builder.append(new Operation.HyperRead(streams, weights, output));
  }

  private static Value write(
      GraphBuilder builder, String name, Value streams, Value weights, Value x) {
    Value output = new Value(name, streams.width());
    return builder.append(new Operation.HyperWrite(streams, weights, x, output));
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 33, 64, 96})
  void repeat(int width) {
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", activations(new RandomTensors(width), width));
    Value y = builder.append(new Operation.Repeat(x, new Value("y", STREAMS * width)));
    Graph graph = builder.observe(y);
    check("repeat " + width, graph, rows(graph, ROWS), rowwise(), elementwise());
  }

  @ParameterizedTest
  @CsvSource({"32, 1", "64, 2", "96, 3", "33, 20", "64, 20"})
  void hyperWeights(int width, int iterations) {
    GraphBuilder builder = new GraphBuilder();
    RandomTensors random = new RandomTensors(width);
    Value streams = builder.embed("embd", activations(random, STREAMS * width));
    Graph graph = builder.observe(weights(builder, random, "weights", streams, iterations));
    String what = "hyper weights " + width + ", " + iterations;
    check(what, graph, rows(graph, ROWS), rowwise(), reduction());
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 33, 64, 96})
  void hyperReadWriteAndHead(int width) {
    RandomTensors random = new RandomTensors(width);
    Tensor streams = activations(random, STREAMS * width);
    Tensor weights = random.matrix("weights", DataType.F32, VOCABULARY, WEIGHTS, 1);
    Tensor input = random.matrix("input", DataType.F32, VOCABULARY, width, 1);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("streams", streams);
    Graph graph = builder.observe(read(builder, "read", x, builder.embed("weights", weights)));
    check("hyper read " + width, graph, rows(graph, ROWS), rowwise(), reduction());
    builder = new GraphBuilder();
    x = builder.embed("streams", streams);
    Value w = builder.embed("weights", weights);
    graph = builder.observe(write(builder, "write", x, w, builder.embed("input", input)));
    check("hyper write " + width, graph, rows(graph, ROWS), rowwise(), reduction());
    builder = new GraphBuilder();
    graph = builder.observe(head(builder, random, builder.embed("streams", streams)));
    check("hyper head " + width, graph, rows(graph, ROWS), rowwise(), reduction());
  }

  /** Two layers in streams, from their start to their end. */
  @ParameterizedTest
  @ValueSource(ints = {32, 64, 96})
  void hyperConnections(int width) {
    RandomTensors random = new RandomTensors(width);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", random.matrix("e", DataType.F32, VOCABULARY, width, 1));
    x = builder.append(new Operation.Repeat(x, new Value("repeat", STREAMS * width)));
    for (int l = 0; l < 2; l++) {
      Value w = weights(builder, random, l + ".weights", x, 20);
      Value y = read(builder, l + ".read", x, w);
      y = builder.rmsNorm(l + ".norm", y, random.vector("n", width, 1, 0.3), EPSILON);
      Tensor matrix = random.matrix("w", DataType.F32, width, width, 1 / Math.sqrt(width));
      y = builder.linear(l + ".y", y, matrix, null);
      x = write(builder, l + ".write", x, w, y);
    }
    Graph graph = builder.observe(head(builder, random, x));
    check("streams of " + width, graph, rows(graph, ROWS), Accuracy::assertNmse, matmulNmse());
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 2, 17, 32",
    "F32, 8, 33, 100",
    "F32, 1, 5, 64",
    "Q8_0, 2, 16, 256",
    "Q8_0, 3, 33, 96",
    "Q8_0, 8, 40, 64",
    "F8_E4M3, 2, 130, 256",
    "F8_E4M3, 4, 33, 192",
    "F8_E4M3, 8, 16, 64"
  })
  void groupedLinear(DataType type, int groups, int out, int in) {
    RandomTensors random = new RandomTensors(groups + out);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", activations(random, groups * in));
    List<Tensor> weights = random.matrices("w", type, groups, out, in, 0.05);
    Value y = new Value("y", groups * out);
    Graph graph = builder.observe(builder.append(new Operation.GroupedLinear(x, weights, y)));
    String what = groups + " groups " + type + " " + out + " x " + in;
    check(what, graph, rows(graph, ROWS), matmul(), matmulNmse());
  }
}
