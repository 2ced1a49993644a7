// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.Conversion;
import dev.coterie.ConvertOptions;
import dev.coterie.Model;
import dev.coterie.Quantization;
import dev.coterie.TensorInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a model as GGUF with other data types. */
@Command(
    name = "convert",
    description =
        "Write a model as GGUF, quantized; what an interrupted run wrote is continued, not"
            + " repeated.")
final class ConvertCommand extends CoterieCommand {
  @Parameters(index = "0", paramLabel = "SOURCE", description = "A model file or folder.")
  String source = "";

  @Parameters(index = "1", paramLabel = "OUT.gguf", description = "The file to write.")
  String target = "";

  @Option(
      names = "--type",
      paramLabel = "T",
      description =
          "F32, F16, BF16, Q8_0, Q6_K, Q5_K_M, Q5_K_S, Q5_1, Q5_0, Q4_K_M, Q4_K_S, Q4_1, Q4_0,"
              + " Q3_K_L, Q3_K_M, Q3_K_S, Q2_K or MXFP4. Default: ${DEFAULT-VALUE}.")
  String type = "Q4_K_M";

  @Option(
      names = "--split-max-size",
      paramLabel = "SIZE",
      description = "Write several files of at most this size, such as 2G. Default: one file.")
  @Nullable String splitMaxSize;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Computing threads. Default: one a processor.")
  int threads;

  @Option(names = "--force", description = "Replace files that exist.")
  boolean force;

  @Option(
      names = "--dry-run",
      description = "Tell types and sizes, and write nothing. --dry-run --tensors lists them all.")
  boolean dryRun;

  @Option(names = "--tensors", description = "List every tensor and its type.")
  boolean tensors;

  ConvertCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    ConvertOptions.Builder options =
        ConvertOptions.builder()
            .quantization(Quantization.of(type))
            .threads(threads)
            .overwrite(force)
            .splitMaxBytes(splitMaxSize == null ? 0 : Text.size("--split-max-size", splitMaxSize))
            .cancelled(console.interrupts()::requested);
    Path from = ModelFiles.resolve(console, source);
    Path to = Path.of(target);
    if (dryRun) {
      report(Model.planConversion(from, to, options.build()));
      return ExitCodes.OK;
    }
    Conversion conversion;
    try (ProgressDisplay display = ProgressDisplay.ofBytes(console)) {
      conversion =
          Model.convert(
              from,
              to,
              options
                  .listener((tensor, done, total) -> display.update("convert", done, total))
                  .build());
    }
    report(conversion);
    return ExitCodes.OK;
  }

  private void report(Conversion conversion) {
    if (tensors) {
      for (TensorInfo tensor : conversion.tensors()) {
        console
            .out()
            .printf(
                Locale.ROOT,
                "%-40s %-6s %-20s %s%n",
                Text.printable(tensor.name(), false),
                tensor.type(),
                tensor.shape(),
                Text.bytes(tensor.bytes()));
      }
    }
    Map<String, Integer> types = new TreeMap<>();
    conversion.tensors().forEach(tensor -> types.merge(tensor.type(), 1, Integer::sum));
    for (int i = 0; i < conversion.files().size(); i++) {
      console
          .out()
          .println(conversion.files().get(i) + " " + Text.bytes(conversion.fileBytes().get(i)));
    }
    console.note(
        String.format(
            Locale.ROOT,
            "%s from %s, %.2f bits a weight, tensors %s",
            Text.bytes(conversion.bytes()),
            Text.bytes(conversion.sourceBytes()),
            conversion.bitsPerWeight(),
            types));
  }
}
