// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Operation.Scoring;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Writes GGUF files with the real sizes of published models and random weights, for memory and
 * speed. They are written as they are made, so that a model may be larger than the heap.
 *
 * <pre>
 * java -cp benchmarks/target/benchmarks.jar dev.coterie.testkit.LargeModels deepseek-v2-lite Q4_0 model.gguf
 * </pre>
 */
public final class LargeModels {
  private static final int CONTEXT_LENGTH = 32_768;
  private static final int CHUNK_BYTES = 1 << 20;

  private LargeModels() {}

  /**
   * The sizes of DeepSeek-V2-Lite: 15.7 billion parameters, 2.7 of them active.
   *
   * @param type how matrices are encoded
   * @return the shape
   */
  public static ModelShape deepseekV2Lite(DataType type) {
    return new ModelShape(
        "deepseek2",
        27,
        2048,
        16,
        1,
        192,
        10_944,
        102_400,
        type,
        false,
        new ModelShape.Latent(0, 512, 64, 128),
        new ModelShape.Mixture(64, 6, 1408, 1, 2, Scoring.SOFTMAX, false, 1, 1, false, 1));
  }

  /**
   * The sizes of Llama-3.2-1B: 1.2 billion parameters.
   *
   * @param type how matrices are encoded
   * @return the shape
   */
  public static ModelShape llama1b(DataType type) {
    return new ModelShape("llama", 16, 2048, 32, 8, 64, 8192, 128_256, type, true);
  }

  /**
   * Writes a model.
   *
   * @param file where
   * @param shape the model's sizes
   * @param seed the same seed gives the same file
   * @return {@code file}
   */
  public static Path write(Path file, ModelShape shape, long seed) {
    GgufWriter writer = RandomModels.pairs(shape, CONTEXT_LENGTH);
    RandomGenerator random = new SplittableRandom(seed);
    for (RandomWeight weight : RandomWeights.of(shape)) {
      if (weight.shape().size() == 1) {
        writer.tensor(weight.make(new RandomTensors(random.nextLong())));
      } else {
        writer.tensor(
            weight.name(),
            GgufWriter.number(weight.type()),
            weight.shape().reversed(),
            weight.type().bytes(weight.elements()),
            out -> write(weight, random, out));
      }
    }
    return writer.write(file);
  }

  private static void write(RandomWeight weight, RandomGenerator random, OutputStream out)
      throws IOException {
    DataType type = weight.type();
    int size = Math.toIntExact(type.bytes(type.blockSize()));
    ByteBuffer chunk =
        ByteBuffer.allocate(CHUNK_BYTES / size * size).order(ByteOrder.LITTLE_ENDIAN);
    long left = type.bytes(weight.elements());
    while (left > 0) {
      chunk.clear().limit((int) Math.min(left, chunk.capacity()));
      left -= chunk.limit();
      while (chunk.hasRemaining()) {
        BlockEncoder.write(type, BlockEncoder.Pattern.RANDOM, weight.deviation(), random, chunk);
      }
      out.write(chunk.array(), 0, chunk.limit());
    }
  }

  /**
   * Writes a model.
   *
   * @param arguments the shape, {@code deepseek-v2-lite} or {@code llama-1b}; the type, such as
   *     {@code Q4_0}; and the file
   */
  public static void main(String... arguments) {
    if (arguments.length != 3) {
      throw new IllegalArgumentException(
          "expected a shape, a type and a file, found " + List.of(arguments));
    }
    DataType type = DataType.valueOf(arguments[1].toUpperCase(Locale.ROOT));
    ModelShape shape =
        switch (arguments[0]) {
          case "deepseek-v2-lite" -> deepseekV2Lite(type);
          case "llama-1b" -> llama1b(type);
          default ->
              throw new IllegalArgumentException(
                  "shape: expected deepseek-v2-lite or llama-1b, found " + arguments[0]);
        };
    write(Path.of(arguments[2]), shape, 1);
  }
}
