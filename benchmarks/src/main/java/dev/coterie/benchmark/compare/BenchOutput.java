// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.compare;

import dev.coterie.testkit.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the programs of a comparison print, as tokens a second by the test's name. */
final class BenchOutput {
  private BenchOutput() {}

  /**
   * Reads the outputs of a side in a round.
   *
   * @param outputs an array: each entry what one process printed, of whatever program
   * @return all samples of a test, such as {@code pp512} or {@code tg128 @ d128 x8}
   * @throws IllegalArgumentException if an entry is of none of the programs
   */
  static Map<String, List<Double>> samples(@Nullable Object outputs) {
    Map<String, List<Double>> samples = new LinkedHashMap<>();
    for (Object output : Json.array(outputs)) {
      if (output instanceof List<?>) {
        Json.array(output).forEach(row -> addRow(Json.object(row), samples));
      } else if (Json.object(output).containsKey("lines")) {
        addBatched(Json.object(output), samples);
      } else if (Json.object(output).containsKey("tests")) {
        Json.array(Json.object(output).get("tests"))
            .forEach(row -> addRow(Json.object(row), samples));
      } else {
        throw new IllegalArgumentException(
            "output: expected rows, lines or tests, found " + Json.object(output).keySet());
      }
    }
    return samples;
  }

  /** A row of coterie bench, of a peer's program or of llama-bench. */
  private static void addRow(Map<String, @Nullable Object> row, Map<String, List<Double>> samples) {
    if (row.containsKey("test")) {
      add(Json.string(row.get("test")), row.get("samples"), samples);
      return;
    }
    long prompt = Math.round(Json.number(row.get("n_prompt")));
    long generate = Math.round(Json.number(row.get("n_gen")));
    long depth = row.containsKey("n_depth") ? Math.round(Json.number(row.get("n_depth"))) : 0;
    String name = prompt > 0 ? "pp" + prompt : "tg" + generate;
    add(depth > 0 ? name + " @ d" + depth : name, row.get("samples_ts"), samples);
  }

  /** Lines of llama-batched-bench: each has the speed of prompts and that of generations. */
  private static void addBatched(
      Map<String, @Nullable Object> output, Map<String, List<Double>> samples) {
    String field = Json.string(output.get("kind")).equals("pp") ? "speed_pp" : "speed_tg";
    List<Double> speeds = samples.computeIfAbsent(name(output), _ -> new ArrayList<>());
    for (Object line : Json.array(output.get("lines"))) {
      speeds.add(Json.number(Json.object(line).get(field)));
    }
  }

  private static String name(Map<String, @Nullable Object> output) {
    return Json.string(output.get("test"));
  }

  private static void add(String test, @Nullable Object values, Map<String, List<Double>> samples) {
    List<Double> list = samples.computeIfAbsent(test, _ -> new ArrayList<>());
    Arrays.stream(Json.doubles(values)).forEach(list::add);
  }

  /** The middle one, or the mean of both in the middle. */
  static double median(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("the median of nothing");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
