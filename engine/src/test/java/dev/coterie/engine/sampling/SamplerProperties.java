// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.GenerationOptions;
import dev.coterie.TokenLogProbability;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class SamplerProperties {
  private static final int[] SIZES = {1, 2, 3, 63, 64, 65, 127, 128, 129, 1000, 5000};

  /** Logits with ties, and some banned. */
  private static float[] logits(long seed) {
    Random random = new Random(seed);
    float[] logits = new float[SIZES[random.nextInt(SIZES.length)]];
    boolean coarse = random.nextBoolean();
    for (int i = 0; i < logits.length; i++) {
      float logit = (float) random.nextGaussian() * 3;
      logits[i] = coarse ? Math.round(logit) : logit;
      if (i > 0 && random.nextInt(10) == 0) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
    return logits;
  }

  @Property(tries = 500)
  void cutsKeepWhatANaiveSamplerKeeps(
      @ForAll long seed,
      @ForAll @IntRange(max = 200) int topK,
      @ForAll @DoubleRange(min = 0.01, max = 1) double topP,
      @ForAll @DoubleRange(min = 0, max = 1) double minP,
      @ForAll @DoubleRange(min = 0.05, max = 5) double temperature,
      @ForAll @IntRange(max = 7) int which) {
    GenerationOptions options =
        GenerationOptions.builder()
            .temperature(temperature)
            .seed(seed)
            .topK((which & 1) != 0 ? topK : 0)
            .topP((which & 2) != 0 ? topP : 1)
            .minP((which & 4) != 0 ? minP : 0)
            .build();
    float[] logits = logits(seed);
    SamplingBuffers buffers = new SamplingBuffers();
    Draw draw = new Draw(options, buffers);
    buffers.maxima.scan(logits, 0, logits.length);
    int id = draw.next(logits, 0, logits.length);
    Set<Integer> kept = new TreeSet<>();
    for (int i = 0; i < draw.numKept(); i++) {
      kept.add(buffers.ids[i]);
    }
    assertThat(kept).contains(id);
    assertThat(List.of(naive(logits, options, 1e-12), naive(logits, options, -1e-12)))
        .contains(kept);
  }

  /** Sorts everything; {@code slack} moves the limits, where rounding may decide. */
  private static Set<Integer> naive(float[] logits, GenerationOptions options, double slack) {
    List<Integer> order =
        IntStream.range(0, logits.length)
            .filter(id -> logits[id] != Float.NEGATIVE_INFINITY)
            .boxed()
            .sorted(Comparator.comparing((Integer id) -> -logits[id]).thenComparing(id -> id))
            .toList();
    if (options.topK() > 0) {
      order = order.subList(0, Math.min(options.topK(), order.size()));
    }
    float max = logits[order.getFirst()];
    double[] weights =
        order.stream()
            .mapToDouble(id -> Math.exp(((double) logits[id] - max) / options.temperature()))
            .toArray();
    if (options.topP() < 1) {
      double goal = options.topP() * Arrays.stream(weights).sum() * (1 + slack);
      double sum = 0;
      int count = 0;
      while (count < weights.length && sum < goal) {
        sum += weights[count++];
      }
      order = order.subList(0, count);
    }
    Set<Integer> kept = new TreeSet<>();
    for (int i = 0; i < order.size(); i++) {
      if (weights[i] >= options.minP() * (1 + slack) || i == 0) {
        kept.add(order.get(i));
      }
    }
    return kept;
  }

  @Property(tries = 200)
  void sameSeedSameTokens(@ForAll long seed, @ForAll @IntRange(max = 100) int topK) {
    float[] logits = logits(seed);
    GenerationOptions options =
        GenerationOptions.builder().temperature(1).seed(seed).topK(topK).topP(0.9).build();
    Sampler one = new Sampler(options, new int[0], new SamplingBuffers());
    Sampler other = new Sampler(options, new int[0], new SamplingBuffers());
    float[] shifted = new float[logits.length + 3];
    System.arraycopy(logits, 0, shifted, 3, logits.length);
    for (int i = 0; i < 20; i++) {
      assertThat(one.next(logits, 0, logits.length))
          .isEqualTo(other.next(shifted, 3, logits.length));
    }
  }

  @Property(tries = 300)
  void penaltiesEqualARecount(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int window,
      @ForAll @IntRange(min = 1, max = 60) int vocabulary) {
    Random random = new Random(seed);
    int[] prompt = random.ints(random.nextInt(100), 0, vocabulary).toArray();
    GenerationOptions options =
        GenerationOptions.builder()
            .repetitionPenalty(1.3)
            .presencePenalty(0.4)
            .frequencyPenalty(0.2)
            .penaltyWindow(window)
            .build();
    Sampler sampler = new Sampler(options, prompt, new SamplingBuffers());
    int[] tokens = Arrays.copyOf(prompt, prompt.length + 200);
    for (int length = prompt.length; length < tokens.length; length++) {
      float[] logits = new float[vocabulary];
      float[] expected = new float[vocabulary];
      for (int id = 0; id < vocabulary; id++) {
        logits[id] = (float) random.nextGaussian();
        int from = Math.max(0, length - window);
        int wanted = id;
        long count = Arrays.stream(tokens, from, length).filter(token -> token == wanted).count();
        double logit = logits[id];
        if (count > 0) {
          logit = (logit > 0 ? logit / 1.3 : logit * 1.3) - 0.4 - 0.2 * count;
        }
        expected[id] = (float) logit;
      }
      float[] before = logits.clone();
      int id = sampler.next(logits, 0, vocabulary);
      assertThat(logits).isEqualTo(before);
      assertThat(expected[id]).isEqualTo(max(expected));
      tokens[length] = id;
    }
  }

  private static float max(float[] values) {
    float max = values[0];
    for (float value : values) {
      max = Math.max(max, value);
    }
    return max;
  }

  @Property(tries = 200)
  void likeliestTokensAreReportedInOrder(
      @ForAll long seed, @ForAll @IntRange(max = 100) int numTop) {
    float[] logits = logits(seed);
    GenerationOptions options = GenerationOptions.builder().logProbabilities(numTop).build();
    Sampler sampler = new Sampler(options, new int[0], new SamplingBuffers());
    int id = sampler.next(logits, 0, logits.length);
    TokenLogProbability report = sampler.logProbability();
    assertThat(report).isNotNull();
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    double logSum = Math.log(sum);
    List<Integer> order =
        IntStream.range(0, logits.length)
            .filter(i -> logits[i] != Float.NEGATIVE_INFINITY)
            .boxed()
            .sorted(Comparator.comparing((Integer i) -> -logits[i]).thenComparing(i -> i))
            .limit(numTop)
            .toList();
    assertThat(report.top()).extracting(TokenLogProbability.Candidate::id).isEqualTo(order);
    assertThat(report.logProbability()).isCloseTo(logits[id] - logSum, within(1e-6));
    for (TokenLogProbability.Candidate candidate : report.top()) {
      assertThat(candidate.logProbability())
          .isCloseTo(logits[candidate.id()] - logSum, within(1e-6))
          .isLessThanOrEqualTo(0);
    }
  }

  @Property
  void randomNumbersAreThoseOfSplitMix64(@ForAll long seed) {
    SplitMix64 ours = new SplitMix64(seed);
    SplittableRandom theirs = new SplittableRandom(seed);
    for (int i = 0; i < 10; i++) {
      assertThat(ours.nextLong()).isEqualTo(theirs.nextLong());
    }
    assertThat(ours.nextDouble()).isBetween(0.0, Math.nextDown(1.0));
  }
}
