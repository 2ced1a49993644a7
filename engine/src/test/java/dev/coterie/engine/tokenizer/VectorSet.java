// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.Tokenizer;
import dev.coterie.engine.format.GgufFile;
import dev.coterie.testkit.Json;
import dev.coterie.testkit.SharedMaterial;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The rows of one {@code vectors.jsonl.gz} and how a tokenizer fares on them. */
final class VectorSet {
  /** How many checks there were, by kind, and what went wrong. */
  record Outcome(int rows, int encodings, int textEncodings, int decodings, List<String> misses) {}

  private VectorSet() {}

  static Path path(String name, String file) {
    return SharedMaterial.require("material/tokenizers/" + name + "/" + file);
  }

  /** The tokenizer of a GGUF file, packed with gzip or not. */
  static Tokenizer fromGguf(Path file, Path directory) throws IOException {
    Path unpacked = file;
    if (file.toString().endsWith(".gz")) {
      unpacked = directory.resolve("unpacked.gguf");
      try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
        Files.copy(in, unpacked);
      }
    }
    try (GgufFile gguf = GgufFile.open(unpacked)) {
      return Tokenizers.fromGguf(gguf.metadata());
    }
  }

  static Outcome check(String name, Tokenizer tokenizer) throws IOException {
    List<String> misses = new ArrayList<>();
    int rows = 0;
    int encodings = 0;
    int textEncodings = 0;
    int decodings = 0;
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(path(name, "vectors.jsonl.gz"))),
                StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        Map<String, @Nullable Object> row = Json.object(Json.parse(line));
        rows++;
        String label = row.get("i") + " " + row.get("cat");
        int[] ids = Json.ints(row.get("ids"));
        @Nullable Object text = row.get("text");
        if (text != null) {
          encodings++;
          int[] modern =
              row.containsKey("ids_modern_nfc") ? Json.ints(row.get("ids_modern_nfc")) : ids;
          int[] found = tokenizer.encode(Json.string(text), true);
          if (!Arrays.equals(found, ids) && !Arrays.equals(found, modern)) {
            misses.add(label + " encode: expected " + at(ids, found));
          }
          String ranges = EncodingProperties.fault(Json.string(text), tokenizer, found);
          if (!ranges.isEmpty()) {
            misses.add(label + " ranges: " + ranges);
          }
          textEncodings++;
          int[] plain = row.containsKey("ids_text") ? Json.ints(row.get("ids_text")) : ids;
          found = tokenizer.encode(Json.string(text), false);
          boolean disputed = row.containsKey("ids_modern_nfc") && Arrays.equals(found, modern);
          if (!Arrays.equals(found, plain) && !disputed) {
            misses.add(label + " encode text: expected " + at(plain, found));
          }
        }
        decodings++;
        String decoded = Json.string(row.getOrDefault("decoded", text));
        String found = tokenizer.decode(ids, true);
        if (!found.equals(decoded)) {
          misses.add(label + " decode: expected '" + decoded + "', found '" + found + "'");
        }
        String skipped = Json.string(row.getOrDefault("decoded_skip_special", decoded));
        found = tokenizer.decode(ids);
        if (!found.equals(skipped)) {
          misses.add(label + " decode without: expected '" + skipped + "', found '" + found + "'");
        }
      }
    }
    return new Outcome(rows, encodings, textEncodings, decodings, misses);
  }

  private static String at(int[] expected, int[] found) {
    int at = Math.max(0, Arrays.mismatch(expected, found) - 2);
    return part(expected, at) + ", found " + part(found, at) + " from " + at;
  }

  private static String part(int[] ids, int from) {
    return Arrays.toString(
        Arrays.copyOfRange(ids, Math.min(from, ids.length), Math.min(ids.length, from + 12)));
  }
}
