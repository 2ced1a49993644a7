// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CacheType;
import dev.coterie.ConvertOptions;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.ModelFormatException;
import dev.coterie.Quantization;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.Checkpoints;
import dev.coterie.engine.model.ModelArchitectures;
import dev.coterie.engine.model.MultiTokenPrediction;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Backends;
import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Operation;
import dev.coterie.testkit.Accuracy;
import dev.coterie.testkit.GoldenModel;
import dev.coterie.testkit.ReferenceProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * DeepSeek's module for multi-token prediction, from safetensors and from GGUF, against PyTorch in
 * float32 and with itself. {@code deepseek_v3} has embeddings and a head for it, {@code
 * deepseek_v32} takes those of the model and has an indexer.
 */
class MultiTokenPredictionGoldenTest {
  /** As for the models' own logits; found 1e-5. */
  private static final double LOGITS = ArchitectureGolden.LOGITS;

  private static final double PREFILLS = ArchitectureGolden.PREFILLS;

  private static final LoadMonitor QUIET = new LoadMonitor(LoadOptions.DEFAULT);

  @TempDir private static Path directory;

  static Stream<Arguments> files() {
    return Stream.of("deepseek_v3", "deepseek_v32")
        .flatMap(
            name ->
                Stream.of("safetensors", "gguf")
                    .flatMap(
                        format ->
                            Stream.of("scalar", "vector", ReferenceProvider.NAME)
                                .map(tier -> Arguments.of(name, format, tier))));
  }

  private static Path path(String name, String format) throws IOException {
    Path source = GoldenModel.own(name).directory();
    if (format.equals("safetensors")) {
      return source;
    }
    Path file = directory.resolve(name + ".gguf");
    if (!Files.exists(file)) {
      ConvertOptions options = ConvertOptions.builder().quantization(Quantization.F32).build();
      Model.convert(source, file, options);
    }
    return file;
  }

  private static Optional<MultiTokenPrediction> graphs(Checkpoint checkpoint) throws IOException {
    return ModelArchitectures.named(checkpoint.info().architecture())
        .multiTokenPrediction(checkpoint, checkpoint.tokenizer().vocabularySize());
  }

  private static Backend backend(String tier) {
    return tier.equals(ReferenceProvider.NAME)
        ? Backends.choose(tier).open(1, Map.of())
        : Backends.choose("cpu").open(2, Map.of("tier", tier));
  }

  /**
   * What came out, for each sequence: {@code [tokens - 1, vocabulary]}.
   *
   * @param logits of the model
   * @param predicted of the module
   */
  private record Outcome(List<float[][]> logits, List<float[][]> predicted) {}

  /** Runs a file, several sequences at once, some tokens of each a step. */
  private static Outcome run(String name, String format, String tier, int chunk, int[]... sequences)
      throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(path(name, format));
        Backend backend = backend(tier)) {
      MultiTokenPrediction graphs = graphs(checkpoint).orElseThrow();
      Limits limits = new Limits(256, 16, CacheType.F32);
      try (Executable model = backend.compile(graphs.model(), limits, QUIET);
          Executable module = backend.compile(graphs.module(), limits, QUIET)) {
        return run(graphs, model, module, chunk, sequences);
      }
    }
  }

  private static Outcome run(
      MultiTokenPrediction graphs,
      Executable model,
      Executable module,
      int chunk,
      int[]... sequences) {
    Operation.Logits last = (Operation.Logits) graphs.model().operations().getLast();
    int width = last.input().width();
    Outcome outcome = new Outcome(new ArrayList<>(), new ArrayList<>());
    for (int[] tokens : sequences) {
      outcome.logits.add(new float[tokens.length - 1][]);
      outcome.predicted.add(new float[tokens.length - 1][]);
    }
    int longest = Arrays.stream(sequences).mapToInt(tokens -> tokens.length).max().orElseThrow();
    Batch first = new Batch(256);
    Batch second = new Batch(256);
    for (int from = 0; from < longest - 1; from += chunk) {
      first.clear();
      second.clear();
      List<float[][]> logits = new ArrayList<>(); // where the next row's belong
      List<float[][]> predicted = new ArrayList<>();
      List<Integer> positions = new ArrayList<>();
      for (int s = 0; s < sequences.length; s++) {
        int count = Math.min(chunk, sequences[s].length - 1 - from);
        if (count > 0) {
          int[] blocks = {4 * s + 2, 4 * s, 4 * s + 3, 4 * s + 1};
          first.add(sequences[s], from, count, from, blocks, true, false);
          second.add(sequences[s], from + 1, count, from, blocks, true, false);
          for (int i = 0; i < count; i++) {
            logits.add(outcome.logits.get(s));
            predicted.add(outcome.predicted.get(s));
            positions.add(from + i);
          }
        }
      }
      model.run(first);
      float[] hidden = first.hidden(width);
      System.arraycopy(hidden, 0, second.hidden(width), 0, first.numRows() * width);
      module.run(second);
      take(graphs.model(), first, logits, positions);
      take(graphs.module(), second, predicted, positions);
    }
    return outcome;
  }

  /** Takes a batch's logits; they are those of the hidden states that the graph hands on. */
  private static void take(Graph graph, Batch batch, List<float[][]> to, List<Integer> positions) {
    Operation.Logits last = (Operation.Logits) graph.operations().getLast();
    int vocabulary = last.output().width();
    int width = last.input().width();
    float[] weight = new float[width];
    for (int row = 0; row < batch.numRows(); row++) {
      float[] logits =
          Arrays.copyOfRange(batch.logits(vocabulary), row * vocabulary, (row + 1) * vocabulary);
      float[] expected = new float[vocabulary];
      for (int id = 0; id < vocabulary; id++) {
        last.weight().decodeRow(id, weight, 0);
        double sum = 0;
        for (int i = 0; i < width; i++) {
          sum += (double) weight[i] * batch.hidden(width)[row * width + i];
        }
        expected[id] = (float) sum;
      }
      assertThat(Accuracy.maxDifference(new float[][] {expected}, new float[][] {logits}))
          .isLessThan(LOGITS);
      to.get(row)[positions.get(row)] = logits;
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void logitsEqualThoseOfPyTorch(String name, String format, String tier) throws IOException {
    GoldenModel golden = GoldenModel.own(name);
    Outcome found = run(name, format, tier, 256, golden.tokens());
    float[][] logits = Arrays.copyOf(golden.logits(), golden.tokens().length - 1);
    assertThat(Accuracy.maxDifference(logits, found.logits.getFirst())).isLessThan(LOGITS);
    float[][] predicted = golden.predicted();
    assertThat(found.predicted.getFirst()).hasDimensions(95, 104);
    assertThat(Accuracy.maxDifference(predicted, found.predicted.getFirst())).isLessThan(LOGITS);
  }

  @ParameterizedTest
  @MethodSource("files")
  void aPromptMayBeCutAnywhere(String name, String format, String tier) throws IOException {
    int[] tokens = GoldenModel.own(name).tokens();
    float[][] whole = run(name, format, tier, 256, tokens).predicted.getFirst();
    for (int chunk : new int[] {64, 7, 1}) {
      float[][] found = run(name, format, tier, chunk, tokens).predicted.getFirst();
      assertThat(Accuracy.maxDifference(whole, found))
          .as("chunks of " + chunk)
          .isLessThan(PREFILLS);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void threeSequencesAtOnceAreEachAsAlone(String name, String format, String tier)
      throws IOException {
    int[] tokens = GoldenModel.own(name).tokens();
    int[][] sequences = {
      tokens, Arrays.copyOfRange(tokens, 7, 40), Arrays.copyOfRange(tokens, 50, 90)
    };
    List<float[][]> together = run(name, format, tier, 9, sequences).predicted;
    for (int s = 0; s < sequences.length; s++) {
      float[][] alone = run(name, format, tier, 256, sequences[s]).predicted.getFirst();
      assertThat(Accuracy.maxDifference(alone, together.get(s))).isLessThan(PREFILLS);
    }
  }

  @Test
  void aModelAloneHandsOnNothing() throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(path("deepseek_v3", "safetensors"))) {
      Graph graph = ModelArchitectures.named("deepseek2").graph(checkpoint, 104);
      assertThat(graph.operations()).noneMatch(o -> o instanceof Operation.HiddenOutput);
      assertThat(graph.layers()).isEqualTo(2);
      List<Operation> more = new ArrayList<>(graphs(checkpoint).orElseThrow().model().operations());
      more.removeIf(o -> o instanceof Operation.HiddenOutput);
      assertThat(more.stream().map(Operation::output))
          .containsExactlyElementsOf(graph.operations().stream().map(Operation::output).toList());
    }
  }

  /** The config of the last names one, but the files have none. */
  @ParameterizedTest
  @CsvSource({"llama", "deepseek_v2", "deepseek_v4", "deepseek_v3_fp8"})
  void modelsWithoutSuchAModule(String name) throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(GoldenModel.own(name).directory())) {
      assertThat(graphs(checkpoint)).isEmpty();
    }
  }

  /** Such files load as long as nobody asks for the module. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nextn.enorm | nextn.inorm | tensor 'blk.2.nextn.enorm.weight' is missing",
        "attn_k_b | attn_k_c | tensor 'blk.2.attn_k_b.weight' is missing",
        "nextn.shared_head_head | nextn.shared_head_heed | tensor 'blk.2.nextn.shared_head_heed.weight': expected only tensors of deepseek2 models, found another"
      })
  void damagedModules(String tensor, String renamed, String expected) throws IOException {
    byte[] bytes = Files.readAllBytes(path("deepseek_v3", "gguf"));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String from = "blk.2." + tensor;
    assertThat(text).contains(from);
    Path file = directory.resolve("damaged.gguf");
    Files.writeString(file, text.replace(from, "blk.2." + renamed), StandardCharsets.ISO_8859_1);
    try (Model model = Models.load(file, Models.tier("scalar"))) {
      assertThat(model.info().architecture()).isEqualTo("deepseek2");
    }
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      assertThatThrownBy(() -> graphs(checkpoint))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageStartingWith(file.toString())
          .hasMessageContaining(expected);
    }
  }

  @Test
  void positionsAndTokensAreShifted() throws IOException {
    int[] tokens = GoldenModel.own("deepseek_v3").tokens();
    float[][] all = run("deepseek_v3", "safetensors", "scalar", 256, tokens).predicted.getFirst();
    int[] other = tokens.clone();
    other[60] = tokens[60] == 5 ? 6 : 5;
    float[][] found = run("deepseek_v3", "safetensors", "scalar", 256, other).predicted.getFirst();
    int first =
        IntStream.range(0, 95).filter(i -> !Arrays.equals(all[i], found[i])).findFirst().orElse(-1);
    assertThat(first).as("the first row that sees token 60").isEqualTo(59);
  }
}
