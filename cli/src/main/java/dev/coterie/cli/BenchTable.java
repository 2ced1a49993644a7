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
  private static final String FORMAT = "| %-30s | %10s | %10s | %-20s | %7s | %16s | %18s | %18s |";

  private final String model;
  private final long bytes;
  private final long parameters;
  private final String backend;
  private final int threads;
  private final BenchWork work;

  /**
   * A table.
   *
   * @param model what is measured
   * @param threads how many compute
   * @param work what the speeds mean
   */
  BenchTable(Model model, int threads, BenchWork work) {
    ModelInfo info = model.info();
    this.model = Text.printable(info.name() + " " + QuantMix.of(info).dominant(), false);
    this.bytes = info.tensors().stream().mapToLong(TensorInfo::bytes).sum();
    this.parameters = info.parameters();
    this.backend = model.device().split(",", 2)[0];
    this.threads = threads;
    this.work = work;
  }

  String header() {
    return String.format(
            Locale.ROOT,
            FORMAT,
            "model",
            "size",
            "params",
            "backend",
            "threads",
            "test",
            "t/s",
            "work")
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
        + right(16)
        + " | "
        + right(18)
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
            Locale.ROOT, "%.2f ± %.2f", measurement.mean(), measurement.standardDeviation()),
        work.cell(measurement));
  }

  String footer() {
    return work.footer(threads);
  }

  /** Writes a row as an object. */
  void write(JsonGenerator json, Benchmark.Measurement measurement) throws IOException {
    Benchmark.Test test = measurement.test();
    json.writeStartObject();
    json.writeStringField("test", test.name());
    json.writeNumberField("tokens", test.tokens());
    json.writeNumberField("depth", test.depth());
    json.writeNumberField("sequences", test.sequences());
    json.writeNumberField("tokens_per_second", measurement.mean());
    json.writeNumberField("stddev", measurement.standardDeviation());
    json.writeFieldName("samples");
    Json.value(json, measurement.samples());
    work.write(json, measurement);
    json.writeStringField("model", model);
    json.writeNumberField("model_bytes", bytes);
    json.writeNumberField("model_parameters", parameters);
    json.writeStringField("backend", backend);
    json.writeNumberField("threads", threads);
    json.writeEndObject();
  }
}
