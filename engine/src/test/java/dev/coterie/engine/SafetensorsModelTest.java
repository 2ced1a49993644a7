// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.Model;
import dev.coterie.Prompt;
import dev.coterie.Tokenizer;
import dev.coterie.testkit.Accuracy;
import dev.coterie.testkit.GoldenModel;
import dev.coterie.testkit.Json;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loads models from safetensors: folders, single files and what lies beside them. */
class SafetensorsModelTest {
  /** As for the same models from GGUF. */
  private static final double LOGITS = 2e-4;

  private static final double GOLDEN = 2e-3;

  /** The weights are the same values; Llama's rows come in another order. */
  private static final double FORMATS = 2e-5;

  @ParameterizedTest
  @CsvSource({"llama, scalar", "llama, vector", "qwen2, scalar", "qwen2, vector"})
  void logitsEqualThoseOfTransformersAndOfGguf(String name, String tier) {
    GoldenModel golden = GoldenModel.shared(name);
    int[] tokens = golden.tokens();
    float[][] fromGguf;
    try (Model model = Models.load(golden.gguf(), Models.tier(tier))) {
      fromGguf = Models.score(model, tokens, tokens.length);
    }
    for (Path path :
        new Path[] {golden.directory(), golden.directory().resolve("model.safetensors")}) {
      try (Model model = Models.load(path, Models.tier(tier))) {
        assertThat(model.info().format()).isEqualTo("safetensors");
        float[][] found = Models.score(model, tokens, tokens.length);
        assertThat(Accuracy.maxDifference(golden.logits(), found)).isLessThan(LOGITS);
        assertThat(Accuracy.maxDifference(fromGguf, found)).isLessThan(FORMATS);
      }
    }
  }

  /** Folders as DeepSeek, OpenAI, Meta and Alibaba lay them out; the bar is the golden set's. */
  @ParameterizedTest
  @CsvSource({"deepseek_v2", "deepseek_v3", "deepseek_v3_fp8", "gpt_oss", "llama4", "qwen3_moe"})
  void logitsOfFoldersEqualThoseOfTransformers(String name) {
    GoldenModel golden = GoldenModel.shared(name);
    int[] tokens = golden.tokens();
    try (Model model = Models.load(golden.directory(), Models.tier("scalar"))) {
      float[][] found = Models.score(model, tokens, tokens.length);
      assertThat(Accuracy.maxDifference(golden.logits(), found)).isLessThan(GOLDEN);
    }
  }

  /** Whatever the architecture computes, it is the same from both formats. */
  @ParameterizedTest
  @CsvSource({"deepseek_v2", "deepseek_v3", "deepseek_v32", "qwen3_moe"})
  void logitsOfFoldersEqualThoseOfGguf(String name) {
    GoldenModel golden = GoldenModel.shared(name);
    int[] tokens = golden.tokens();
    try (Model folder = Models.load(golden.directory(), Models.tier("scalar"));
        Model gguf = Models.load(golden.gguf(), Models.tier("scalar"))) {
      float[][] found = Models.score(folder, tokens, tokens.length);
      float[][] expected = Models.score(gguf, tokens, tokens.length);
      assertThat(Accuracy.maxDifference(expected, found)).isLessThan(FORMATS);
    }
  }

  @ParameterizedTest
  @CsvSource({"llama", "qwen2"})
  void greedyTokensAreThoseOfTransformers(String name) {
    GoldenModel golden = GoldenModel.shared(name);
    int[] prompt = Arrays.copyOf(golden.tokens(), golden.greedyPromptTokens());
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(24).ignoreEndOfSequence(true).build();
    try (Model model = Models.load(golden.directory(), Models.tier("vector"))) {
      Generation generation = model.generator().generate(new Prompt.Tokens(prompt), options);
      assertThat(generation.await().tokens())
          .isEqualTo(golden.greedy().stream().map(GoldenModel.Step::token).toList());
    }
  }

  @Test
  void storiesGiveThePublishedText() throws IOException {
    Map<String, Object> golden =
        Json.parseObject(SharedMaterial.require("material/weights/stories260K/golden_greedy.json"));
    Path directory = SharedMaterial.require("material/weights/stories260K/hf");
    int[] prompt = Json.ints(golden.get("prompt_ids"));
    int[] ids = Json.ints(golden.get("greedy_ids"));
    GenerationOptions options = GenerationOptions.builder().maxTokens(257 - prompt.length).build();
    try (Model model = Models.load(directory, Models.tier("vector"))) {
      Generation generation = model.generator().generate(new Prompt.Tokens(prompt), options);
      assertThat(Models.join(Models.list(prompt), generation.await().tokens()))
          .startsWith(Arrays.copyOf(ids, 257));
    }
  }

  @Test
  void tokenizerOfAFolderAndOfAFileIsTheOneBeside() throws IOException {
    Path directory = SharedMaterial.require("golden/llama");
    int[] expected = Tokenizer.load(directory.resolve("tokenizer.json")).encode("import torch");
    assertThat(Tokenizer.load(directory).encode("import torch")).isEqualTo(expected);
    assertThat(Tokenizer.load(directory.resolve("model.safetensors")).encode("import torch"))
        .isEqualTo(expected);
  }

  @Test
  void inspectionReadsWithoutLoading() throws IOException {
    Path directory = SharedMaterial.require("golden/deepseek_v3_fp8");
    assertThat(Model.inspect(directory).architecture()).isEqualTo("deepseek2");
    assertThat(Model.inspect(directory).tensors())
        .anySatisfy(
            tensor -> {
              assertThat(tensor.name()).isEqualTo("model.layers.0.self_attn.kv_b_proj.weight");
              assertThat(tensor.type()).isEqualTo("F8_E4M3");
            });
  }
}
