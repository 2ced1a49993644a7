// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CacheType;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.LoadOptions;
import dev.coterie.LoraAdapter;
import dev.coterie.Model;
import dev.coterie.ModelFormatException;
import dev.coterie.ModelPlan;
import dev.coterie.Prompt;
import dev.coterie.engine.format.RandomAdapter;
import dev.coterie.engine.format.SafetensorsWriter;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.Accuracy;
import dev.coterie.testkit.GoldenModel;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import dev.coterie.testkit.Tolerances;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models with adapters compute what models with merged weights do. */
class LoraModelTest {
  /** Rounding alone: the same sums in another order, of merged weights that were rounded once. */
  private static final double MERGED = 1e-4;

  /** In double precision only the rounding of the merged weights is left. */
  private static final double MERGED_EXACTLY = 1e-5;

  /** An adapter that moves logits less would show nothing. */
  private static final double VISIBLE = 0.1;

  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  @TempDir Path directory;

  private static float[][] score(Path model, String tier, int[] tokens, LoraAdapter... adapters) {
    return score(model, Models.tier(tier), tokens, adapters);
  }

  private static float[][] score(
      Path path, LoadOptions.Builder options, int[] tokens, LoraAdapter... adapters) {
    try (Model model = Models.load(path, options.adapters(List.of(adapters)))) {
      return Models.score(model, tokens, 64);
    }
  }

  private static LoadOptions.Builder reference() {
    return LoadOptions.builder().backend("reference").cacheType(CacheType.F32);
  }

  @ParameterizedTest
  @CsvSource({
    "llama, llama, 21, 300",
    "qwen2, qwen2, 21, 300",
    "qwen3_moe, qwen3moe, 15, 300",
    "deepseek_v2, deepseek2, 23, 300",
    "deepseek_v3, deepseek2, 23, 300",
    "deepseek_v32, deepseek32, 32, 300",
    "llama4, llama4, 28, 60", // files of the two formats agree on the first 63 positions
    "gpt_oss, gpt-oss, 20, 300"
  })
  void anAdapterEqualsMergedWeights(String name, String architecture, int size, int length)
      throws IOException {
    GoldenModel golden = GoldenModel.shared(name);
    int[] tokens = Arrays.copyOf(golden.tokens(), length);
    RandomAdapter adapter = new RandomAdapter(golden.directory(), architecture, 3, 2.5f, 7);
    assertThat(adapter.size()).isEqualTo(size);
    Path peft = adapter.writePeft(directory.resolve("peft"));
    Path gguf = adapter.writeGguf(directory.resolve("adapter.gguf"));
    Path merged =
        RandomAdapter.merge(golden.directory(), directory.resolve("merged"), Map.of(adapter, 0.3f));
    float[][] expected = score(merged, "scalar", tokens);
    float[][] base = score(golden.directory(), "scalar", tokens);
    assertThat(Accuracy.maxDifference(base, expected)).isGreaterThan(VISIBLE);

    float[][] exact = score(merged, reference(), tokens);
    List<Path> bases = new ArrayList<>(List.of(golden.directory()));
    if (golden.hasGguf()) {
      bases.add(golden.gguf());
    }
    for (Path model : bases) {
      for (Path file : List.of(peft, peft.resolve("adapter_model.safetensors"), gguf)) {
        LoraAdapter lora = new LoraAdapter(file, 0.3f);
        assertThat(Accuracy.maxDifference(exact, score(model, reference(), tokens, lora)))
            .isLessThan(MERGED_EXACTLY);
        for (String tier : List.of("scalar", "vector")) {
          float[][] found = score(model, tier, tokens, lora);
          assertThat(Accuracy.maxDifference(expected, found))
              .as("%s with %s on %s", model.getFileName(), file.getFileName(), tier)
              .isLessThan(MERGED);
        }
      }
    }
  }

  @Test
  void severalAdaptersAddUp() throws IOException {
    GoldenModel golden = GoldenModel.shared("llama");
    int[] tokens = golden.tokens();
    RandomAdapter first = new RandomAdapter(golden.directory(), "llama", 8, 8, 1);
    RandomAdapter second = new RandomAdapter(golden.directory(), "llama", 1, 0.5f, 2);
    LoraAdapter peft = new LoraAdapter(first.writePeft(directory.resolve("peft")), 0.5f);
    LoraAdapter gguf = new LoraAdapter(second.writeGguf(directory.resolve("a.gguf")), -1);
    Path merged =
        RandomAdapter.merge(
            golden.directory(), directory.resolve("merged"), Map.of(first, 0.5f, second, -1f));
    float[][] expected = score(merged, "vector", tokens);
    for (Path model : List.of(golden.directory(), golden.gguf())) {
      float[][] found = score(model, "vector", tokens, peft, gguf);
      assertThat(Accuracy.maxDifference(expected, found)).isLessThan(MERGED);
      float[][] halves =
          score(
              model,
              "vector",
              tokens,
              new LoraAdapter(peft.path(), 0.25f),
              gguf,
              new LoraAdapter(peft.path(), 0.25f));
      assertThat(Accuracy.maxDifference(expected, halves)).isLessThan(MERGED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"scalar", "vector"})
  void aScaleOfZeroIsTheModelItself(String tier) throws IOException {
    GoldenModel golden = GoldenModel.shared("qwen2");
    RandomAdapter adapter = new RandomAdapter(golden.directory(), "qwen2", 4, 4, 3);
    Path peft = adapter.writePeft(directory.resolve("peft"));
    float[][] expected = score(golden.gguf(), tier, golden.tokens());
    float[][] found = score(golden.gguf(), tier, golden.tokens(), new LoraAdapter(peft, 0));
    assertThat(found).isDeepEqualTo(expected);
  }

  /** Queries, keys and values in one matrix, as some files have them; the adapter knows three. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void adaptersFindTheirPartOfAFusedMatrix(String name) throws IOException {
    GoldenModel golden = GoldenModel.shared(name);
    int[] tokens = golden.tokens();
    RandomAdapter adapter = new RandomAdapter(golden.directory(), name, 5, 5, 4);
    Path merged =
        RandomAdapter.merge(golden.directory(), directory.resolve("merged"), Map.of(adapter, 0.5f));
    Path fused = RandomAdapter.fuse(golden.directory(), directory.resolve("fused"));
    float[][] expected = score(merged, "vector", tokens);
    for (Path file :
        List.of(
            adapter.writePeft(directory.resolve("peft")),
            adapter.writeGguf(directory.resolve("adapter.gguf")))) {
      float[][] found = score(fused, "vector", tokens, new LoraAdapter(file, 0.5f));
      assertThat(Accuracy.maxDifference(expected, found)).isLessThan(MERGED);
    }
  }

  /** The base stays quantized, whatever the rank; the reference computes the same graph. */
  @ParameterizedTest
  @CsvSource({"Q4_0, 1", "Q8_0, 8", "Q4_0, 17", "BF16, 40", "F32, 64"})
  void everyRankOverEveryType(DataType type, int rank) throws IOException {
    Path model = RandomModels.write(directory.resolve("m.gguf"), ModelShape.llama(type), 5);
    Random random = new Random(rank);
    SafetensorsWriter writer = new SafetensorsWriter();
    for (int layer = 0; layer < 3; layer++) {
      for (String module : List.of("self_attn.q_proj", "self_attn.o_proj")) {
        String name = "base_model.model.model.layers." + layer + "." + module;
        writer.tensor(name + ".lora_A.weight", List.of((long) rank, 96L), values(random, rank));
        writer.tensor(name + ".lora_B.weight", List.of(96L, (long) rank), values(random, rank));
      }
    }
    writer.write(directory.resolve("adapter_model.safetensors"));
    Files.writeString(
        directory.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": " + rank + ", \"lora_alpha\": 8}");
    LoraAdapter adapter = new LoraAdapter(directory);
    int[] tokens = IntStream.range(0, 70).map(i -> (i * i + 7 * i) % 320).toArray();
    float[][] expected = score(model, reference(), tokens, adapter);
    assertThat(Accuracy.maxDifference(score(model, "scalar", tokens), expected))
        .isGreaterThan(VISIBLE);
    for (String tier : List.of("scalar", "vector")) {
      float[][] found = score(model, tier, tokens, adapter);
      Accuracy.assertNmse(type + " " + rank, expected, found, Tolerances.MODEL_NMSE);
    }
  }

  private static float[] values(Random random, int rank) {
    float[] values = new float[rank * 96];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 8;
    }
    return values;
  }

  @Test
  void threeAtOnceAreEachAsAlone() throws IOException {
    GoldenModel golden = GoldenModel.shared("llama");
    int[] tokens = golden.tokens();
    RandomAdapter adapter = new RandomAdapter(golden.directory(), "llama", 4, 4, 9);
    LoraAdapter peft = new LoraAdapter(adapter.writePeft(directory.resolve("peft")));
    GenerationOptions options =
        GenerationOptions.builder().maxTokens(32).ignoreEndOfSequence(true).build();
    List<Prompt> prompts =
        List.of(
            new Prompt.Tokens(Arrays.copyOf(tokens, 12)),
            new Prompt.Tokens(Arrays.copyOfRange(tokens, 7, 140)),
            new Prompt.Tokens(Arrays.copyOfRange(tokens, 150, 187)));
    LoadOptions.Builder load = Models.tier("vector");
    List<GenerationResult> without;
    try (Model model = Models.load(golden.gguf(), load)) {
      without = prompts.stream().map(p -> model.generator().generate(p, options).await()).toList();
    }
    try (Model model = Models.load(golden.gguf(), load.adapters(List.of(peft)))) {
      List<Generation> together =
          prompts.stream().map(p -> model.generator().generate(p, options)).toList();
      for (int i = 0; i < prompts.size(); i++) {
        GenerationResult found = together.get(i).await();
        GenerationResult alone = model.generator().generate(prompts.get(i), options).await();
        assertThat(found.text()).isEqualTo(alone.text());
        assertThat(found.tokens()).hasSize(32).isEqualTo(alone.tokens());
        assertThat(found.tokens()).isNotEqualTo(without.get(i).tokens());
      }
    }
  }

  /** Mixtral, and queries without a latent. */
  @ParameterizedTest
  @CsvSource({"mixtral, llama", "deepseek_v2_lite, deepseek2"})
  void anAdapterEqualsMergedWeightsOfFolders(String name, String architecture) throws IOException {
    GoldenModel golden = GoldenModel.own(name);
    RandomAdapter adapter = new RandomAdapter(golden.directory(), architecture, 2, 2, 11);
    LoraAdapter lora = new LoraAdapter(adapter.writePeft(directory.resolve("peft")), 0.3f);
    Path merged =
        RandomAdapter.merge(golden.directory(), directory.resolve("merged"), Map.of(adapter, 0.3f));
    int[] tokens = golden.tokens();
    float[][] expected = score(merged, reference(), tokens);
    float[][] base = score(golden.directory(), reference(), tokens);
    float[][] found = score(golden.directory(), reference(), tokens, lora);
    assertThat(Accuracy.maxDifference(base, expected)).isGreaterThan(VISIBLE);
    assertThat(Accuracy.maxDifference(expected, found)).isLessThan(MERGED_EXACTLY);
  }

  @Test
  void aPlanCountsTheAdapter() throws IOException {
    Path model = GoldenModel.own("deepseek_v2").directory();
    RandomAdapter adapter = new RandomAdapter(model, "deepseek2", 4, 4, 12);
    LoraAdapter lora = new LoraAdapter(adapter.writePeft(directory.resolve("peft")));
    LoadOptions.Builder options = Models.tier("vector");
    ModelPlan without = Model.plan(model, options.build());
    ModelPlan with = Model.plan(model, options.adapters(List.of(lora)).build());
    assertThat(with.memory().weightBytesPerToken())
        .isGreaterThan(without.memory().weightBytesPerToken());
    assertThat(with.parameters() - without.parameters()).isEqualTo(adapter.parameters());
  }

  @Test
  void aFailedLoadLeavesNothing() throws IOException {
    GoldenModel golden = GoldenModel.shared("llama");
    RandomAdapter good = new RandomAdapter(golden.directory(), "llama", 4, 4, 9);
    LoraAdapter peft = new LoraAdapter(good.writePeft(directory.resolve("good")));
    RandomAdapter other =
        new RandomAdapter(GoldenModel.shared("qwen3_moe").directory(), "qwen3moe", 4, 4, 9);
    LoraAdapter foreign = new LoraAdapter(other.writePeft(directory.resolve("other")));
    LoraAdapter gguf = new LoraAdapter(other.writeGguf(directory.resolve("other.gguf")));
    LoraAdapter missing = new LoraAdapter(directory.resolve("none.gguf"));
    Path model = Files.copy(golden.gguf(), directory.resolve("model.gguf"));
    for (LoraAdapter bad : List.of(foreign, gguf)) {
      assertThatThrownBy(
              () -> Models.load(model, Models.tier("scalar").adapters(List.of(peft, bad))))
          .isInstanceOf(ModelFormatException.class);
    }
    assertThatThrownBy(
            () -> Model.load(model, LoadOptions.builder().adapters(List.of(peft, missing)).build()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none.gguf");
    assertThat(Files.readString(MAPPINGS)).doesNotContain(directory.toString());
    Model loaded = Models.load(model, Models.tier("scalar").adapters(List.of(peft)));
    assertThat(Files.readString(MAPPINGS)).contains(directory.toString());
    loaded.close();
    assertThat(Files.readString(MAPPINGS)).doesNotContain(directory.toString());
  }
}
