// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.Chunk;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Model;
import dev.coterie.Prompt;
import dev.coterie.TokenLogProbability;
import dev.coterie.testkit.Perplexity;
import dev.coterie.testkit.SharedMaterial;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every option of a generation has its effect on a real model's answer. */
@Timeout(120)
class GenerationOptionsTest {
  private static final String PROMPT = "Once upon a time, there was a little";

  private static Model model;

  @BeforeAll
  static void load() {
    model =
        Models.load(
            SharedMaterial.require(StoriesGoldenTest.MODEL), Models.tier("vector").threads(1));
  }

  @AfterAll
  static void close() {
    if (model != null) {
      model.close();
    }
  }

  private static GenerationOptions.Builder tokens(int maxTokens) {
    return GenerationOptions.builder().maxTokens(maxTokens);
  }

  private static GenerationResult generate(GenerationOptions.Builder options) {
    return model.generator().generate(PROMPT, options.build()).await();
  }

  private static List<Integer> promptIds() {
    int[] ids = model.tokenizer().encode(PROMPT);
    return Models.list(Models.join(List.of(1), Models.list(ids)));
  }

  @Test
  void maxTokensEndsTheAnswer() {
    GenerationResult long_ = generate(tokens(40));
    GenerationResult short_ = generate(tokens(7));
    assertThat(short_.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(short_.completionTokens()).isEqualTo(7);
    assertThat(short_.tokens()).isEqualTo(long_.tokens().subList(0, 7));
    assertThat(long_.text()).startsWith(short_.text());
  }

  @Test
  void noTokensComputesThePromptAlone() {
    GenerationResult result = generate(tokens(0).logProbabilities(3));
    assertThat(result.tokens()).isEmpty();
    assertThat(result.text()).isEmpty();
    assertThat(result.logProbabilities()).isEmpty();
    assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(result.promptTokens()).isEqualTo(promptIds().size());
    assertThat(result.timings().prefill()).isPositive();
    assertThat(result.timings().decode()).isGreaterThanOrEqualTo(Duration.ZERO);
  }

  @Test
  void aSeedFixesTheDrawAndAnotherOneChangesIt() {
    GenerationOptions.Builder options = tokens(60).temperature(1).seed(5L);
    GenerationResult first = generate(options);
    assertThat(generate(options).tokens()).isEqualTo(first.tokens());
    assertThat(generate(options.seed(6L)).tokens()).isNotEqualTo(first.tokens());
    Set<List<Integer>> drawn = new HashSet<>();
    for (int i = 0; i < 4; i++) {
      drawn.add(generate(options.seed(null)).tokens());
    }
    assertThat(drawn).hasSizeGreaterThan(1);
  }

  /** Prompts of other lengths come and go while it runs. */
  @Test
  void aSeededDrawDoesNotDependOnItsBatchMates() {
    GenerationOptions options = tokens(60).temperature(1).topP(0.95).seed(11L).build();
    List<Integer> alone = model.generator().generate(PROMPT, options).await().tokens();
    for (int round = 0; round < 3; round++) {
      List<Generation> all = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        String other = "Lily and her mom went to the park. ".repeat(i + round);
        all.add(model.generator().generate(other, tokens(10 * i + 1).temperature(2).build()));
      }
      Generation same = model.generator().generate(PROMPT, options);
      assertThat(same.await().tokens()).isEqualTo(alone);
      all.forEach(Generation::await);
    }
  }

  @Test
  void temperatureSpreadsTheDraw() {
    List<Integer> greedy = generate(tokens(30)).tokens();
    GenerationOptions.Builder options = tokens(30).seed(3L).logProbabilities(0);
    assertThat(generate(options.temperature(0.01)).tokens()).isEqualTo(greedy);
    double cool = meanLogProbability(generate(options.temperature(0.7)));
    double hot = meanLogProbability(generate(options.temperature(2)));
    assertThat(cool).isGreaterThan(hot);
  }

  private static double meanLogProbability(GenerationResult result) {
    return result.logProbabilities().stream()
        .mapToDouble(TokenLogProbability::logProbability)
        .average()
        .orElseThrow();
  }

  @Test
  void filtersCutTheImprobable() {
    List<Integer> greedy = generate(tokens(30)).tokens();
    GenerationOptions hot = tokens(30).temperature(5).seed(1L).build();
    assertThat(generate(hot.toBuilder()).tokens()).isNotEqualTo(greedy);
    assertThat(generate(hot.toBuilder().topK(1)).tokens()).isEqualTo(greedy);
    assertThat(generate(hot.toBuilder().topP(1e-9)).tokens()).isEqualTo(greedy);
    assertThat(generate(hot.toBuilder().minP(1)).tokens()).isEqualTo(greedy);
    GenerationResult three = generate(hot.toBuilder().topK(3).logProbabilities(3));
    for (TokenLogProbability token : three.logProbabilities()) {
      assertThat(token.top()).extracting(TokenLogProbability.Candidate::id).contains(token.id());
    }
    assertThat(three.tokens()).isNotEqualTo(greedy);
  }

  @Test
  void penaltiesTurnAwayFromWhatOccurred() {
    List<Integer> plain = generate(tokens(100)).tokens();
    long repeated = repeats(plain);
    assertThat(repeated).isGreaterThan(20);
    assertThat(repeats(generate(tokens(100).repetitionPenalty(3)).tokens())).isLessThan(repeated);
    assertThat(repeats(generate(tokens(100).presencePenalty(5)).tokens())).isLessThan(repeated);
    assertThat(repeats(generate(tokens(100).frequencyPenalty(5)).tokens())).isLessThan(repeated);
    GenerationOptions.Builder never = tokens(100).presencePenalty(100).penaltyWindow(1_000);
    List<Integer> fresh = generate(never).tokens();
    assertThat(repeats(fresh)).isZero();
    assertThat(fresh).doesNotContainAnyElementsOf(promptIds());
    assertThat(generate(never.penaltyWindow(0)).tokens()).isEqualTo(plain);
    List<Integer> one = generate(never.penaltyWindow(1)).tokens();
    assertThat(repeats(one)).isPositive();
    assertThat(IntStream.range(1, 100).noneMatch(i -> one.get(i).equals(one.get(i - 1)))).isTrue();
  }

  private static long repeats(List<Integer> tokens) {
    return tokens.size() - tokens.stream().distinct().count();
  }

  @Test
  void biasForcesAndBansTokens() {
    List<Integer> plain = generate(tokens(20)).tokens();
    int girl = plain.getFirst();
    GenerationResult forced = generate(tokens(5).logitBias(Map.of(girl, 1_000f)));
    assertThat(forced.tokens()).isEqualTo(List.of(girl, girl, girl, girl, girl));
    GenerationResult banned = generate(tokens(20).logitBias(Map.of(girl, Float.NEGATIVE_INFINITY)));
    assertThat(banned.tokens()).doesNotContain(girl);
    assertThatThrownBy(() -> generate(tokens(1).logitBias(Map.of(512, 1f))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("logitBias: expected token ids 0 to 511, found 512");
  }

  @Test
  void stopTextsEndTheAnswerBeforeThemWhereverTokensEnd() {
    GenerationResult plain = generate(tokens(80));
    String text = plain.text();
    for (int from = 1; from < 60; from += 7) {
      String stop = text.substring(from, from + 9);
      int at = text.indexOf(stop);
      Generation generation =
          model
              .generator()
              .generate(PROMPT, tokens(80).stop(List.of("no such text", stop)).build());
      GenerationResult result = generation.await();
      assertThat(result.text()).isEqualTo(text.substring(0, at));
      assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
      assertThat(joined(generation)).isEqualTo(result.text());
      assertThat(result.tokens())
          .isEqualTo(plain.tokens().subList(0, result.tokens().size()))
          .hasSizeLessThan(80);
      int[] ids = result.tokens().stream().mapToInt(i -> i).toArray();
      assertThat(" " + model.tokenizer().decode(ids)).startsWith(text.substring(0, at) + stop);
    }
  }

  private static String joined(Generation generation) {
    StringBuilder text = new StringBuilder();
    for (Chunk chunk : generation) {
      text.append(chunk.text());
    }
    return text.toString();
  }

  @Test
  void logProbabilitiesAreThoseOfTheModelItself() {
    GenerationResult plain = generate(tokens(30).logProbabilities(-1));
    assertThat(plain.logProbabilities()).isEmpty();
    GenerationOptions.Builder options =
        tokens(30).temperature(1.5).seed(9L).frequencyPenalty(1).topK(50).logProbabilities(4);
    Generation generation = model.generator().generate(PROMPT, options.build());
    GenerationResult result = generation.await();
    List<TokenLogProbability> streamed = new ArrayList<>();
    generation.forEach(chunk -> streamed.addAll(chunk.logProbabilities()));
    assertThat(streamed).isEqualTo(result.logProbabilities());
    List<Integer> prompt = promptIds();
    float[][] logits = Models.score(model, Models.join(prompt, result.tokens()), 512);
    for (int i = 0; i < 30; i++) {
      float[] row = logits[prompt.size() - 1 + i];
      TokenLogProbability found = result.logProbabilities().get(i);
      assertThat(found.id()).isEqualTo(result.tokens().get(i));
      assertThat(found.logProbability())
          .isCloseTo(Perplexity.logProbability(row, found.id()), within(1e-5));
      assertThat(found.top())
          .extracting(TokenLogProbability.Candidate::id)
          .isEqualTo(Models.top(row, 4));
      for (TokenLogProbability.Candidate candidate : found.top()) {
        assertThat(candidate.logProbability())
            .isCloseTo(Perplexity.logProbability(row, candidate.id()), within(1e-5));
      }
    }
    GenerationResult own = generate(options.logProbabilities(0));
    assertThat(own.tokens()).isEqualTo(result.tokens());
    assertThat(own.logProbabilities()).allMatch(token -> token.top().isEmpty()).hasSize(30);
  }

  @Test
  void endOfSequenceEndsTheAnswerUnlessIgnored() {
    int end = model.tokenizer().endOfGeneration().iterator().next();
    GenerationOptions.Builder options = tokens(8).logitBias(Map.of(end, 1_000f));
    GenerationResult result = generate(options);
    assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(result.tokens()).isEqualTo(List.of(end));
    assertThat(result.text()).isEmpty();
    GenerationResult ignored = generate(options.ignoreEndOfSequence(true));
    assertThat(ignored.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(ignored.tokens()).hasSize(8).containsOnly(end);
  }

  @Test
  void aFullContextEndsTheAnswer() {
    int[] prompt = new int[model.contextLength() - 3];
    Arrays.fill(prompt, 403);
    Generation generation =
        model
            .generator()
            .generate(new Prompt.Tokens(prompt), tokens(100).ignoreEndOfSequence(true).build());
    assertThat(generation.await().finishReason()).isEqualTo(FinishReason.CONTEXT_FULL);
    assertThat(generation.await().tokens()).hasSize(3);
  }

  /** A nanosecond is over before the first step. */
  @Test
  void aDeadlineEndsPrefill() {
    GenerationResult result = generate(tokens(5).timeout(Duration.ofNanos(1)));
    assertThat(result.finishReason()).isEqualTo(FinishReason.TIMEOUT);
    assertThat(result.tokens()).isEmpty();
    assertThat(result.promptTokens()).isEqualTo(promptIds().size());
  }

  @Test
  void aDeadlineEndsDecode() {
    GenerationOptions.Builder options = tokens(1_000_000).ignoreEndOfSequence(true);
    Duration timeout = Duration.ofMillis(1);
    GenerationResult result;
    do { // until it is long enough to reach decode and too short to fill the context
      result = generate(options.timeout(timeout));
      timeout = timeout.plus(timeout.dividedBy(2)).plusNanos(1);
    } while (result.tokens().isEmpty());
    assertThat(result.finishReason()).isEqualTo(FinishReason.TIMEOUT);
    List<Integer> plain = generate(tokens(400).ignoreEndOfSequence(true)).tokens();
    int size = Math.min(result.tokens().size(), plain.size());
    assertThat(result.tokens().subList(0, size)).isEqualTo(plain.subList(0, size));
  }

  @Test
  void cancelEndsDecodeAndNotWhatHasEnded() {
    Generation decoding =
        model.generator().generate(PROMPT, tokens(1_000).ignoreEndOfSequence(true).build());
    assertThat(decoding.iterator().next().text()).isNotEmpty();
    decoding.cancel();
    GenerationResult result = decoding.await();
    // the model may have filled its context meanwhile, if this thread was held up
    assertThat(result.finishReason()).isIn(FinishReason.CANCELLED, FinishReason.CONTEXT_FULL);
    assertThat(result.tokens()).isNotEmpty();
    Generation ended = model.generator().generate(PROMPT, tokens(1).build());
    ended.await();
    ended.cancel();
    assertThat(ended.await().finishReason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void timesAddUp() {
    long start = System.nanoTime();
    GenerationResult result = generate(tokens(20));
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
    assertThat(result.timings().queued()).isGreaterThanOrEqualTo(Duration.ZERO);
    assertThat(result.timings().prefill()).isPositive();
    assertThat(result.timings().decode()).isPositive();
    assertThat(result.timings().timeToFirstToken().plus(result.timings().decode()))
        .isLessThanOrEqualTo(elapsed);
    assertThat(result.cachedTokens()).isZero();
  }
}
