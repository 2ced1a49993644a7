// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import java.util.ArrayList;
import java.util.List;

/**
 * What the header says of a tensor. Reused while a header is checked, so that checking allocates
 * nothing; {@link #shape} and the name are made on request.
 */
final class SafetensorsEntry {
  private static final int MOST_DIMENSIONS = 16;
  private static final SafetensorsType[] TYPES = SafetensorsType.values();

  private final JsonText text;
  private final long dataBytes;
  private final long[] dimensions = new long[MOST_DIMENSIONS];
  private long name;
  private int rank;
  private SafetensorsType type = SafetensorsType.F32;
  private long begin;
  private long end;

  /**
   * An entry of a header.
   *
   * @param text the header
   * @param dataBytes the size of what follows it
   */
  SafetensorsEntry(JsonText text, long dataBytes) {
    this.text = text;
    this.dataBytes = dataBytes;
  }

  /**
   * Reads and checks what stands behind a name, and leaves the cursor behind it.
   *
   * @param cursor behind the colon
   * @param name where the name's content begins
   */
  void read(JsonText cursor, long name) {
    this.name = name;
    boolean hasType = false;
    boolean hasShape = false;
    boolean hasOffsets = false;
    try {
      cursor.expect('{');
      do {
        long field = cursor.string("dtype, shape and data_offsets");
        cursor.expect(':');
        if (!hasType && cursor.equal(field, "dtype")) {
          hasType = true;
          readType(cursor);
        } else if (!hasShape && cursor.equal(field, "shape")) {
          hasShape = true;
          readShape(cursor);
        } else if (!hasOffsets && cursor.equal(field, "data_offsets")) {
          hasOffsets = true;
          readOffsets(cursor);
        } else {
          throw text.fault(
              field, "expected dtype, shape and data_offsets once each, found " + quote(field));
        }
      } while (cursor.more('}'));
    } catch (ModelFormatException e) {
      throw fault(e.offset(), e.detail());
    }
    if (!hasType || !hasShape || !hasOffsets) {
      String missing = !hasType ? "dtype" : !hasShape ? "shape" : "data_offsets";
      throw fault(name, missing + " is missing");
    }
    checkSize();
  }

  String name() {
    return text.text(name);
  }

  SafetensorsType type() {
    return type;
  }

  /** Where its data begins, counted from the beginning of all data. */
  long begin() {
    return begin;
  }

  /** Where its data ends. */
  long end() {
    return end;
  }

  /** Its dimensions, slowest first. */
  List<Long> shape() {
    List<Long> shape = new ArrayList<>(rank);
    for (int i = 0; i < rank; i++) {
      shape.add(dimensions[i]);
    }
    return shape;
  }

  /** A fault of this tensor where its name stands. */
  ModelFormatException fault(String detail) {
    return fault(name, detail);
  }

  private ModelFormatException fault(long at, String detail) {
    return text.fault(at, "tensor " + quote(name) + ": " + detail);
  }

  private String quote(long content) {
    return GgufCursor.quote(text.text(content));
  }

  private void readType(JsonText cursor) {
    long content = cursor.string("the name of a type");
    for (SafetensorsType known : TYPES) {
      if (cursor.equal(content, known.name())) {
        type = known;
        return;
      }
    }
    throw text.fault(content, "type " + quote(content) + " is not known");
  }

  private void readShape(JsonText cursor) {
    cursor.expect('[');
    rank = 0;
    if (cursor.take(']')) {
      return;
    }
    do {
      if (rank == MOST_DIMENSIONS) {
        throw text.fault(
            cursor.position(), "expected at most " + MOST_DIMENSIONS + " dimensions, found more");
      }
      dimensions[rank++] = cursor.natural("a dimension");
    } while (cursor.more(']'));
  }

  private void readOffsets(JsonText cursor) {
    cursor.expect('[');
    begin = cursor.natural("an offset");
    cursor.expect(',');
    end = cursor.natural("an offset");
    cursor.expect(']');
  }

  private void checkSize() {
    long elements = 1;
    for (int i = 0; i < rank; i++) {
      if (Math.multiplyHigh(elements, dimensions[i]) != 0 || elements * dimensions[i] < 0) {
        throw fault("shape " + shape() + " has more than 2^63 elements");
      }
      elements *= dimensions[i];
    }
    if (elements > Long.MAX_VALUE / type.bits()) {
      throw fault(type + " " + shape() + " has more than 2^63 bits");
    }
    long bits = elements * type.bits();
    if (bits % 8 != 0) {
      throw fault(
          "expected a whole number of bytes, found " + bits + " bits for " + type + " " + shape());
    }
    if (begin > end || end > dataBytes) {
      throw fault(
          "expected data_offsets within the "
              + dataBytes
              + " bytes of data, found ["
              + begin
              + ", "
              + end
              + "]");
    }
    if (end - begin != bits / 8) {
      throw fault(
          "expected "
              + bits / 8
              + " bytes for "
              + type
              + " "
              + shape()
              + ", found data_offsets ["
              + begin
              + ", "
              + end
              + "]");
    }
  }
}
