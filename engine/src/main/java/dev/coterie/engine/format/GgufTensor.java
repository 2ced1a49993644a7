// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A row of a tensor table. Reused while a table is checked, so that checking allocates nothing;
 * {@link #shape} and the name are made on request.
 */
final class GgufTensor {
  private static final int LONGEST_NAME = 63;

  private final long[] dimensions = new long[4]; // fastest first, as in the file
  private int rank;
  private GgmlType type = GgmlType.F32;
  private long offset;
  private long bytes;

  /**
   * Reads and checks a row and leaves the cursor behind it.
   *
   * @param cursor where the row begins
   * @param alignment what the offset must be a multiple of
   */
  void read(GgufCursor cursor, long alignment) {
    cursor.skipName("tensor", LONGEST_NAME);
    long at = cursor.position();
    rank = cursor.i32("a number of dimensions");
    if (rank < 1 || rank > 4) {
      throw cursor.fault(at, "expected 1 to 4 dimensions, found " + Integer.toUnsignedString(rank));
    }
    at = cursor.position();
    long elements = 1;
    for (int i = 0; i < rank; i++) {
      dimensions[i] = cursor.i64("a dimension");
    }
    for (int i = 0; i < rank; i++) {
      if (dimensions[i] < 1) {
        throw cursor.fault(at, "expected dimensions of at least 1, found " + unsignedShape());
      }
      if (Math.multiplyHigh(elements, dimensions[i]) != 0 || elements * dimensions[i] < 0) {
        throw cursor.fault(at, "dimensions " + shape() + " have more than 2^63 elements");
      }
      elements *= dimensions[i];
    }
    type = type(cursor);
    if (dimensions[0] % type.blockSize() != 0) {
      throw cursor.fault(
          at,
          "expected rows of a multiple of "
              + type.blockSize()
              + " elements for "
              + type
              + ", found "
              + dimensions[0]);
    }
    long blocks = elements / type.blockSize();
    if (blocks > Long.MAX_VALUE / type.blockBytes()) {
      throw cursor.fault(at, type + " " + shape() + " has more than 2^63 bytes");
    }
    bytes = blocks * type.blockBytes();
    at = cursor.position();
    offset = cursor.i64("an offset");
    if (offset < 0 || offset % alignment != 0) {
      throw cursor.fault(
          at,
          "expected an offset that is a multiple of "
              + alignment
              + ", found "
              + Long.toUnsignedString(offset));
    }
  }

  GgmlType type() {
    return type;
  }

  /** Where its data begins, counted from the beginning of all data. */
  long offset() {
    return offset;
  }

  /** The size of its data. */
  long bytes() {
    return bytes;
  }

  /** Its dimensions, slowest first. */
  List<Long> shape() {
    List<Long> shape = new ArrayList<>(rank);
    for (int i = rank - 1; i >= 0; i--) {
      shape.add(dimensions[i]);
    }
    return shape;
  }

  private List<String> unsignedShape() {
    return Arrays.stream(shape().toArray(Long[]::new)).map(Long::toUnsignedString).toList();
  }

  private static GgmlType type(GgufCursor cursor) {
    long at = cursor.position();
    int id = cursor.i32("a tensor type");
    GgmlType type = GgmlType.of(id);
    if (type != null) {
      return type;
    }
    throw cursor.fault(
        at,
        GgmlType.retired(id)
            ? "type " + id + " is no longer in use; convert the model again"
            : "expected a tensor type from 0 to 42, found " + Integer.toUnsignedString(id));
  }
}
