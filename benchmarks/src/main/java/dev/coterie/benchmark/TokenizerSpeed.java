// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import dev.coterie.Tokenizer;
import dev.coterie.engine.tokenizer.Tokenizers;
import dev.coterie.testkit.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Encodes documents with one thread: our side of {@code benchmarks/tokenizers}. Prints the median
 * speed in MB/s of UTF-8 and a digest of the ids.
 *
 * <pre>java -cp benchmarks.jar dev.coterie.benchmark.TokenizerSpeed TOKENIZER.json TEXTS.json 3
 * </pre>
 */
public final class TokenizerSpeed {
  private TokenizerSpeed() {}

  /**
   * Measures.
   *
   * @param arguments a tokenizer.json, a JSON array of texts, and how often to encode them
   */
  public static void main(String[] arguments) throws IOException {
    Tokenizer tokenizer = Tokenizers.read(Path.of(arguments[0]));
    List<String> texts = texts(Path.of(arguments[1]));
    double[] speeds = new double[Integer.parseInt(arguments[2])];
    long size = 0;
    for (String text : texts) {
      size += text.getBytes(StandardCharsets.UTF_8).length;
    }
    int digest = encode(tokenizer, texts);
    for (int i = 0; i < speeds.length; i++) {
      long start = System.nanoTime();
      if (encode(tokenizer, texts) != digest) {
        throw new AssertionError("the same texts gave other ids");
      }
      speeds[i] = size * 1e3 / (System.nanoTime() - start);
    }
    Arrays.sort(speeds);
    System.out.printf(Locale.ROOT, "%.3f %08x%n", speeds[speeds.length / 2], digest);
  }

  private static int encode(Tokenizer tokenizer, List<String> texts) {
    int digest = 0;
    for (String text : texts) {
      for (int id : tokenizer.encode(text, true)) {
        digest = 31 * digest + id;
      }
    }
    return digest;
  }

  private static List<String> texts(Path path) throws IOException {
    List<String> texts = new ArrayList<>();
    for (Object text : Json.array(Json.parse(Files.readString(path)))) {
      texts.add(Json.string(text));
    }
    return texts;
  }
}
