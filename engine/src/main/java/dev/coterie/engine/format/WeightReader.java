// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.Shards.Weight;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Tensor.Scales;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes tensors of what safetensors files hold, with the scales that lie in tensors of their own:
 * {@code X_scale_inv} or {@code X.scale} beside 8-bit floats, {@code X.scale} beside 4-bit floats
 * that are packed two a byte. Thread-safe.
 */
final class WeightReader {
  private static final int FP4_BLOCK = 32;

  private final String architecture;
  private final Shards shards;
  private final int blockRows;
  private final int blockColumns;
  private final boolean planning;
  private final Set<String> checkedScales = ConcurrentHashMap.newKeySet();
  private final Set<String> found = ConcurrentHashMap.newKeySet();

  /**
   * A reader.
   *
   * @param blockRows rows that share a scale of 8-bit floats
   * @param blockColumns columns that share it
   * @param planning whether scales are left unread, since nothing will be computed
   */
  WeightReader(
      String architecture, Shards shards, int blockRows, int blockColumns, boolean planning) {
    this.architecture = architecture;
    this.shards = shards;
    this.blockRows = blockRows;
    this.blockColumns = blockColumns;
    this.planning = planning;
  }

  /** The first tensor that has one of these names, or null. */
  @Nullable Weight find(List<String> names) {
    for (String name : names) {
      Weight weight = shards.find(name);
      if (weight != null) {
        found.add(name);
        return weight;
      }
    }
    return null;
  }

  /** Whether a tensor was ever looked for by this name, and found. */
  boolean wasFound(String name) {
    return found.contains(name);
  }

  /** A whole tensor. */
  Tensor read(Weight weight) {
    List<Long> shape = weight.entry().shape();
    return read(
        weight, shape.isEmpty() ? List.of(1L) : shape, weight.file().data(weight.entry()), 0);
  }

  /** One of the matrices that are stacked in a tensor. */
  Tensor read(Weight weight, int index) {
    List<Long> shape = weight.entry().shape();
    MemorySegment data = weight.file().data(weight.entry());
    long bytes = data.byteSize() / Math.max(1, shape.getFirst());
    return read(weight, shape.subList(1, shape.size()), data.asSlice(index * bytes, bytes), index);
  }

  /**
   * One of the matrices of 4-bit floats that are stacked as blocks of 16 bytes.
   *
   * @param blocks {@code [matrices, rows, columns / 32, 16]}
   * @param scales {@code [matrices, rows, columns / 32]}
   */
  Tensor readBlocks(Weight blocks, Weight scales, int index) {
    List<Long> shape = blocks.entry().shape();
    if (shape.size() != 4
        || shape.get(3) != FP4_BLOCK / 2
        || blocks.entry().type() != SafetensorsType.U8) {
      throw blocks
          .entry()
          .fault("expected blocks of 16 bytes of type U8, found " + describe(blocks));
    }
    checkShape(blocks.entry(), shape);
    List<Long> wanted = shape.subList(0, 3);
    if (!scales.entry().shape().equals(wanted)
        || !(scales.entry().type() == SafetensorsType.U8
            || scales.entry().type() == SafetensorsType.F8_E8M0)) {
      throw scales
          .entry()
          .fault("expected scales " + wanted + " of type U8, found " + describe(scales));
    }
    MemorySegment data = blocks.file().data(blocks.entry());
    MemorySegment factors = scales.file().data(scales.entry());
    long rows = shape.get(1);
    long groups = shape.get(2);
    long bytes = rows * groups;
    Tensor factor =
        factors(
            scales, DataType.F8_E8M0, List.of(rows, groups), factors.asSlice(index * bytes, bytes));
    return new Tensor(
        blocks.entry().name(),
        DataType.F4_E2M1,
        List.of(rows, groups * FP4_BLOCK),
        data.asSlice(index * bytes * FP4_BLOCK / 2, bytes * FP4_BLOCK / 2),
        new Scales(factor, 1, FP4_BLOCK));
  }

  private Tensor read(Weight weight, List<Long> shape, MemorySegment data, int index) {
    SafetensorsEntry entry = weight.entry();
    checkShape(entry, shape);
    return switch (entry.type()) {
      case F32, F16, BF16 -> new Tensor(entry.name(), dataType(weight), shape, data);
      case F8_E4M3 -> {
        Scales scales = scales(weight, shape, blockRows, blockColumns, index);
        yield new Tensor(entry.name(), DataType.F8_E4M3, shape, data, scales);
      }
      case F4 -> fourBitFloats(weight, shape, data, index);
      case I8, U8 -> {
        if (shape.isEmpty() || scalesOf(entry.name()) == null) {
          throw unsupported(entry);
        }
        List<Long> unpacked = new ArrayList<>(shape);
        unpacked.set(shape.size() - 1, Math.multiplyExact(2L, shape.getLast()));
        yield fourBitFloats(weight, unpacked, data, index);
      }
      default -> throw unsupported(entry);
    };
  }

  private Tensor fourBitFloats(Weight weight, List<Long> shape, MemorySegment data, int index) {
    if (shape.getLast() % FP4_BLOCK != 0) {
      throw weight
          .entry()
          .fault(
              "expected rows of a multiple of "
                  + FP4_BLOCK
                  + " elements, found "
                  + shape.getLast());
    }
    Scales scales = scales(weight, shape, 1, FP4_BLOCK, index);
    return new Tensor(weight.entry().name(), DataType.F4_E2M1, shape, data, scales);
  }

  /** Rows and columns are counted in integers, and what is computed with has some of both. */
  private static void checkShape(SafetensorsEntry entry, List<Long> shape) {
    long rows = 1;
    for (int i = 0; i < shape.size(); i++) {
      long n = shape.get(i);
      if (n < 1 || n > Integer.MAX_VALUE) {
        throw entry.fault("expected dimensions from 1 to 2^31 - 1, found " + entry.shape());
      }
      rows = i < shape.size() - 1 ? Math.min(rows * n, 1L << 31) : rows;
    }
    if (rows > Integer.MAX_VALUE) {
      throw entry.fault("expected at most 2^31 - 1 rows, found " + entry.shape());
    }
  }

  private static DataType dataType(Weight weight) {
    DataType type = weight.entry().type().dataType();
    if (type == null) {
      throw new AssertionError(weight.entry().type());
    }
    return type;
  }

  private @Nullable Weight scalesOf(String name) {
    String stem = name.endsWith(".weight") ? name.substring(0, name.length() - 7) : name;
    return find(List.of(name + "_scale_inv", stem + ".scale"));
  }

  /** The scales of a matrix; of one in a stack, the part of the scales that is its own. */
  private Scales scales(Weight weight, List<Long> shape, int rows, int columns, int index) {
    SafetensorsEntry entry = weight.entry();
    Weight scales = scalesOf(entry.name());
    if (scales == null) {
      throw entry.fault(
          "expected scales "
              + GgufCursor.quote(entry.name() + "_scale_inv")
              + " beside it, found none");
    }
    int rank = entry.shape().size();
    if (shape.size() != 2 || rank > 3) {
      throw entry.fault("expected a matrix, found " + describe(weight));
    }
    List<Long> wanted =
        List.of(
            Math.ceilDiv(shape.get(0), (long) rows), Math.ceilDiv(shape.get(1), (long) columns));
    List<Long> found = scales.entry().shape();
    List<Long> one = rank == 3 && found.size() == 3 ? found.subList(1, 3) : found;
    boolean stacked = rank != 3 || (found.size() == 3 && found.get(0).equals(entry.shape().get(0)));
    if (!one.equals(wanted) || !stacked) {
      throw scales
          .entry()
          .fault(
              "expected a scale for each "
                  + rows
                  + " x "
                  + columns
                  + " block, "
                  + wanted
                  + ", found "
                  + found);
    }
    DataType type = scales.entry().type().dataType();
    if (scales.entry().type() == SafetensorsType.U8) {
      type = DataType.F8_E8M0;
    }
    if (type != DataType.F32
        && type != DataType.F8_E8M0
        && type != DataType.BF16
        && type != DataType.F16) {
      throw unsupported(scales.entry());
    }
    long bytes = type.bytes(wanted.get(0) * wanted.get(1));
    MemorySegment data = scales.file().data(scales.entry()).asSlice(index * bytes, bytes);
    return new Scales(factors(scales, type, wanted, data), rows, columns);
  }

  /** Scales as a tensor, once it is known that each is a number. */
  private Tensor factors(Weight weight, DataType type, List<Long> shape, MemorySegment data) {
    Tensor factors = new Tensor(weight.entry().name(), type, shape, data);
    long begin = data.address() - weight.file().data(weight.entry()).address();
    if (!planning && !checkedScales.contains(factors.name() + "@" + begin)) {
      float[] row = new float[factors.columns()];
      for (int r = 0; r < factors.rows(); r++) {
        factors.decodeRow(r, row, 0);
        for (int c = 0; c < row.length; c++) {
          if (!Float.isFinite(row[c])) {
            long offset = begin + type.bytes((long) r * row.length + c);
            throw weight
                .file()
                .dataFault(weight.entry(), offset, "expected finite scales, found " + row[c]);
          }
        }
      }
      checkedScales.add(factors.name() + "@" + begin);
    }
    return factors;
  }

  private UnsupportedModelException unsupported(SafetensorsEntry entry) {
    return new UnsupportedModelException(
        architecture,
        "tensor '" + entry.name() + "' has type " + entry.type() + ", which is not supported");
  }

  private static String describe(Weight weight) {
    return weight.entry().type() + " " + weight.entry().shape();
  }

  /** The fault for a tensor of another shape. */
  ModelFormatException misshapen(String name, List<Long> expected, List<Long> found) {
    return fault(name, "expected " + expected + ", found " + found);
  }

  /** A fault of a tensor. */
  ModelFormatException fault(String name, String detail) {
    Weight weight = shards.find(name);
    return weight == null
        ? new ModelFormatException(shards.path(), -1, "tensor '" + name + "': " + detail)
        : weight.entry().fault(detail);
  }
}
