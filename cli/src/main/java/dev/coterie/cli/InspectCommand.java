// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coterie.CoterieException;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.ModelInfo;
import dev.coterie.TensorInfo;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a model file says of itself, and what the model costs here. */
@Command(
    name = "inspect",
    description = "Show what a model file says of itself, and what the model costs here.")
final class InspectCommand extends CoterieCommand {
  private static final int VALUE_LENGTH = 160;

  @Option(names = "--json", description = "Print one JSON object.")
  boolean json;

  @Option(names = "--tensors", description = "List the tensors too.")
  boolean tensors;

  @Mixin ModelOptions modelOptions = new ModelOptions();

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description =
          "GGUF file, folder with safetensors files, or hf:owner/repo[:quant] of a pulled model.")
  String file = "";

  InspectCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    LoadOptions options = modelOptions.builder().build();
    Path path = ModelFiles.resolve(console, file);
    ModelInfo info = Model.inspect(path);
    PlanReport report = null;
    String unknown = "";
    try {
      report = new PlanReport(Model.plan(path, options));
    } catch (CoterieException | IOException e) { // the file can be shown all the same
      unknown = Failures.message(e);
    }
    PlanReport plan = report;
    String why = unknown;
    if (json) {
      Json.print(console.out(), generator -> write(generator, info, plan, why));
    } else {
      print(console.out(), info, plan, why);
    }
    return ExitCodes.OK;
  }

  private void print(PrintStream out, ModelInfo info, @Nullable PlanReport plan, String unknown) {
    row(out, "file", info.path().toString());
    row(out, "format", info.format());
    row(out, "architecture", info.architecture());
    row(out, "name", info.name());
    row(
        out,
        "parameters",
        Text.count(info.parameters()) + String.format(Locale.ROOT, " (%,d)", info.parameters()));
    row(out, "context", info.contextLength() + " tokens");
    row(out, "vocabulary", info.vocabularySize() + " tokens");
    row(
        out,
        "size",
        Text.bytes(info.fileBytes())
            + String.format(Locale.ROOT, " (%,d bytes)", info.fileBytes()));
    row(out, "tensors", info.tensors().size() + ": " + QuantMix.of(info).describe());
    if (plan == null) {
      row(out, "memory", "not known: " + unknown);
    } else {
      plan.print((label, value) -> row(out, label, value));
    }
    out.println("metadata");
    info.metadata().forEach((key, value) -> out.println("  " + shown(key) + " = " + shown(value)));
    if (tensors) {
      out.println("tensor list");
      for (TensorInfo tensor : info.tensors()) {
        out.printf(
            Locale.ROOT,
            "  %-40s %-8s %-16s %s%n",
            shown(tensor.name()),
            tensor.type(),
            tensor.shape(),
            Text.bytes(tensor.bytes()));
      }
    }
  }

  private static void row(PrintStream out, String label, String value) {
    out.printf(Locale.ROOT, "%-13s %s%n", label, Text.printable(value, false));
  }

  private static String shown(Object value) {
    String text = value.toString();
    if (text.length() > VALUE_LENGTH) {
      text = text.substring(0, VALUE_LENGTH) + "… (" + text.length() + " characters)";
    }
    return Text.printable(text.replace("\n", "\\n"), false);
  }

  private void write(JsonGenerator json, ModelInfo info, @Nullable PlanReport plan, String unknown)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("file", info.path().toString());
    json.writeStringField("format", info.format());
    json.writeStringField("architecture", info.architecture());
    json.writeStringField("name", info.name());
    json.writeNumberField("parameters", info.parameters());
    json.writeNumberField("context_length", info.contextLength());
    json.writeNumberField("vocabulary_size", info.vocabularySize());
    json.writeNumberField("bytes", info.fileBytes());
    json.writeObjectFieldStart("tensor_types");
    for (Map.Entry<String, QuantMix.Share> type : QuantMix.of(info).shares().entrySet()) {
      json.writeObjectFieldStart(type.getKey());
      json.writeNumberField("tensors", type.getValue().tensors());
      json.writeNumberField("bytes", type.getValue().bytes());
      json.writeEndObject();
    }
    json.writeEndObject();
    if (plan == null) {
      json.writeStringField("plan_unknown", unknown);
    } else {
      plan.write(json);
    }
    json.writeFieldName("metadata");
    Json.value(json, info.metadata());
    if (tensors) {
      writeTensors(json, info);
    }
    json.writeEndObject();
  }

  private static void writeTensors(JsonGenerator json, ModelInfo info) throws IOException {
    json.writeArrayFieldStart("tensors");
    for (TensorInfo tensor : info.tensors()) {
      json.writeStartObject();
      json.writeStringField("name", tensor.name());
      json.writeStringField("type", tensor.type());
      json.writeFieldName("shape");
      Json.value(json, tensor.shape());
      json.writeNumberField("bytes", tensor.bytes());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
