// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.engine.format.Metadata;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** The key-value pairs of a well-formed GGUF file, packed with gzip or not. */
final class GgufHeader {
  private final DataInputStream in;

  private GgufHeader(InputStream in) {
    this.in = new DataInputStream(in);
  }

  static Metadata read(Path path) throws IOException {
    InputStream raw = Files.newInputStream(path);
    try (InputStream in =
        new BufferedInputStream(
            path.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw, 1 << 16)) {
      return new GgufHeader(in).read(path, in);
    }
  }

  private Metadata read(Path path, InputStream stream) throws IOException {
    if (stream.skip(16) != 16) {
      throw new EOFException();
    }
    long count = integer(8);
    Map<String, Object> values = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      String key = string();
      values.put(key, value((int) integer(4)));
    }
    return new Metadata(path, values);
  }

  private Object value(int type) throws IOException {
    return switch (type) {
      case 0 -> integer(1) & 0xffL;
      case 1 -> integer(1);
      case 2 -> integer(2) & 0xffffL;
      case 3 -> integer(2);
      case 4 -> integer(4) & 0xffffffffL;
      case 5 -> integer(4);
      case 6 -> (double) Float.intBitsToFloat((int) integer(4));
      case 7 -> integer(1) != 0;
      case 8 -> string();
      case 9 -> array();
      case 10, 11 -> integer(8);
      case 12 -> Double.longBitsToDouble(integer(8));
      default -> throw new IOException("type " + type);
    };
  }

  private Object array() throws IOException {
    int type = (int) integer(4);
    int count = (int) integer(8);
    switch (type) {
      case 8 -> {
        String[] strings = new String[count];
        for (int i = 0; i < count; i++) {
          strings[i] = string();
        }
        return strings;
      }
      case 6, 12 -> {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
          numbers[i] = (Double) value(type);
        }
        return numbers;
      }
      default -> {
        long[] integers = new long[count];
        for (int i = 0; i < count; i++) {
          integers[i] = ((Number) value(type)).longValue();
        }
        return integers;
      }
    }
  }

  private long integer(int width) throws IOException {
    return switch (width) {
      case 1 -> (long) in.readByte();
      case 2 -> (long) Short.reverseBytes(in.readShort());
      case 4 -> (long) Integer.reverseBytes(in.readInt());
      default -> Long.reverseBytes(in.readLong());
    };
  }

  private String string() throws IOException {
    return new String(in.readNBytes((int) integer(8)), StandardCharsets.UTF_8);
  }
}
