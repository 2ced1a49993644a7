// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.CoterieException;
import dev.coterie.GenerationOptions;
import dev.coterie.TokenLogProbability;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final float INFINITY = Float.POSITIVE_INFINITY;

  private static Sampler sampler(GenerationOptions options, int... prompt) {
    return new Sampler(options, prompt, new SamplingBuffers());
  }

  private static int greedy(GenerationOptions.Builder options, float[] logits, int... prompt) {
    return sampler(options.build(), prompt).next(logits, 0, logits.length);
  }

  private static GenerationOptions.Builder options() {
    return GenerationOptions.builder();
  }

  @Test
  void greedyTakesTheLowestIdOnTies() {
    assertThat(greedy(options(), new float[] {1, 3, 2, 3})).isEqualTo(1);
    assertThat(greedy(options(), new float[] {-3, -0f, 0f})).isEqualTo(1);
    float[] equal = new float[1000];
    assertThat(greedy(options(), equal)).isZero();
    equal[777] = 1;
    equal[900] = 1;
    assertThat(greedy(options(), equal)).isEqualTo(777);
  }

  @Test
  void readsFromTheOffset() {
    assertThat(sampler(GenerationOptions.DEFAULT).next(new float[] {9, 9, 1, 2, 0, 9}, 2, 3))
        .isEqualTo(1);
  }

  @Test
  void biasIsAddedAndBans() {
    float[] logits = {1, 2, 3};
    assertThat(greedy(options().logitBias(Map.of(0, 2.5f)), logits)).isZero();
    assertThat(greedy(options().logitBias(Map.of(2, Float.NEGATIVE_INFINITY)), logits))
        .isEqualTo(1);
    assertThat(logits).containsExactly(1, 2, 3);
  }

  @Test
  void repetitionPenaltyDividesPositiveAndMultipliesNegative() {
    float[] logits = {3, 2, -1, -1.5f};
    assertThat(greedy(options().repetitionPenalty(2), logits, 0)).isEqualTo(1);
    assertThat(greedy(options().repetitionPenalty(2), logits, 0, 1)).isZero();
    float[] negative = {-1, -1.5f};
    assertThat(greedy(options().repetitionPenalty(2), negative, 0)).isEqualTo(1);
    assertThat(greedy(options().repetitionPenalty(1.4), negative, 0)).isZero();
  }

  @Test
  void presenceCountsOnceAndFrequencyEachTime() {
    float[] logits = {5, 4, 0};
    assertThat(greedy(options().presencePenalty(0.9), logits, 0, 0, 0)).isZero();
    assertThat(greedy(options().presencePenalty(1.1), logits, 0)).isEqualTo(1);
    assertThat(greedy(options().frequencyPenalty(0.4), logits, 0, 0)).isZero();
    assertThat(greedy(options().frequencyPenalty(0.4), logits, 0, 0, 0)).isEqualTo(1);
  }

  @Test
  void penaltiesForgetWhatLeftTheWindow() {
    float[] logits = {5, 4, 3};
    Sampler sampler = sampler(options().presencePenalty(10).penaltyWindow(2).build(), 0, 1);
    assertThat(sampler.next(logits, 0, 3)).isEqualTo(2);
    assertThat(sampler.next(logits, 0, 3)).isZero();
    assertThat(sampler.next(logits, 0, 3)).isEqualTo(1);
    assertThat(greedy(options().presencePenalty(10).penaltyWindow(0), logits, 0)).isZero();
  }

  @Test
  void refusesWhatIsNoNumber() {
    float[] logits = new float[300];
    logits[200] = Float.NaN;
    logits[250] = INFINITY;
    assertRefused(logits, "logits: expected finite numbers, found NaN for token 200");
    logits[200] = 0;
    assertRefused(logits, "logits: expected finite numbers, found Infinity for token 250");
    Arrays.fill(logits, -INFINITY);
    assertRefused(
        logits, "logits: expected a token that may be taken, found -Infinity for all 300");
    logits[299] = -1e30f;
    assertThat(greedy(options(), logits)).isEqualTo(299);
    assertThat(greedy(options().temperature(1e-9), logits)).isEqualTo(299);
  }

  private static void assertRefused(float[] logits, String message) {
    for (GenerationOptions.Builder options :
        new GenerationOptions.Builder[] {
          options(), options().temperature(1), options().logProbabilities(2)
        }) {
      assertThatThrownBy(() -> greedy(options, logits))
          .isExactlyInstanceOf(CoterieException.class)
          .hasMessage(message);
    }
  }

  @Test
  void logProbabilitiesAreThoseOfTheModelItself() {
    float[] logits = {1, 2, 3, 2};
    Sampler sampler =
        sampler(
            options().logProbabilities(3).logitBias(Map.of(0, 50f)).presencePenalty(1).build(), 2);
    int id = sampler.next(logits, 0, 4);
    TokenLogProbability report = sampler.logProbability();
    double sum = Math.log(Math.exp(1) + 2 * Math.exp(2) + Math.exp(3));
    assertThat(id).isZero();
    assertThat(report).isNotNull();
    assertThat(report.id()).isZero();
    assertThat(report.logProbability()).isCloseTo(1 - sum, within(1e-12));
    assertThat(report.top()).extracting(TokenLogProbability.Candidate::id).containsExactly(2, 1, 3);
    assertThat(report.top().getFirst().logProbability()).isCloseTo(3 - sum, within(1e-12));
  }

  @Test
  void reportsOnlyWhatIsAskedFor() {
    Sampler silent = sampler(GenerationOptions.DEFAULT);
    silent.next(new float[] {1, 2}, 0, 2);
    assertThat(silent.logProbability()).isNull();
    Sampler own = sampler(options().logProbabilities(0).build());
    own.next(new float[] {0, 0}, 0, 2);
    assertThat(own.logProbability()).isNotNull();
    assertThat(own.logProbability().top()).isEmpty();
    assertThat(own.logProbability().logProbability()).isCloseTo(-Math.log(2), within(1e-12));
  }

  @Test
  void withoutSeedEachSamplerDrawsAfresh() {
    float[] logits = new float[1000];
    int[] first = new int[8];
    int[] second = new int[8];
    Sampler a = sampler(options().temperature(1).build());
    Sampler b = sampler(options().temperature(1).build());
    Arrays.setAll(first, i -> a.next(logits, 0, 1000));
    Arrays.setAll(second, i -> b.next(logits, 0, 1000));
    assertThat(first).isNotEqualTo(second);
  }

  /** Chi-square over 61 tokens; the 99.99 % quantile of 60 degrees of freedom is 113. */
  @Test
  void drawsInProportionToTheWeights() {
    int vocabulary = 61;
    float[] logits = new float[vocabulary];
    double total = 0;
    for (int i = 0; i < vocabulary; i++) {
      logits[i] = (i * 37 % vocabulary) / 20f;
      total += Math.exp(logits[i] / 0.8);
    }
    int draws = 200_000;
    int[] counts = new int[vocabulary];
    Sampler sampler = sampler(options().temperature(0.8).seed(42L).build());
    for (int i = 0; i < draws; i++) {
      counts[sampler.next(logits, 0, vocabulary)]++;
    }
    double chiSquare = 0;
    for (int i = 0; i < vocabulary; i++) {
      double expected = draws * Math.exp(logits[i] / 0.8) / total;
      chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    assertThat(chiSquare).isLessThan(113);
  }
}
