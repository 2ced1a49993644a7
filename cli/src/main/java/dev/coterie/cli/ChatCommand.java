// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.ChatMessage;
import dev.coterie.ContextLengthException;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Model;
import dev.coterie.Prompt;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Talks with a model, turn by turn; each line of standard input is a message. */
@Command(
    name = "chat",
    description = "Talk with a model. /reset forgets the conversation, /exit ends it.")
final class ChatCommand extends CoterieCommand {
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
      description = "Instructions for the whole conversation.")
  @Nullable String system;

  private final List<ChatMessage> messages = new ArrayList<>();

  ChatCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    GenerationOptions options = samplingOptions.options();
    Path path = ModelFiles.require(console, model);
    try (Model loaded =
        ModelFiles.load(console, path, modelOptions, modelOptions.builder(), false)) {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8));
      reset();
      while (!console.interrupts().requested()) {
        @Nullable String line = ask(lines);
        if (line == null || line.equals("/exit") || line.equals("/quit")) {
          break;
        }
        if (line.equals("/reset")) {
          reset();
        } else if (line.startsWith("/")) {
          console.note("unknown command " + line + "; expected /reset or /exit");
        } else if (!line.isBlank()) {
          answer(loaded, line, options);
        }
      }
    }
    return ExitCodes.OK;
  }

  private @Nullable String ask(BufferedReader lines) throws IOException {
    if (console.inputIsTerminal()) {
      console.out().print("> ");
      console.out().flush();
    }
    @Nullable String line = lines.readLine();
    if (line == null && console.inputIsTerminal()) {
      console.out().println();
    }
    return line == null ? null : line.strip();
  }

  private void reset() {
    messages.clear();
    if (system != null) {
      messages.add(ChatMessage.system(system));
    }
  }

  private void answer(Model loaded, String line, GenerationOptions options) {
    messages.add(ChatMessage.user(line));
    try {
      GenerationResult result =
          new Answer(console, modelOptions.verbose)
              .print(loaded.generator().generate(new Prompt.Chat(messages), options));
      messages.add(result.message());
      if (modelOptions.verbose) {
        console.note(new Statistics(result).line());
      }
    } catch (ContextLengthException e) {
      messages.removeLast();
      if (!console.inputIsTerminal()) {
        throw e;
      }
      console.note(
          "the conversation fills the context of "
              + e.limit()
              + " tokens; /reset begins a new one, --context sets another size");
    }
  }
}
