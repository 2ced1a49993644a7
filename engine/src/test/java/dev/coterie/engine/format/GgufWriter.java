// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Writes GGUF files for tests, well-formed or not: it checks nothing. Pairs and tensors appear in
 * the order they were added.
 */
public final class GgufWriter {
  /** The value types, in the order of their numbers. */
  public enum Type {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    BOOL,
    STR,
    ARR,
    U64,
    I64,
    F64
  }

  private record TensorEntry(String name, int type, List<Long> shape, byte[] data, long offset) {}

  private final List<byte[]> pairs = new ArrayList<>();
  private final List<TensorEntry> tensors = new ArrayList<>();
  private int version = 3;
  private int alignment = 32;
  private long nextOffset;

  /** Sets the version; 3 if never called. */
  public GgufWriter version(int version) {
    this.version = version;
    return this;
  }

  /** Sets the alignment and adds its key; call before the first tensor. */
  public GgufWriter alignment(int alignment) {
    this.alignment = alignment;
    return put("general.alignment", Type.U32, alignment);
  }

  /**
   * Adds a pair whose type follows from its value: u32, u64, f32, f64, bool, str, or arrays of
   * them.
   */
  public GgufWriter put(String key, Object value) {
    return switch (value) {
      case Integer i -> put(key, Type.U32, i);
      case Long l -> put(key, Type.U64, l);
      case Float f -> put(key, Type.F32, f);
      case Double d -> put(key, Type.F64, d);
      case Boolean b -> put(key, Type.BOOL, b);
      case String s -> put(key, Type.STR, s);
      case String[] array -> putArray(key, Type.STR, List.of(array));
      case int[] array -> putArray(key, Type.I32, Arrays.stream(array).boxed().toList());
      case float[] array -> {
        List<Float> list = new ArrayList<>();
        for (float f : array) {
          list.add(f);
        }
        yield putArray(key, Type.F32, list);
      }
      default -> throw new IllegalArgumentException(value.getClass().toString());
    };
  }

  /** Adds a pair of a type; a string may be given as bytes. */
  public GgufWriter put(String key, Type type, Object value) {
    return putRaw(key, type.ordinal(), encode(type, value));
  }

  /** Adds an array. */
  public GgufWriter putArray(String key, Type element, List<?> values) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(little(4).putInt(element.ordinal()).array());
    out.writeBytes(little(8).putLong(values.size()).array());
    values.forEach(value -> out.writeBytes(encode(element, value)));
    return putRaw(key, Type.ARR.ordinal(), out.toByteArray());
  }

  /** Adds a pair with the bytes of its value as given. */
  public GgufWriter putRaw(String key, int type, byte[] value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(encode(Type.STR, key));
    out.writeBytes(little(4).putInt(type).array());
    out.writeBytes(value);
    pairs.add(out.toByteArray());
    return this;
  }

  /** Adds a tensor behind the ones before it; the shape is slowest first. */
  public GgufWriter tensor(String name, GgmlType type, List<Long> shape, byte[] data) {
    return tensorAt(name, type.id(), shape, data, nextOffset);
  }

  /** Adds an F32 tensor. */
  public GgufWriter tensor(String name, List<Long> shape, float... values) {
    ByteBuffer data = little(4 * values.length);
    for (float value : values) {
      data.putFloat(value);
    }
    return tensor(name, GgmlType.F32, shape, data.array());
  }

  /**
   * Adds a row to the tensor table as given; the data goes behind that of the tensors before it.
   */
  public GgufWriter tensorAt(String name, int type, List<Long> shape, byte[] data, long offset) {
    tensors.add(new TensorEntry(name, type, shape, data, offset));
    nextOffset += Math.ceilDiv(data.length, alignment) * (long) alignment;
    return this;
  }

  /** The file. */
  public byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(little(4).putInt(version).array());
    out.writeBytes(little(16).putLong(tensors.size()).putLong(pairs.size()).array());
    pairs.forEach(out::writeBytes);
    for (TensorEntry tensor : tensors) {
      out.writeBytes(encode(Type.STR, tensor.name));
      out.writeBytes(little(4).putInt(tensor.shape.size()).array());
      tensor.shape.reversed().forEach(n -> out.writeBytes(little(8).putLong(n).array()));
      out.writeBytes(little(12).putInt(tensor.type).putLong(tensor.offset).array());
    }
    for (TensorEntry tensor : tensors) {
      out.writeBytes(new byte[Math.floorMod(-out.size(), alignment)]);
      out.writeBytes(tensor.data);
    }
    return out.toByteArray();
  }

  /** Writes the file and returns its path. */
  public Path write(Path path) throws IOException {
    return Files.write(path, bytes());
  }

  /** The name of a part of a split model. */
  public static String partName(String stem, int number, int count) {
    return String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", stem, number, count);
  }

  /** Writes the parts of a split model, adds their keys, and returns the path of the first. */
  public static Path writeSplit(Path directory, String stem, List<GgufWriter> parts)
      throws IOException {
    int numTensors = parts.stream().mapToInt(part -> part.tensors.size()).sum();
    for (int i = 0; i < parts.size(); i++) {
      parts
          .get(i)
          .put("split.no", Type.U16, i)
          .put("split.count", Type.U16, parts.size())
          .put("split.tensors.count", Type.I32, numTensors)
          .write(directory.resolve(partName(stem, i + 1, parts.size())));
    }
    return directory.resolve(partName(stem, 1, parts.size()));
  }

  private static byte[] encode(Type type, Object value) {
    return switch (type) {
      case U8, I8 -> new byte[] {((Number) value).byteValue()};
      case U16, I16 -> little(2).putShort(((Number) value).shortValue()).array();
      case U32, I32 -> little(4).putInt(((Number) value).intValue()).array();
      case U64, I64 -> little(8).putLong(((Number) value).longValue()).array();
      case F32 -> little(4).putFloat(((Number) value).floatValue()).array();
      case F64 -> little(8).putDouble(((Number) value).doubleValue()).array();
      case BOOL -> new byte[] {(byte) ((Boolean) value ? 1 : 0)};
      case STR -> {
        byte[] text =
            value instanceof byte[] raw ? raw : ((String) value).getBytes(StandardCharsets.UTF_8);
        yield little(8 + text.length).putLong(text.length).put(text).array();
      }
      case ARR -> throw new IllegalArgumentException("use putArray");
    };
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
