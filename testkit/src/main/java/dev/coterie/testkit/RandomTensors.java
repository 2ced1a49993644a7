// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Makes tensors from a seed. Their data lies in native memory of exactly their size, as that of a
 * mapped file does.
 */
public final class RandomTensors {
  private static final int TENSOR_ALIGNMENT = 32;

  /** The rows of {@link #activations} that are not random. */
  private static final int SPECIAL_ROWS = 6;

  private final RandomGenerator random;

  /**
   * A source of tensors; the same seed gives the same ones in the same order.
   *
   * @param seed the seed
   */
  public RandomTensors(long seed) {
    random = new SplittableRandom(seed);
  }

  /**
   * A matrix of random blocks.
   *
   * @param name its name
   * @param type its type
   * @param rows its rows
   * @param columns its columns
   * @param deviation about the standard deviation of its values
   * @return the matrix
   */
  public Tensor matrix(String name, DataType type, int rows, int columns, double deviation) {
    ByteBuffer data = allocate(type, (long) rows * columns);
    while (data.hasRemaining()) {
      BlockEncoder.write(type, BlockEncoder.Pattern.RANDOM, deviation, random, data);
    }
    return scaled(tensor(name, type, List.of((long) rows, (long) columns), data), deviation);
  }

  /**
   * Matrices of random blocks, each with its own memory.
   *
   * @param name the beginning of their names
   * @param type their type
   * @param count how many
   * @param rows their rows
   * @param columns their columns
   * @param deviation about the standard deviation of their values
   * @return the matrices
   */
  public List<Tensor> matrices(
      String name, DataType type, int count, int rows, int columns, double deviation) {
    return IntStream.range(0, count)
        .mapToObj(i -> matrix(name + "." + i, type, rows, columns, deviation))
        .toList();
  }

  /**
   * Matrices of random blocks in one tensor, as GGUF files keep experts.
   *
   * @param name its name
   * @param type its type, one without scales beside
   * @param count how many matrices
   * @param rows their rows
   * @param columns their columns
   * @param deviation about the standard deviation of their values
   * @return {@code [count, rows, columns]}
   */
  public Tensor stack(
      String name, DataType type, int count, int rows, int columns, double deviation) {
    Tensor flat = matrix(name, type, Math.multiplyExact(count, rows), columns, deviation);
    if (flat.scales() != null) {
      throw new IllegalArgumentException("type: expected one without scales, found " + type);
    }
    return new Tensor(name, type, List.of((long) count, (long) rows, (long) columns), flat.data());
  }

  /**
   * The matrices of a stack.
   *
   * @param stack {@code [count, rows, columns]}
   * @return its slices, on the same memory
   */
  public static List<Tensor> slices(Tensor stack) {
    return IntStream.range(0, Math.toIntExact(stack.shape().getFirst()))
        .mapToObj(stack::slice)
        .toList();
  }

  /**
   * A matrix with blocks of every {@link BlockEncoder.Pattern}: whole rows of one pattern by turns,
   * and between them rows that mix all.
   *
   * @param name its name
   * @param type its type
   * @param rows its rows
   * @param columns its columns
   * @param deviation about the standard deviation of a random block's values
   * @return the matrix
   */
  public Tensor adversarial(String name, DataType type, int rows, int columns, double deviation) {
    BlockEncoder.Pattern[] patterns = BlockEncoder.Pattern.values();
    ByteBuffer data = allocate(type, (long) rows * columns);
    for (int row = 0; row < rows; row++) {
      BlockEncoder.Pattern whole = patterns[row / 2 % patterns.length];
      for (int column = 0; column < columns; column += type.blockSize()) {
        BlockEncoder.Pattern pattern =
            row % 2 == 0 ? whole : patterns[random.nextInt(patterns.length)];
        BlockEncoder.write(type, pattern, deviation, random, data);
      }
    }
    return scaled(tensor(name, type, List.of((long) rows, (long) columns), data), deviation);
  }

  /** Gives a matrix of 8-bit or 4-bit floats the scales that published checkpoints have. */
  private Tensor scaled(Tensor matrix, double deviation) {
    return switch (matrix.type()) {
      case F8_E4M3 -> scaled(matrix, DataType.F32, 128, 128, deviation / 2);
      case F4_E2M1 -> scaled(matrix, DataType.F8_E8M0, 1, 32, deviation / 2.9);
      default -> matrix;
    };
  }

  private Tensor scaled(
      Tensor matrix, DataType type, int blockRows, int blockColumns, double mean) {
    int rows = Math.ceilDiv(matrix.rows(), blockRows);
    int columns = Math.ceilDiv(matrix.columns(), blockColumns);
    Tensor factors = matrix(matrix.name() + "_scale", type, rows, columns, mean);
    return new Tensor(
        matrix.name(),
        matrix.type(),
        matrix.shape(),
        matrix.data(),
        new Tensor.Scales(factors, blockRows, blockColumns));
  }

  /**
   * An embedding table whose first rows are what strains kernels: all 0, all 1, all -1, alternating
   * signs, one outlier, and 1e-20; then normally distributed rows.
   *
   * @param name its name
   * @param rows its rows
   * @param columns its columns
   * @param outlier how great the outlier is, in standard deviations of the others
   * @return the table, F32
   */
  public Tensor activations(String name, int rows, int columns, float outlier) {
    float[] values = new float[Math.multiplyExact(rows, columns)];
    for (int row = 0; row < rows; row++) {
      int place = random.nextInt(columns);
      for (int i = 0; i < columns; i++) {
        float normal = (float) random.nextGaussian();
        values[row * columns + i] =
            switch (row < SPECIAL_ROWS ? row : -1) {
              case 0 -> 0f;
              case 1 -> 1f;
              case 2 -> -1f;
              case 3 -> i % 2 == 0 ? 1f : -1f;
              case 4 -> i == place ? outlier : normal;
              case 5 -> 1e-20f * normal;
              default -> normal;
            };
      }
    }
    return of(name, List.of((long) rows, (long) columns), values);
  }

  /**
   * A vector of normally distributed values.
   *
   * @param name its name
   * @param length its length
   * @param mean their mean
   * @param deviation their standard deviation
   * @return the vector, F32
   */
  public Tensor vector(String name, int length, double mean, double deviation) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (mean + deviation * random.nextGaussian());
    }
    return of(name, List.of((long) length), values);
  }

  /**
   * The identity matrix.
   *
   * @param name its name
   * @param size its rows and columns
   * @return the matrix, F32
   */
  public static Tensor identity(String name, int size) {
    float[] values = new float[Math.multiplyExact(size, size)];
    for (int i = 0; i < size; i++) {
      values[i * size + i] = 1;
    }
    return of(name, List.of((long) size, (long) size), values);
  }

  /**
   * A tensor of given values.
   *
   * @param name its name
   * @param shape its dimensions, slowest first
   * @param values its values
   * @return the tensor, F32
   */
  public static Tensor of(String name, List<Long> shape, float... values) {
    return of(name, DataType.F32, shape, values);
  }

  /**
   * A tensor of given values, rounded to its type.
   *
   * @param name its name
   * @param type a type that {@link BlockEncoder#encode} knows
   * @param shape its dimensions, slowest first
   * @param values its values
   * @return the tensor
   */
  public static Tensor of(String name, DataType type, List<Long> shape, float... values) {
    ByteBuffer data = allocate(type, values.length);
    data.put(BlockEncoder.encode(type, values));
    return tensor(name, type, shape, data);
  }

  private static ByteBuffer allocate(DataType type, long elements) {
    return Arena.ofAuto()
        .allocate(type.bytes(elements), TENSOR_ALIGNMENT)
        .asByteBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static Tensor tensor(String name, DataType type, List<Long> shape, ByteBuffer data) {
    return new Tensor(name, type, shape, MemorySegment.ofBuffer(data.rewind()).asReadOnly());
  }
}
