// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One mapped and checked GGUF file: a whole model or a part of one. Immutable. */
final class GgufPart {
  private static final int MAGIC = 0x46554747; // "GGUF"
  private static final int MOST_ENTRIES = 1 << 20;
  private static final int LEAST_PAIR_BYTES = 8 + 1 + 4 + 1;
  private static final int LEAST_TENSOR_BYTES = 8 + 1 + 4 + 8 + 4 + 8;
  private static final int DEFAULT_ALIGNMENT = 32;
  private static final int LEAST_ALIGNMENT = 8;
  private static final int MOST_ALIGNMENT = 1 << 24;

  private final MappedFile mapped;
  private final Path path;
  private final MemorySegment file;
  private final int version;
  private final GgufMetadata pairs;
  private final Metadata metadata;
  private final long alignment;
  private final GgufTable tensors;
  private final long dataStart;

  private GgufPart(MappedFile mapped) {
    this.mapped = mapped;
    path = mapped.path();
    file = mapped.content();
    GgufCursor cursor = new GgufCursor(path, file, 0);
    version = header(cursor);
    int numTensors = cursor.count("a number of tensors", LEAST_TENSOR_BYTES, MOST_ENTRIES);
    int numPairs = cursor.count("a number of keys", LEAST_PAIR_BYTES, MOST_ENTRIES);
    pairs = GgufMetadata.read(path, file, cursor, numPairs);
    metadata = new Metadata(path, pairs);
    alignment = alignment(metadata);
    tensors = new GgufTable(file, numTensors);
    long[] starts = new long[numTensors];
    long[] ends = new long[numTensors];
    GgufTensor tensor = new GgufTensor();
    for (int i = 0; i < numTensors; i++) {
      long at = cursor.position();
      tensor.read(cursor, alignment);
      if (!tensors.add(at)) {
        throw cursor.fault(at, "appears twice");
      }
      starts[i] = tensor.offset();
      ends[i] = tensor.bytes();
    }
    dataStart = Math.ceilDiv(cursor.position(), alignment) * alignment;
    checkExtents(starts, ends);
    checkOverlaps(starts, ends);
  }

  /**
   * Maps and checks a file.
   *
   * @throws IOException if it cannot be read
   * @throws dev.coterie.ModelFormatException if it is damaged
   */
  static GgufPart open(Path path, Arena arena) throws IOException {
    return new GgufPart(MappedFile.open(path, arena));
  }

  Path path() {
    return path;
  }

  @Nullable FileStamp stamp() {
    return mapped.stamp();
  }

  int version() {
    return version;
  }

  Metadata metadata() {
    return metadata;
  }

  GgufMetadata pairs() {
    return pairs;
  }

  long bytes() {
    return file.byteSize();
  }

  int numTensors() {
    return tensors.size();
  }

  /** Where a tensor's row in the table begins, or −1. */
  long find(String tensor) {
    return tensors.find(tensor);
  }

  /** Where a tensor's row in the table begins, counted in the order of the file. */
  long row(int index) {
    return tensors.position(index);
  }

  /** The name in the row at an offset. */
  String name(long row) {
    return new GgufCursor(path, file, row).string("a name");
  }

  /** The row at an offset. */
  GgufTensor tensor(long row) {
    GgufTensor tensor = new GgufTensor();
    tensor.read(new GgufCursor(path, file, row), alignment);
    return tensor;
  }

  /** The data of a tensor. */
  MemorySegment data(GgufTensor tensor) {
    return file.asSlice(dataStart + tensor.offset(), tensor.bytes());
  }

  /** A cursor at the beginning of a tensor's data, whose faults name the tensor. */
  GgufCursor data(long row, GgufTensor tensor) {
    GgufCursor cursor = new GgufCursor(path, file, dataStart + tensor.offset());
    cursor.subject("tensor", row);
    return cursor;
  }

  /** A cursor at a tensor's row, whose faults name the tensor. */
  GgufCursor cursor(long row) {
    GgufCursor cursor = new GgufCursor(path, file, row);
    cursor.subject("tensor", row);
    return cursor;
  }

  private static int header(GgufCursor cursor) {
    int magic = cursor.i32("magic number");
    if (magic != MAGIC) {
      throw cursor.fault(
          0, "expected a GGUF file, found the magic number 0x" + Integer.toHexString(magic));
    }
    int version = cursor.i32("version");
    if ((version & 0xffff) == 0 && version != 0) {
      throw cursor.fault(
          4, "expected a little-endian file, found a big-endian one; convert the model again");
    }
    if (version < 2 || version > 3) {
      throw cursor.fault(
          4,
          "expected GGUF version 2 or 3, found "
              + Integer.toUnsignedString(version)
              + (version == 1 ? "; convert the model again" : ""));
    }
    return version;
  }

  private static int alignment(Metadata metadata) {
    String key = "general.alignment";
    int alignment = metadata.integer(key, LEAST_ALIGNMENT, MOST_ALIGNMENT, DEFAULT_ALIGNMENT);
    if (Integer.bitCount(alignment) != 1) {
      throw metadata.fault(key, "expected a power of two, found " + alignment);
    }
    return alignment;
  }

  /** Checks that each tensor lies within the file, and turns sizes into ends. */
  private void checkExtents(long[] starts, long[] sizes) {
    long available = Math.max(0, file.byteSize() - dataStart);
    for (int i = 0; i < starts.length; i++) {
      if (starts[i] > available - sizes[i]) {
        throw cursor(row(i))
            .fault(
                row(i),
                "its "
                    + sizes[i]
                    + " bytes at byte "
                    + Long.toUnsignedString(dataStart + starts[i])
                    + " do not fit in the file of "
                    + file.byteSize()
                    + " bytes; the file is cut short");
      }
      sizes[i] += starts[i];
    }
  }

  /**
   * Checks that no two tensors share a byte. Of ranges that do not overlap the n-th end comes
   * before the n-th following start, also when starts and ends are sorted each on their own.
   */
  private void checkOverlaps(long[] starts, long[] ends) {
    Arrays.sort(starts);
    Arrays.sort(ends);
    for (int i = 1; i < starts.length; i++) {
      if (ends[i - 1] > starts[i]) {
        throw overlap(starts[i]);
      }
    }
  }

  /** The error for the first two tensors that hold a byte. */
  private RuntimeException overlap(long shared) {
    long first = -1;
    for (int i = 0; i < numTensors(); i++) {
      GgufTensor tensor = tensor(row(i));
      if (tensor.offset() <= shared && shared < tensor.offset() + tensor.bytes()) {
        if (first >= 0) {
          return cursor(row(i)).fault(row(i), "overlaps with " + GgufCursor.quote(name(first)));
        }
        first = row(i);
      }
    }
    throw new AssertionError("no tensors overlap at " + shared);
  }
}
