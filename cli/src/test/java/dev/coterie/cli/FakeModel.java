// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.ChatMessage;
import dev.coterie.ContextLengthException;
import dev.coterie.CoterieException;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.Generator;
import dev.coterie.LogitsConsumer;
import dev.coterie.Model;
import dev.coterie.ModelInfo;
import dev.coterie.Pooling;
import dev.coterie.Prompt;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/** Answers with what it was asked, in the words of its script. */
final class FakeModel implements Model, Generator {
  private final Properties script;
  private final ModelInfo info;
  private final String tier;

  FakeModel(Properties script, ModelInfo info, String tier) {
    this.script = script;
    this.info = info;
    this.tier = tier;
  }

  @Override
  public Generation generate(Prompt prompt, GenerationOptions options) {
    String text =
        switch (prompt) {
          case Prompt.Text(String raw) -> "raw:" + raw;
          case Prompt.Chat chat -> chat(chat.messages());
          case Prompt.Tokens tokens -> "x".repeat(options.maxTokens());
        };
    int promptTokens =
        switch (prompt) {
          case Prompt.Text(String raw) -> raw.length();
          case Prompt.Chat chat ->
              chat.messages().stream().mapToInt(message -> message.content().length()).sum();
          case Prompt.Tokens tokens -> tokens.ids().length;
        };
    if (promptTokens > contextLength()) {
      throw new ContextLengthException(promptTokens, contextLength());
    }
    return new FakeGeneration(script, text, promptTokens, options);
  }

  private String chat(List<ChatMessage> messages) {
    if (script.getProperty("chat", "").equals("unknown")) {
      throw new UnsupportedModelException("llama", "its chat format is not known");
    }
    return script.getProperty(
        "answer",
        messages.stream()
            .map(message -> message.role().name().charAt(0) + ":" + message.content())
            .collect(Collectors.joining(" | ")));
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public Tokenizer tokenizer() {
    return new FakeTokenizer();
  }

  @Override
  public Generator generator() {
    return this;
  }

  @Override
  public int contextLength() {
    return (int) info.contextLength();
  }

  @Override
  public String device() {
    return "cpu: " + tier + " tier, 512 bits, 2 threads";
  }

  @Override
  public void score(int[] tokens, int chunk, LogitsConsumer consumer) {
    if (tokens.length > contextLength()) {
      throw new ContextLengthException(tokens.length, contextLength());
    }
    for (int position = 0; position < tokens.length; position++) {
      if (script.getProperty("score", "").equals("fail") && position == 2) {
        throw new CoterieException("the device is gone");
      }
      float[] row = new float[FakeTokenizer.SIZE];
      for (int id = 0; id < row.length; id++) {
        row[id] = position * 1_000 + tokens[position] + id / 1_024f;
      }
      consumer.accept(position, FloatBuffer.wrap(row).asReadOnlyBuffer());
    }
  }

  @Override
  public List<float[]> embed(List<String> texts, Pooling pooling, boolean normalized) {
    return texts.stream()
        .map(
            text ->
                new float[] {text.length(), pooling.ordinal(), normalized ? 1 : 0.5f, texts.size()})
        .toList();
  }

  @Override
  public void close() {}
}
