// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.CacheType;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.Pooling;
import dev.coterie.Prompt;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.Checkpoints;
import dev.coterie.engine.model.ModelArchitectures;
import dev.coterie.spi.Batch;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import dev.coterie.testkit.ReferenceBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hidden states of a whole model, pooled, against the double-precision reference. */
class EmbeddingTest {
  private static final List<String> TEXTS =
      List.of("hello", "a", "hello hello hello", "Once upon a time there was", "z z");

  @TempDir static Path directory;
  private static Path file;

  @BeforeAll
  static void write() {
    file = RandomModels.write(directory.resolve("model.gguf"), ModelShape.llama(DataType.F32), 1);
  }

  private static LoadOptions.Builder options() {
    return Models.tier("vector").threads(1).embeddings(true);
  }

  @Test
  void equalsTheReference() throws IOException {
    try (Model model = Models.load(file, options().maxBatchTokens(8))) {
      List<float[]> means = model.embed(TEXTS, Pooling.MEAN, false);
      List<float[]> lasts = model.embed(TEXTS, Pooling.LAST, false);
      List<float[]> units = model.embed(TEXTS, Pooling.MEAN, true);
      for (int i = 0; i < TEXTS.size(); i++) {
        int[] tokens = tokens(model, TEXTS.get(i));
        double[][] states = reference(model, tokens);
        float[] mean = new float[states[0].length];
        for (double[] state : states) {
          for (int k = 0; k < mean.length; k++) {
            mean[k] += (float) (state[k] / states.length);
          }
        }
        float[] last = new float[mean.length];
        for (int k = 0; k < last.length; k++) {
          last[k] = (float) states[states.length - 1][k];
        }
        assertThat(means.get(i)).containsExactly(mean, within(1e-4f));
        assertThat(lasts.get(i)).containsExactly(last, within(1e-4f));
        assertThat(product(units.get(i), units.get(i))).isCloseTo(1, within(1e-6));
        double length = Math.sqrt(product(means.get(i), means.get(i)));
        assertThat(product(units.get(i), means.get(i))).isCloseTo(length, within(1e-5));
      }
    }
  }

  @Test
  void togetherEqualsOneByOne() {
    try (Model model = Models.load(file, options().maxBatchTokens(16).maxSequences(3))) {
      List<float[]> together = model.embed(TEXTS, Pooling.MEAN, true);
      for (int i = 0; i < TEXTS.size(); i++) {
        float[] alone = model.embed(List.of(TEXTS.get(i)), Pooling.MEAN, true).getFirst();
        assertThat(together.get(i)).containsExactly(alone, within(1e-5f));
      }
    }
  }

  @Test
  void theLastStateGivesTheLogits() throws IOException {
    try (Model model = Models.load(file, options());
        Checkpoint checkpoint = Checkpoints.open(file)) {
      String text = "Once upon a time";
      float[] state = model.embed(List.of(text), Pooling.LAST, false).getFirst();
      int[] tokens = tokens(model, text);
      float[] logits = Models.score(model, tokens, 8)[tokens.length - 1];
      Tensor head =
          ModelArchitectures.named("llama")
              .graph(checkpoint, model.tokenizer().vocabularySize())
              .operations()
              .getLast()
              .tensors()
              .getFirst();
      float[] row = new float[head.columns()];
      for (int id = 0; id < head.rows(); id++) {
        head.decodeRow(id, row, 0);
        assertThat((float) product(row, state)).isCloseTo(logits[id], within(1e-4f));
      }
    }
  }

  @Test
  void scoresAreThoseOfTheLogits() {
    try (Model model = Models.load(file, Models.tier("vector").threads(1))) {
      int[] tokens = tokens(model, "Once upon a time");
      float[][] logits = Models.score(model, tokens, 64);
      var score =
          model.generator().score(new Prompt.Text("Once"), List.of(" upon a time")).getFirst();
      int first = tokens.length - score.tokens().size();
      assertThat(first).isPositive();
      for (int i = first; i < tokens.length; i++) {
        assertThat(score.tokens().get(i - first).id()).isEqualTo(tokens[i]);
        assertThat(score.tokens().get(i - first).logProbability())
            .isCloseTo(Models.logProbabilities(logits[i - 1])[tokens[i]], within(1e-5));
      }
    }
  }

  @Test
  void aModelLoadedWithoutSaysSo() throws IOException {
    try (Model model = Models.load(file, Models.tier("vector"))) {
      assertThatThrownBy(() -> model.embed(TEXTS, Pooling.MEAN, true))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the model was loaded without embeddings; set LoadOptions.embeddings");
    }
    LoadOptions with = options().build();
    LoadOptions without = with.toBuilder().embeddings(false).build();
    long more =
        Model.plan(file, with).memory().totalBytes()
            - Model.plan(file, without).memory().totalBytes();
    assertThat(more).isPositive();
  }

  private static int[] tokens(Model model, String text) {
    List<Integer> all = new ArrayList<>();
    model.tokenizer().beginningOfSequence().ifPresent(all::add);
    return Models.join(all, Models.list(model.tokenizer().encode(text)));
  }

  /** The final hidden states, {@code [tokens, width]}. */
  private static double[][] reference(Model model, int[] tokens) throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      Graph graph =
          Planning.graph(
              ModelArchitectures.named("llama"),
              checkpoint,
              model.tokenizer().vocabularySize(),
              options().build());
      int width = Planning.hiddenWidth(graph);
      Limits limits = new Limits(tokens.length, 8, CacheType.F32, 1);
      try (var backend = new ReferenceBackend();
          var executable = backend.compile(graph, limits, new LoadMonitor(LoadOptions.DEFAULT))) {
        Batch batch = new Batch(tokens.length);
        batch.add(tokens, 0, tokens.length, 0, new int[] {0, 1, 2, 3, 4, 5, 6, 7}, false, true);
        executable.run(batch);
        double[][] states = new double[tokens.length][width];
        for (int t = 0; t < tokens.length; t++) {
          for (int k = 0; k < width; k++) {
            states[t][k] = batch.hidden(width)[t * width + k];
          }
        }
        return states;
      }
    }
  }

  private static double product(float[] left, float[] right) {
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += (double) left[i] * right[i];
    }
    return sum;
  }
}
