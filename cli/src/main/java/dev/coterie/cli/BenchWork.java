// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coterie.ModelPlan;
import java.io.IOException;
import java.util.Locale;

/**
 * What a speed means for the machine: of a generation the memory that is read, beside what can be
 * read; of a prompt the multiply-adds. A step of a generation reads each active weight once, for
 * all sequences together, and the cache of every sequence. Attention over past tokens is not
 * counted among multiply-adds. Of a mixture of experts with several sequences more experts are read
 * than are counted; where attention sees a window, less of the cache.
 *
 * @param plan what the model costs
 * @param ceiling bytes a second that the memory gives
 */
record BenchWork(ModelPlan plan, double ceiling) {
  /** Bytes that a step of a generation reads. */
  double bytesPerStep(Benchmark.Test test) {
    return plan.memory().weightBytesPerToken()
        + test.sequences() * test.meanContext() * plan.memory().cacheBytesPerToken();
  }

  double gigabytesPerSecond(Benchmark.Measurement measurement) {
    Benchmark.Test test = measurement.test();
    return measurement.mean() / test.sequences() * bytesPerStep(test) / 1e9;
  }

  double gigamacsPerSecond(Benchmark.Measurement measurement) {
    return measurement.mean() * plan.promptFlopsPerToken() / 2e9;
  }

  private double share(Benchmark.Measurement measurement) {
    return gigabytesPerSecond(measurement) * 1e9 / ceiling;
  }

  /** The last column of the table. */
  String cell(Benchmark.Measurement measurement) {
    return switch (measurement.test().kind()) {
      case PROMPT -> String.format(Locale.ROOT, "%.1f GMAC/s", gigamacsPerSecond(measurement));
      case GENERATION ->
          String.format(
              Locale.ROOT,
              "%.1f GB/s, %.0f %%",
              gigabytesPerSecond(measurement),
              100 * share(measurement));
    };
  }

  /** The line below the table. */
  String footer(int threads) {
    return String.format(
        Locale.ROOT,
        "memory: %d thread%s read%s %.1f GB/s, which is 100 %%",
        threads,
        threads == 1 ? "" : "s",
        threads == 1 ? "s" : "",
        ceiling / 1e9);
  }

  void write(JsonGenerator json, Benchmark.Measurement measurement) throws IOException {
    switch (measurement.test().kind()) {
      case PROMPT -> json.writeNumberField("gigamacs_per_second", gigamacsPerSecond(measurement));
      case GENERATION -> {
        json.writeNumberField("bytes_per_step", bytesPerStep(measurement.test()));
        json.writeNumberField("gigabytes_per_second", gigabytesPerSecond(measurement));
        json.writeNumberField("ceiling_gigabytes_per_second", ceiling / 1e9);
        json.writeNumberField("share_of_ceiling", share(measurement));
      }
    }
  }
}
