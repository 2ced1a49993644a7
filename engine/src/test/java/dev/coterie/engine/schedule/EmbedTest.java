// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.ContextLengthException;
import dev.coterie.CoterieException;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.Pooling;
import dev.coterie.engine.cache.BlockPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EmbedTest {
  private static final List<int[]> TEXTS =
      List.of(
          new int[] {1},
          ToyModel.prompt(100),
          ToyModel.prompt(7),
          new int[] {4, 4, 4},
          ToyModel.prompt(33),
          ToyModel.prompt(64));

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16})
  void poolsTheStatesOfEveryText(int maxSequences) {
    try (ToyModel model = new ToyModel(128, 40, maxSequences, 8)) {
      List<float[]> means = model.loop.embed(TEXTS, Pooling.MEAN, false);
      List<float[]> lasts = model.loop.embed(TEXTS, Pooling.LAST, false);
      List<float[]> units = model.loop.embed(TEXTS, Pooling.MEAN, true);
      for (int i = 0; i < TEXTS.size(); i++) {
        int[] text = TEXTS.get(i);
        float[] mean = new float[ToyExecutable.WIDTH];
        for (int length = 1; length <= text.length; length++) {
          float[] state = ToyExecutable.hidden(text, length);
          for (int k = 0; k < mean.length; k++) {
            mean[k] += state[k] / text.length;
          }
        }
        assertThat(means.get(i)).containsExactly(mean, within(1e-5f));
        assertThat(lasts.get(i)).isEqualTo(ToyExecutable.hidden(text, text.length));
        double norm = norm(mean);
        for (int k = 0; k < mean.length; k++) {
          mean[k] /= (float) norm;
        }
        assertThat(units.get(i)).containsExactly(mean, within(1e-4f));
        assertThat(norm(units.get(i))).isCloseTo(1, within(1e-6));
        assertThat(model.loop.embed(List.of(text), Pooling.MEAN, false).getFirst())
            .isEqualTo(means.get(i));
      }
      assertThat(model.freeBlocks()).isEqualTo(8);
    }
  }

  private static double norm(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  @Test
  void textsShareAStep() {
    ToyExecutable executable = new ToyExecutable(40, 8);
    BlockPool pool = new BlockPool(8, (blocks, count) -> {});
    EmbedBatch batch = new EmbedBatch(40, ToyExecutable.WIDTH, () -> 0);
    List<EmbedSequence> sequences = new ArrayList<>();
    for (int length : new int[] {10, 20, 30}) {
      EmbedSequence sequence = new EmbedSequence(ToyModel.prompt(length), Pooling.LAST);
      sequence.admit(pool.reserve(length));
      sequences.add(sequence);
    }
    assertThat(batch.plan(sequences)).isTrue();
    batch.run(executable);
    assertThat(sequences).extracting(Sequence::numComputed).containsExactly(10, 20, 10);
    assertThat(sequences).extracting(Sequence::isEnded).containsExactly(true, true, false);
    assertThat(executable.steps).hasValue(1);
  }

  @Test
  void generationsGoOnBesideIt() {
    try (ToyModel model = new ToyModel(256, 16, 4, 32)) {
      GenerationOptions options = ToyModel.tokens(60).build();
      Generation generation = model.generate(options, 2);
      List<float[]> together = model.loop.embed(TEXTS, Pooling.LAST, false);
      assertThat(generation.await().tokens()).isEqualTo(model.alone(options, 2));
      assertThat(together.get(1)).isEqualTo(ToyExecutable.hidden(TEXTS.get(1), 100));
    }
  }

  @Test
  void aFailureComesOutAndGivesEverythingBack() {
    try (ToyModel model = new ToyModel(128, 16, 4, 8)) {
      model.executable.before(
          batch -> {
            if (batch.position(0) >= 16) {
              throw new OutOfMemoryError("device");
            }
          });
      assertThatThrownBy(() -> model.loop.embed(TEXTS, Pooling.MEAN, true))
          .isExactlyInstanceOf(CoterieException.class)
          .hasMessage("the computation failed: java.lang.OutOfMemoryError: device");
      model.executable.before(batch -> {});
      model.generate(ToyModel.tokens(0).build(), ToyModel.prompt(128)).await();
      assertThat(model.freeBlocks()).isEqualTo(8);
    }
  }

  @Test
  void anInterruptGivesUpTheRest() {
    try (ToyModel model = new ToyModel(128, 16, 4, 8)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> model.loop.embed(TEXTS, Pooling.MEAN, true))
          .hasMessage("interrupted while waiting for the model");
      assertThat(Thread.interrupted()).isTrue();
      model.generate(ToyModel.tokens(0).build(), ToyModel.prompt(128)).await();
      assertThat(model.freeBlocks()).isEqualTo(8);
    }
  }

  @Test
  void refusesWhatItCannotEmbed() {
    ToyModel model = new ToyModel(128, 16, 4, 8);
    List<int[]> texts = new ArrayList<>(Arrays.asList(new int[] {1}, new int[0]));
    assertThatThrownBy(() -> model.loop.embed(texts, Pooling.MEAN, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("text 1: expected at least one token, found none");
    assertThatThrownBy(() -> model.loop.embed(List.of(ToyModel.prompt(129)), Pooling.MEAN, true))
        .isInstanceOf(ContextLengthException.class);
    assertThat(model.loop.embed(List.of(), Pooling.MEAN, true)).isEmpty();
    model.close();
    assertThatThrownBy(() -> model.loop.embed(TEXTS, Pooling.MEAN, true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("model is closed");
  }
}
