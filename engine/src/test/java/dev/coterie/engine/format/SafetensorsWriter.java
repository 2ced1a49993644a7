// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes safetensors files for tests, well-formed or not: it checks nothing. */
public final class SafetensorsWriter {
  private record Entry(String name, String type, List<Long> shape, long begin, long end) {}

  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  SafetensorsWriter put(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /** Adds a tensor behind the ones before it. */
  public SafetensorsWriter tensor(String name, String type, List<Long> shape, byte[] bytes) {
    entries.add(new Entry(name, type, shape, data.size(), data.size() + bytes.length));
    data.writeBytes(bytes);
    return this;
  }

  public SafetensorsWriter tensor(String name, List<Long> shape, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return tensor(name, "F32", shape, bytes.array());
  }

  /** Adds an F32 tensor whose values count from a number on. */
  SafetensorsWriter counting(String name, int from, long... shape) {
    List<Long> list = new ArrayList<>();
    int elements = 1;
    for (long n : shape) {
      list.add(n);
      elements = Math.toIntExact(elements * n);
    }
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = from + i;
    }
    return tensor(name, list, values);
  }

  byte[] bytes() {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(header)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart("__metadata__");
        for (Map.Entry<String, String> pair : metadata.entrySet()) {
          json.writeStringField(pair.getKey(), pair.getValue());
        }
        json.writeEndObject();
      }
      for (Entry entry : entries) {
        json.writeObjectFieldStart(entry.name);
        json.writeStringField("dtype", entry.type);
        json.writeFieldName("shape");
        long[] shape = entry.shape.stream().mapToLong(n -> n).toArray();
        json.writeArray(shape, 0, shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {entry.begin, entry.end}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return file(header.toByteArray(), data.toByteArray());
  }

  public Path write(Path path) throws IOException {
    return Files.write(path, bytes());
  }

  /** A file with a header as given. */
  static byte[] file(String header, int dataBytes) {
    return file(header.getBytes(StandardCharsets.UTF_8), new byte[dataBytes]);
  }

  private static byte[] file(byte[] header, byte[] data) {
    return ByteBuffer.allocate(8 + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .put(data)
        .array();
  }
}
