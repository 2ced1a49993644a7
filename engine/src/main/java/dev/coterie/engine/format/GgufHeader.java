// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.spi.DataType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a GGUF file of version 3 begins with: key-value pairs and the table of tensors. For use by
 * one thread.
 */
public final class GgufHeader {
  /** What the place of every tensor is a multiple of. */
  public static final int ALIGNMENT = 32;

  private static final int VERSION = 3;

  // The numbers of the value types.
  private static final int U16 = 2;
  private static final int U32 = 4;
  private static final int I32 = 5;
  private static final int F32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;
  private static final int I64 = 11;

  private record Row(String name, GgmlType type, List<Long> shape, long offset) {}

  private final Map<String, byte[]> pairs = new LinkedHashMap<>();
  private final List<Row> rows = new ArrayList<>();
  private long dataBytes;

  /**
   * A header with the pairs of a checkpoint: those of a GGUF file byte by byte; of others integers
   * as 32 bits where they fit and numbers as 32-bit floats.
   *
   * @param metadata the pairs
   * @return a new header
   */
  public static GgufHeader of(Metadata metadata) {
    GgufHeader header = new GgufHeader();
    for (String key : metadata.values().keySet()) {
      if (metadata.values() instanceof GgufMetadata) {
        header.pairs.put(key, metadata.encoded(key));
      } else {
        header.put(key, metadata.values().get(key));
      }
    }
    return header;
  }

  /** Whether there is a pair. */
  public boolean contains(String key) {
    return pairs.containsKey(key);
  }

  /** Takes a pair out, if it is there. */
  public void remove(String key) {
    pairs.remove(key);
  }

  /** Puts an unsigned integer of 16 bits. */
  public void putU16(String key, int value) {
    pairs.put(key, little(6).putInt(U16).putShort((short) value).array());
  }

  /** Puts a signed integer of 32 bits. */
  public void putI32(String key, int value) {
    pairs.put(key, little(8).putInt(I32).putInt(value).array());
  }

  /**
   * Puts a value of {@link Metadata}'s kinds.
   *
   * @throws IllegalArgumentException if it is of another kind
   */
  public void put(String key, @Nullable Object value) {
    pairs.put(
        key,
        switch (value) {
          case Long v when v >= 0 && v <= 0xffff_ffffL ->
              little(8).putInt(U32).putInt((int) (long) v).array();
          case Long v when v == (int) (long) v ->
              little(8).putInt(I32).putInt((int) (long) v).array();
          case Long v -> little(12).putInt(I64).putLong(v).array();
          case Double v -> little(8).putInt(F32).putFloat((float) (double) v).array();
          case Boolean v -> little(5).putInt(BOOL).put((byte) (v ? 1 : 0)).array();
          case String v -> string(v);
          case long[] v -> integers(v);
          case double[] v -> numbers(v);
          case boolean[] v -> booleans(v);
          case String[] v -> strings(v);
          case null, default ->
              throw new IllegalArgumentException("key '" + key + "': no GGUF value: " + value);
        });
  }

  private static byte[] string(String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    return little(Math.addExact(12, text.length))
        .putInt(STRING)
        .putLong(text.length)
        .put(text)
        .array();
  }

  private static byte[] array(int type, int count, int bytes, Consumer<ByteBuffer> elements) {
    byte[] out = new byte[Math.addExact(16, Math.multiplyExact(count, bytes))];
    ByteBuffer buffer = ByteBuffer.wrap(out).order(ByteOrder.LITTLE_ENDIAN);
    elements.accept(buffer.putInt(ARRAY).putInt(type).putLong(count));
    return out;
  }

  private static byte[] integers(long[] values) {
    boolean narrow = true;
    for (long value : values) {
      narrow &= value == (int) value;
    }
    if (narrow) {
      return array(
          I32,
          values.length,
          4,
          out -> {
            for (long value : values) {
              out.putInt((int) value);
            }
          });
    }
    return array(
        I64,
        values.length,
        8,
        out -> {
          for (long value : values) {
            out.putLong(value);
          }
        });
  }

  private static byte[] numbers(double[] values) {
    return array(
        F32,
        values.length,
        4,
        out -> {
          for (double value : values) {
            out.putFloat((float) value);
          }
        });
  }

  private static byte[] booleans(boolean[] values) {
    return array(
        BOOL,
        values.length,
        1,
        out -> {
          for (boolean value : values) {
            out.put((byte) (value ? 1 : 0));
          }
        });
  }

  private static byte[] strings(String[] values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(little(16).putInt(ARRAY).putInt(STRING).putLong(values.length).array());
    for (String value : values) {
      text(out, value);
    }
    return out.toByteArray();
  }

  private static void text(ByteArrayOutputStream out, String value) {
    byte[] text = value.getBytes(StandardCharsets.UTF_8);
    out.writeBytes(little(8).putLong(text.length).array());
    out.writeBytes(text);
  }

  /**
   * Appends a row to the table of tensors.
   *
   * @param name the tensor's name
   * @param type its type; null for integers of 32 bits
   * @param shape its dimensions, slowest first
   * @return where its data begins, counted from the end of the header
   * @throws IllegalArgumentException if GGUF files have no such type
   */
  public long addTensor(String name, @Nullable DataType type, List<Long> shape) {
    GgmlType found = GgmlType.I32;
    if (type != null) {
      found = null;
      for (GgmlType candidate : GgmlType.values()) {
        if (candidate.dataType() == type) {
          found = candidate;
        }
      }
      if (found == null) {
        throw new IllegalArgumentException("GGUF files have no " + type);
      }
    }
    long offset = dataBytes;
    rows.add(new Row(name, found, List.copyOf(shape), offset));
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    long bytes = Math.multiplyExact(elements / found.blockSize(), (long) found.blockBytes());
    dataBytes = Math.addExact(offset, aligned(bytes));
    return offset;
  }

  /** A number of bytes, padded. */
  public static long aligned(long bytes) {
    return Math.multiplyExact(Math.ceilDiv(bytes, (long) ALIGNMENT), (long) ALIGNMENT);
  }

  /** The bytes of all tensors, padding included. */
  public long dataBytes() {
    return dataBytes;
  }

  /** A header with the same pairs and no tensor. */
  public GgufHeader withoutTensors() {
    GgufHeader copy = new GgufHeader();
    copy.pairs.putAll(pairs);
    return copy;
  }

  /** The header, padded to where the first tensor begins. */
  public byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(little(20).putInt(VERSION).putLong(rows.size()).putLong(pairs.size()).array());
    pairs.forEach(
        (key, value) -> {
          text(out, key);
          out.writeBytes(value);
        });
    for (Row row : rows) {
      text(out, row.name);
      out.writeBytes(little(4).putInt(row.shape.size()).array());
      row.shape.reversed().forEach(n -> out.writeBytes(little(8).putLong(n).array()));
      out.writeBytes(little(12).putInt(row.type.id()).putLong(row.offset).array());
    }
    out.writeBytes(new byte[Math.floorMod(-out.size(), ALIGNMENT)]);
    return out.toByteArray();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
