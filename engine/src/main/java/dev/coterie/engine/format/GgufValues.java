// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Reads the values of GGUF key-value pairs: their type, then the value itself. */
final class GgufValues {
  /** The value types; a file gives the ordinal. */
  private enum Type {
    U8(1),
    I8(1),
    U16(2),
    I16(2),
    U32(4),
    I32(4),
    F32(4),
    BOOL(1),
    STR(8),
    ARR(12),
    U64(8),
    I64(8),
    F64(8);

    private static final Type[] VALUES = values();

    /** The bytes of a value; the fewest for strings and arrays. */
    final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private GgufValues() {}

  /** Steps over a value and checks it, without allocation. */
  static void skip(GgufCursor cursor) {
    Type type = type(cursor, "a value type");
    if (type != Type.ARR) {
      skip(cursor, type);
      return;
    }
    Type element = elementType(cursor);
    int count = cursor.count("a number of elements", element.bytes, GgufCursor.LONGEST);
    if (element == Type.STR || element == Type.U64 || element == Type.BOOL) {
      for (int i = 0; i < count; i++) {
        skip(cursor, element);
      }
    } else {
      cursor.skip((long) count * element.bytes, "elements");
    }
  }

  /** Reads a value as {@link Metadata} holds it. */
  static Object read(GgufCursor cursor) {
    Type type = type(cursor, "a value type");
    if (type != Type.ARR) {
      return scalar(cursor, type);
    }
    Type element = elementType(cursor);
    int count = cursor.count("a number of elements", element.bytes, GgufCursor.LONGEST);
    switch (element) {
      case STR -> {
        String[] strings = new String[count];
        for (int i = 0; i < count; i++) {
          strings[i] = cursor.string("a string");
        }
        return strings;
      }
      case F32, F64 -> {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
          numbers[i] = number(cursor, element);
        }
        return numbers;
      }
      case BOOL -> {
        boolean[] booleans = new boolean[count];
        for (int i = 0; i < count; i++) {
          booleans[i] = bool(cursor);
        }
        return booleans;
      }
      default -> {
        long[] integers = new long[count];
        for (int i = 0; i < count; i++) {
          integers[i] = integer(cursor, element);
        }
        return integers;
      }
    }
  }

  /**
   * Reads a value for people: arrays as lists, or, when they are long, as a text such as {@code
   * str[49152]}.
   */
  static Object show(GgufCursor cursor, int longest) {
    Type type = type(cursor, "a value type");
    if (type != Type.ARR) {
      return scalar(cursor, type);
    }
    Type element = elementType(cursor);
    int count = cursor.count("a number of elements", element.bytes, GgufCursor.LONGEST);
    if (count > longest) {
      return element.label() + "[" + count + "]";
    }
    List<Object> elements = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      elements.add(scalar(cursor, element));
    }
    return Collections.unmodifiableList(elements);
  }

  private static void skip(GgufCursor cursor, Type type) {
    switch (type) {
      case STR -> cursor.skipString("a string");
      case U64 -> integer(cursor, type);
      case BOOL -> bool(cursor);
      default -> cursor.skip(type.bytes, "a value");
    }
  }

  private static Object scalar(GgufCursor cursor, Type type) {
    return switch (type) {
      case STR -> cursor.string("a string");
      case BOOL -> bool(cursor);
      case F32, F64 -> number(cursor, type);
      default -> integer(cursor, type);
    };
  }

  private static double number(GgufCursor cursor, Type type) {
    return type == Type.F32
        ? Float.intBitsToFloat(cursor.i32("a number"))
        : Double.longBitsToDouble(cursor.i64("a number"));
  }

  private static boolean bool(GgufCursor cursor) {
    long at = cursor.position();
    int value = cursor.u8("a boolean");
    if (value > 1) {
      throw cursor.fault(at, "expected a boolean of 0 or 1, found " + value);
    }
    return value == 1;
  }

  private static long integer(GgufCursor cursor, Type type) {
    return switch (type) {
      case U8 -> cursor.u8("an integer");
      case I8 -> (byte) cursor.u8("an integer");
      case U16 -> cursor.i16("an integer") & 0xffff;
      case I16 -> cursor.i16("an integer");
      case U32 -> cursor.i32("an integer") & 0xffff_ffffL;
      case I32 -> cursor.i32("an integer");
      case U64 -> {
        long at = cursor.position();
        long value = cursor.i64("an integer");
        if (value < 0) {
          throw cursor.fault(
              at,
              "expected an integer below 9223372036854775808, found "
                  + Long.toUnsignedString(value));
        }
        yield value;
      }
      case I64 -> cursor.i64("an integer");
      case F32, BOOL, STR, ARR, F64 -> throw new IllegalArgumentException(type.label());
    };
  }

  private static Type type(GgufCursor cursor, String what) {
    long at = cursor.position();
    int id = cursor.i32(what);
    if (id < 0 || id >= Type.VALUES.length) {
      throw cursor.fault(
          at, "expected " + what + " from 0 to 12, found " + Integer.toUnsignedString(id));
    }
    return Type.VALUES[id];
  }

  private static Type elementType(GgufCursor cursor) {
    long at = cursor.position();
    Type type = type(cursor, "an element type");
    if (type == Type.ARR) {
      throw cursor.fault(at, "arrays of arrays are not supported");
    }
    return type;
  }
}
