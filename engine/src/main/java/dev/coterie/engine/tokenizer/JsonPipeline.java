// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.UnsupportedModelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a tokenizer.json does with text before and after its model. Each step is one of those known
 * here, with the arguments known here, or the file is refused by the step's name.
 */
final class JsonPipeline {
  /** Whether text is brought into Unicode's form C first. */
  boolean normalizing;

  /** Whether a ▁ is put before the text. */
  boolean prefixing;

  /** Whether spaces are written ▁, that is, whether the file is a converted SentencePiece model. */
  boolean marking;

  /** Whether the model works on bytes. */
  boolean byteLevel;

  /** Whether decoding drops one space from the beginning. */
  boolean stripping;

  /** The name of the token before a prompt, if there is one. */
  @Nullable String beginning;

  private final List<String> patterns = new ArrayList<>();

  private JsonPipeline() {}

  static JsonPipeline of(Map<String, @Nullable Object> root) {
    JsonPipeline pipeline = new JsonPipeline();
    pipeline.normalizer(root.get("normalizer"));
    pipeline.preTokenizer(root.get("pre_tokenizer"));
    pipeline.decoder(root.get("decoder"));
    pipeline.postProcessor(root.get("post_processor"));
    return pipeline;
  }

  static UnsupportedModelException unsupported(String what) {
    return new UnsupportedModelException(
        "unknown", what + " in tokenizer.json is not supported; load the model from a GGUF file");
  }

  PreTokenizer preTokenizer() {
    return new PreTokenizer(patterns);
  }

  private void normalizer(@Nullable Object value) {
    if (value == null) {
      return;
    }
    Map<String, @Nullable Object> step = JsonValues.object(value);
    String type = JsonValues.string(step, "type");
    switch (type) {
      case "Sequence" -> JsonValues.array(step.get("normalizers")).forEach(this::normalizer);
      case "NFC" -> normalizing = true;
      case "Prepend" -> {
        require(JsonValues.string(step, "prepend").equals("\u2581"), "normalizer", type);
        prefixing = true;
      }
      case "Replace" -> {
        require(replaces(step, " ", "\u2581"), "normalizer", type);
        marking = true;
      }
      default -> throw unsupported("normalizer '" + type + "'");
    }
  }

  private void preTokenizer(@Nullable Object value) {
    if (value == null) {
      return;
    }
    Map<String, @Nullable Object> step = JsonValues.object(value);
    String type = JsonValues.string(step, "type");
    require(!byteLevel, "pre-tokenizer after ByteLevel", type);
    switch (type) {
      case "Sequence" -> JsonValues.array(step.get("pretokenizers")).forEach(this::preTokenizer);
      case "Split" -> {
        require(
            JsonValues.string(step, "behavior").equals("Isolated")
                && !JsonValues.bool(step, "invert", false),
            "pre-tokenizer",
            type);
        String regex = JsonValues.string(JsonValues.object(step.get("pattern")), "Regex");
        String pattern = PreTokenizers.known(regex);
        if (pattern == null) {
          throw unsupported("pre-tokenizer pattern '" + regex + "'");
        }
        patterns.add(pattern);
      }
      case "Digits" ->
          patterns.add(
              JsonValues.bool(step, "individual_digits", false)
                  ? PreTokenizers.DIGIT
                  : PreTokenizers.DIGITS);
      case "ByteLevel" -> {
        require(!JsonValues.bool(step, "add_prefix_space", true), "pre-tokenizer", type);
        byteLevel = true;
        if (JsonValues.bool(step, "use_regex", true)) {
          patterns.add(PreTokenizers.GPT2);
        }
      }
      default -> throw unsupported("pre-tokenizer '" + type + "'");
    }
  }

  private void decoder(@Nullable Object value) {
    if (value == null) {
      return;
    }
    Map<String, @Nullable Object> step = JsonValues.object(value);
    String type = JsonValues.string(step, "type");
    switch (type) {
      case "Sequence" -> JsonValues.array(step.get("decoders")).forEach(this::decoder);
      case "ByteLevel" -> require(byteLevel, "decoder", type);
      case "ByteFallback", "Fuse" -> require(marking, "decoder", type);
      case "Replace" -> require(marking && replaces(step, "\u2581", " "), "decoder", type);
      case "Strip" -> {
        require(
            marking
                && JsonValues.string(step, "content").equals(" ")
                && JsonValues.integer(step.get("start"), 0) == 1
                && JsonValues.integer(step.get("stop"), 0) == 0,
            "decoder",
            type);
        stripping = true;
      }
      default -> throw unsupported("decoder '" + type + "'");
    }
  }

  private void postProcessor(@Nullable Object value) {
    if (value == null) {
      return;
    }
    Map<String, @Nullable Object> step = JsonValues.object(value);
    String type = JsonValues.string(step, "type");
    switch (type) {
      case "Sequence" -> JsonValues.array(step.get("processors")).forEach(this::postProcessor);
      case "ByteLevel" -> {}
      case "TemplateProcessing" -> {
        List<@Nullable Object> single = JsonValues.array(step.get("single"));
        if (!single.isEmpty()) {
          Map<String, @Nullable Object> first = JsonValues.object(single.getFirst());
          if (first.containsKey("SpecialToken")) {
            beginning = JsonValues.string(JsonValues.object(first.get("SpecialToken")), "id");
          }
        }
      }
      default -> throw unsupported("post-processor '" + type + "'");
    }
  }

  private static boolean replaces(Map<String, @Nullable Object> step, String from, String to) {
    return JsonValues.string(JsonValues.object(step.get("pattern")), "String").equals(from)
        && JsonValues.string(step, "content").equals(to);
  }

  private static void require(boolean known, String kind, String type) {
    if (!known) {
      throw unsupported(kind + " '" + type + "' with these arguments");
    }
  }
}
