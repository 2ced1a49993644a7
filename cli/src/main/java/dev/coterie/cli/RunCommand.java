// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.ChatMessage;
import dev.coterie.ChatTemplateException;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Generator;
import dev.coterie.Model;
import dev.coterie.Prompt;
import dev.coterie.Thinking;
import dev.coterie.UnsupportedModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Answers one prompt. */
@Command(name = "run", description = "Answer a prompt.")
final class RunCommand extends CoterieCommand {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "FILE",
      description =
          "GGUF file, folder with safetensors files, or hf:owner/repo[:quant] of a pulled model.")
  @Nullable String model;

  @Mixin ModelOptions modelOptions = new ModelOptions();

  @Mixin SamplingOptions samplingOptions = new SamplingOptions();

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "Instructions for the model, before the prompt.")
  @Nullable String system;

  @Option(
      names = "--raw",
      description = "Continue the prompt as plain text, without the model's chat format.")
  boolean raw;

  @Option(
      names = "--experts",
      description = "Tell at the end, on standard error, how often each expert was chosen.")
  boolean experts;

  @Option(names = "--json", description = "Print one JSON object at the end.")
  boolean json;

  @Parameters(
      index = "0",
      paramLabel = "PROMPT",
      description = "The prompt; - reads it from standard input.")
  String prompt = "";

  RunCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    GenerationOptions options =
        samplingOptions.options().toBuilder().expertRouting(experts).build();
    if (raw && system != null) {
      throw CommandException.usage("--system needs the chat format, which --raw leaves out");
    }
    if (raw && !options.thinking().equals(Thinking.DEFAULT)) {
      throw CommandException.usage(
          "--think and --think-budget need the chat format, which --raw leaves out");
    }
    Path path = ModelFiles.require(console, model);
    String text = prompt.equals("-") ? readPrompt() : prompt;
    try (Model loaded =
        ModelFiles.load(console, path, modelOptions, modelOptions.builder(), json)) {
      Generation generation = start(loaded.generator(), text, options);
      GenerationResult result;
      if (json) {
        result = Answer.await(console, generation);
        console.out().println(describe(loaded, result, experts));
      } else {
        result = new Answer(console, modelOptions.verbose).print(generation);
      }
      if (experts && !json) {
        new ExpertReport(result.expertRouting()).print(console.err());
      }
      if (modelOptions.verbose) {
        console.note(new Statistics(result).line());
      }
    }
    return ExitCodes.OK;
  }

  private String readPrompt() throws IOException {
    String text = new String(console.in().readAllBytes(), StandardCharsets.UTF_8);
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  private Generation start(Generator generator, String text, GenerationOptions options) {
    if (raw) {
      return generator.generate(text, options);
    }
    List<ChatMessage> messages = new ArrayList<>();
    if (system != null) {
      messages.add(ChatMessage.system(system));
    }
    messages.add(ChatMessage.user(text));
    try {
      return generator.generate(new Prompt.Chat(messages), options);
    } catch (UnsupportedModelException | ChatTemplateException e) {
      if (system != null) {
        throw e;
      }
      console.note(e.getMessage() + "; continuing the prompt as plain text");
      return generator.generate(text, options);
    }
  }

  private static String describe(Model model, GenerationResult result, boolean experts)
      throws IOException {
    return Json.line(
        json -> {
          json.writeStartObject();
          json.writeStringField("model", model.info().name());
          json.writeStringField("device", model.device());
          json.writeStringField("text", result.text());
          if (!result.thinking().isEmpty()) {
            json.writeStringField("thinking", result.thinking());
          }
          new Statistics(result).write(json);
          json.writeArrayFieldStart("tokens");
          for (int token : result.tokens()) {
            json.writeNumber(token);
          }
          json.writeEndArray();
          if (experts) {
            new ExpertReport(result.expertRouting()).write(json);
          }
          json.writeEndObject();
        });
  }
}
