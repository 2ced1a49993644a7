// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes GGUF files, version 3: key-value pairs and tensors as given, in one file or several parts.
 */
public final class GgufWriter {
  private static final int MAGIC = 0x46554747; // "GGUF"
  private static final int VERSION = 3;

  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final List<RawTensor> tensors = new ArrayList<>();
  private int alignment = 32;

  /** An empty file. */
  public GgufWriter() {}

  /** The types of values, in the order of their numbers. */
  public enum ValueType {
    /** A {@link Number}, 1 byte. */
    UINT8,
    /** A {@link Number}, 1 byte. */
    INT8,
    /** A {@link Number}, 2 bytes. */
    UINT16,
    /** A {@link Number}, 2 bytes. */
    INT16,
    /** A {@link Number}, 4 bytes. */
    UINT32,
    /** A {@link Number}, 4 bytes. */
    INT32,
    /** A {@link Number}, 4 bytes. */
    FLOAT32,
    /** A {@link Boolean}, 1 byte. */
    BOOL,
    /** A {@link String}, or bytes that need not be UTF-8. */
    STRING,
    /** A list; see {@link GgufWriter#array}. */
    ARRAY,
    /** A {@link Number}, 8 bytes. */
    UINT64,
    /** A {@link Number}, 8 bytes. */
    INT64,
    /** A {@link Number}, 8 bytes. */
    FLOAT64
  }

  private record Entry(ValueType type, Object value) {}

  private record Array(ValueType elementType, List<?> elements) {}

  /**
   * A tensor as the file names it.
   *
   * @param name its name
   * @param type the number of its type
   * @param dimensions its dimensions, innermost first
   * @param bytes how many bytes it has
   * @param content writes them
   */
  private record RawTensor(
      String name, int type, List<Long> dimensions, long bytes, Content content) {}

  /** Writes the bytes of a tensor. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes them.
     *
     * @param out where
     * @throws IOException if they cannot be written
     */
    void write(OutputStream out) throws IOException;
  }

  /**
   * The number that a type has in the format.
   *
   * @param type the type
   * @return the number
   */
  public static int number(DataType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q4_1 -> 3;
      case Q5_0 -> 6;
      case Q5_1 -> 7;
      case Q8_0 -> 8;
      case Q2_K -> 10;
      case Q3_K -> 11;
      case Q4_K -> 12;
      case Q5_K -> 13;
      case Q6_K -> 14;
      case IQ4_NL -> 20;
      case IQ4_XS -> 23;
      case BF16 -> 30;
      case MXFP4 -> 39;
      case NVFP4 -> 40;
      case F8_E4M3, F8_E8M0, F4_E2M1 ->
          throw new IllegalArgumentException("GGUF files have no " + type);
    };
  }

  /**
   * Sets where tensors begin: at multiples of this. Written as {@code general.alignment} too.
   *
   * @param bytes the alignment; 32 unless set
   * @return this
   */
  public GgufWriter alignment(int bytes) {
    alignment = bytes;
    return put("general.alignment", ValueType.UINT32, bytes);
  }

  /**
   * Puts a value.
   *
   * @param key its key
   * @param type its type
   * @param value what {@link ValueType} says for the type
   * @return this
   */
  public GgufWriter put(String key, ValueType type, Object value) {
    entries.put(key, new Entry(type, value));
    return this;
  }

  /**
   * Puts an array.
   *
   * @param key its key
   * @param elementType the type of its elements
   * @param elements what {@link ValueType} says for the type, each
   * @return this
   */
  public GgufWriter array(String key, ValueType elementType, List<?> elements) {
    return put(key, ValueType.ARRAY, new Array(elementType, List.copyOf(elements)));
  }

  /**
   * Appends a tensor.
   *
   * @param tensor the tensor
   * @return this
   */
  public GgufWriter tensor(Tensor tensor) {
    return tensor(
        tensor.name(),
        number(tensor.type()),
        tensor.shape().reversed(),
        tensor.data().toArray(ValueLayout.JAVA_BYTE));
  }

  /**
   * Appends a tensor as it is; nothing needs to fit.
   *
   * @param name its name
   * @param type the number of its type
   * @param dimensions its dimensions, innermost first
   * @param data its bytes
   * @return this
   */
  public GgufWriter tensor(String name, int type, List<Long> dimensions, byte[] data) {
    byte[] copy = data.clone();
    return tensor(name, type, dimensions, copy.length, out -> out.write(copy));
  }

  /**
   * Appends a tensor that is made while the file is written.
   *
   * @param name its name
   * @param type the number of its type
   * @param dimensions its dimensions, innermost first
   * @param bytes how many bytes it has
   * @param content writes as many
   * @return this
   */
  public GgufWriter tensor(
      String name, int type, List<Long> dimensions, long bytes, Content content) {
    tensors.add(new RawTensor(name, type, List.copyOf(dimensions), bytes, content));
    return this;
  }

  /**
   * The file as bytes.
   *
   * @return the bytes
   */
  public byte[] toBytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      write(out, entries, tensors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * Writes the file.
   *
   * @param file where
   * @return {@code file}
   */
  public Path write(Path file) {
    return write(file, entries, tensors);
  }

  /**
   * Writes the file in parts, named as {@code name-00001-of-00003.gguf}. The first holds all
   * values.
   *
   * @param directory where
   * @param name the beginning of each part's name
   * @param parts how many, at least 1
   * @return the parts, in order
   */
  public List<Path> writeParts(Path directory, String name, int parts) {
    List<Path> files = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      Map<String, Entry> values = new LinkedHashMap<>(part == 0 ? entries : Map.of());
      if (entries.get("general.alignment") instanceof Entry entry) {
        values.put("general.alignment", entry);
      }
      values.put("split.no", new Entry(ValueType.UINT16, part));
      values.put("split.count", new Entry(ValueType.UINT16, parts));
      values.put("split.tensors.count", new Entry(ValueType.INT32, tensors.size()));
      int from = tensors.size() * part / parts;
      int to = tensors.size() * (part + 1) / parts;
      String file = String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", name, part + 1, parts);
      files.add(write(directory.resolve(file), values, tensors.subList(from, to)));
    }
    return files;
  }

  private Path write(Path file, Map<String, Entry> values, List<RawTensor> parts) {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      write(out, values, parts);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(OutputStream to, Map<String, Entry> values, List<RawTensor> parts)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    integer(out, MAGIC, 4);
    integer(out, VERSION, 4);
    integer(out, parts.size(), 8);
    integer(out, values.size(), 8);
    values.forEach(
        (key, entry) -> {
          string(out, key);
          integer(out, entry.type().ordinal(), 4);
          value(out, entry.type(), entry.value());
        });
    long offset = 0;
    for (RawTensor tensor : parts) {
      string(out, tensor.name());
      integer(out, tensor.dimensions().size(), 4);
      tensor.dimensions().forEach(dimension -> integer(out, dimension, 8));
      integer(out, tensor.type(), 4);
      integer(out, offset, 8);
      offset += tensor.bytes() + padding(tensor.bytes());
    }
    out.writeBytes(new byte[padding(out.size())]);
    out.writeTo(to);
    for (RawTensor tensor : parts) {
      tensor.content().write(to);
      to.write(new byte[padding(tensor.bytes())]);
    }
  }

  private int padding(long size) {
    return (int) ((alignment - size % alignment) % alignment);
  }

  private static void value(ByteArrayOutputStream out, ValueType type, Object value) {
    switch (type) {
      case UINT8, INT8 -> integer(out, ((Number) value).longValue(), 1);
      case UINT16, INT16 -> integer(out, ((Number) value).longValue(), 2);
      case UINT32, INT32 -> integer(out, ((Number) value).longValue(), 4);
      case UINT64, INT64 -> integer(out, ((Number) value).longValue(), 8);
      case FLOAT32 -> integer(out, Float.floatToRawIntBits(((Number) value).floatValue()), 4);
      case FLOAT64 -> integer(out, Double.doubleToRawLongBits(((Number) value).doubleValue()), 8);
      case BOOL -> integer(out, (Boolean) value ? 1 : 0, 1);
      case STRING -> string(out, value);
      case ARRAY -> {
        Array array = (Array) value;
        integer(out, array.elementType().ordinal(), 4);
        integer(out, array.elements().size(), 8);
        array.elements().forEach(element -> value(out, array.elementType(), element));
      }
    }
  }

  private static void string(ByteArrayOutputStream out, Object value) {
    byte[] bytes =
        value instanceof byte[] raw ? raw : ((String) value).getBytes(StandardCharsets.UTF_8);
    integer(out, bytes.length, 8);
    out.writeBytes(bytes);
  }

  private static void integer(ByteArrayOutputStream out, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      out.write((int) (value >>> (8 * i)));
    }
  }
}
