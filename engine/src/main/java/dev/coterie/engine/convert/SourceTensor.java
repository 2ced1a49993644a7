// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.convert;

import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.Metadata;
import dev.coterie.engine.format.RotatedRows;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of a checkpoint as it is to be written: one matrix, or those of all experts.
 *
 * @param name its name in GGUF files
 * @param shape its dimensions, slowest first
 * @param type its type in the source, null for integers
 * @param parts the matrices; asked for when they are needed, and not kept
 * @param headRows if not 0, how many rows a head has, whose halves are to be interleaved
 */
record SourceTensor(
    String name, List<Long> shape, @Nullable DataType type, Parts parts, int headRows) {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Finds the matrices. */
  interface Parts {
    List<Tensor> get();
  }

  /** The tensor of a name. */
  static SourceTensor of(Checkpoint checkpoint, String name) {
    Metadata metadata = checkpoint.metadata();
    String architecture = metadata.string("general.architecture");
    if (name.endsWith("ffn_gate_tid2eid.weight")) {
      return integers(checkpoint, name, architecture);
    }
    if (name.endsWith("_exps.weight") && !checkpoint.permutesRotatedRows()) {
      return experts(checkpoint, name, architecture);
    }
    Tensor tensor = checkpoint.find(name);
    if (tensor == null) {
      tensor = checkpoint.tensor(name); // says what is missing
    }
    int headRows =
        checkpoint.permutesRotatedRows()
            ? 0
            : RotatedRows.headRows(metadata, name, tensor.shape().getFirst());
    long[] dimensions = tensor.shape().stream().mapToLong(Long::longValue).toArray();
    return new SourceTensor(
        name,
        tensor.shape(),
        tensor.type(),
        () -> List.of(checkpoint.tensor(name, dimensions)),
        headRows);
  }

  /** One matrix after the other, which spares a copy of the stack. */
  private static SourceTensor experts(Checkpoint checkpoint, String name, String architecture) {
    Metadata metadata = checkpoint.metadata();
    int count = metadata.integer(architecture + ".expert_count", 1, 1 << 20);
    int hidden = metadata.integer(architecture + ".embedding_length", 1, Integer.MAX_VALUE);
    String inner = architecture + ".expert_feed_forward_length";
    if (!metadata.contains(inner)) {
      inner = architecture + ".feed_forward_length";
    }
    int width = metadata.integer(inner, 1, Integer.MAX_VALUE);
    boolean down = name.contains("ffn_down");
    int rows = down ? hidden : width;
    int columns = down ? width : hidden;
    DataType type = checkpoint.experts(name, count, rows, columns).getFirst().type();
    return new SourceTensor(
        name,
        List.of((long) count, (long) rows, (long) columns),
        type,
        () -> checkpoint.experts(name, count, rows, columns),
        0);
  }

  private static SourceTensor integers(Checkpoint checkpoint, String name, String architecture) {
    Metadata metadata = checkpoint.metadata();
    Tensor embedding = Objects.requireNonNull(checkpoint.find("token_embd.weight"));
    int experts = metadata.integer(architecture + ".expert_count", 1, 1 << 20);
    List<Long> shape =
        List.of(
            (long) embedding.rows(),
            (long) metadata.integer(architecture + ".expert_used_count", 1, experts));
    return new SourceTensor(
        name,
        shape,
        null,
        () -> {
          int[] values = checkpoint.integers(name, experts, shape.get(0), shape.get(1));
          MemorySegment bytes =
              MemorySegment.ofArray(new byte[Math.multiplyExact(4, values.length)]);
          for (int i = 0; i < values.length; i++) {
            bytes.set(INT, 4L * i, values[i]);
          }
          return List.of(new Tensor(name, DataType.F32, shape, bytes));
        },
        0);
  }

  long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** The row of a matrix that is to be written at a place. */
  int sourceRow(int row) {
    return headRows == 0 ? row : RotatedRows.published(row, headRows);
  }
}
