// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coterie.Model;
import dev.coterie.ModelInfo;
import dev.coterie.TensorInfo;
import java.io.IOException;
import java.util.Locale;

/** The table that llama-bench prints, in its columns. */
final class BenchTable {
  private static final String FORMAT = "| %-30s | %10s | %10s | %-20s | %7s | %8s | %18s |";

  private final String model;
  private final long bytes;
  private final long parameters;
  private final String backend;
  private final int threads;

  /**
   * A table.
   *
   * @param model what is measured
   * @param threads how many threads were asked for; 0 is one a processor
   */
  BenchTable(Model model, int threads) {
    ModelInfo info = model.info();
    this.model = Text.printable(info.name() + " " + QuantMix.of(info).dominant(), false);
    this.bytes = info.tensors().stream().mapToLong(TensorInfo::bytes).sum();
    this.parameters = info.parameters();
    this.backend = model.device().split(",", 2)[0];
    this.threads = threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }

  String header() {
    return String.format(
            Locale.ROOT, FORMAT, "model", "size", "params", "backend", "threads", "test", "t/s")
        + System.lineSeparator()
        + "| "
        + "-".repeat(30)
        + " | "
        + right(10)
        + " | "
        + right(10)
        + " | "
        + "-".repeat(20)
        + " | "
        + right(7)
        + " | "
        + right(8)
        + " | "
        + right(18)
        + " |";
  }

  private static String right(int width) {
    return "-".repeat(width - 1) + ":";
  }

  String row(Benchmark.Measurement measurement) {
    return String.format(
        Locale.ROOT,
        FORMAT,
        model,
        Text.bytes(bytes),
        Text.count(parameters),
        backend,
        threads,
        measurement.test().name(),
        String.format(
            Locale.ROOT, "%.2f ± %.2f", measurement.mean(), measurement.standardDeviation()));
  }

  /** Writes the fields that all rows share. */
  void write(JsonGenerator json) throws IOException {
    json.writeStringField("model", model);
    json.writeNumberField("model_bytes", bytes);
    json.writeNumberField("model_parameters", parameters);
    json.writeStringField("backend", backend);
    json.writeNumberField("threads", threads);
  }
}
