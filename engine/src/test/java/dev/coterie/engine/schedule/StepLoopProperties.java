// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.Chunk;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class StepLoopProperties {
  private record Request(int[] prompt, GenerationOptions options, int cancelAfter) {}

  private static Request request(Random random, int context) {
    int[] prompt = random.ints(1 + random.nextInt(context - 1), 0, 61).toArray();
    GenerationOptions.Builder options =
        GenerationOptions.builder()
            .maxTokens(random.nextInt(60))
            .ignoreEndOfSequence(random.nextBoolean());
    if (random.nextBoolean()) {
      options.temperature(0.9).seed(random.nextLong()).topK(random.nextInt(20)).topP(0.95);
    }
    if (random.nextInt(3) == 0) {
      options.repetitionPenalty(1.2).frequencyPenalty(0.1);
    }
    return new Request(prompt, options.build(), random.nextInt(3) == 0 ? random.nextInt(20) : -1);
  }

  /** Whatever else goes on, a request gives what it gives alone, or the beginning of it. */
  @Property(tries = 60)
  void concurrentRequestsGiveWhatTheyGiveAlone(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int maxRows,
      @ForAll @IntRange(min = 1, max = 10) int maxSequences,
      @ForAll @IntRange(min = 2, max = 12) int cacheBlocks)
      throws InterruptedException {
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    try (ToyModel model = new ToyModel(90, maxRows, maxSequences, cacheBlocks)) {
      int context = Math.min(90, cacheBlocks * 32);
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 6; t++) {
        Random random = new Random(seed + t);
        threads.add(
            Thread.ofVirtual()
                .uncaughtExceptionHandler((thread, e) -> failures.add(e))
                .start(
                    () -> {
                      for (int i = 0; i < 5; i++) {
                        check(model, request(random, context), context);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(failures).isEmpty();
      assertThat(model.freeBlocks()).isEqualTo(cacheBlocks);
      assertThat(model.executable.held).isEmpty();
    }
  }

  private static void check(ToyModel model, Request request, int context) {
    Generation generation = model.generate(request.options(), request.prompt());
    if (request.cancelAfter() >= 0) {
      int chunks = 0;
      Iterator<Chunk> iterator = generation.iterator();
      while (chunks++ < request.cancelAfter() && iterator.hasNext()) {
        iterator.next();
      }
      generation.cancel();
    }
    GenerationResult result = generation.await();
    List<Integer> alone =
        ToyExecutable.alone(
            request.prompt(),
            request.options(),
            request.options().ignoreEndOfSequence() ? Set.of() : model.settings.endOfGeneration(),
            context);
    if (result.finishReason() == FinishReason.CANCELLED) {
      assertThat(alone.subList(0, result.tokens().size())).isEqualTo(result.tokens());
    } else {
      assertThat(result.tokens()).isEqualTo(alone);
    }
    assertThat(result.text()).isEqualTo(model.text(result.tokens()));
  }

  /** The text does not depend on where tokens and chunks end. */
  @Property(tries = 100)
  void stopTextsCutTheWholeText(@ForAll long seed) {
    Random random = new Random(seed);
    try (ToyModel model = ToyModel.roomy()) {
      GenerationOptions options = ToyModel.tokens(80).temperature(1).seed(seed).build();
      String whole = model.text(model.alone(options, 1));
      int from = random.nextInt(whole.length() - 6);
      String stop = whole.substring(from, from + 1 + random.nextInt(5));
      if (Character.isLowSurrogate(stop.charAt(0))
          || Character.isHighSurrogate(stop.charAt(stop.length() - 1))) {
        return;
      }
      GenerationResult result =
          model.generate(options.toBuilder().stop(List.of(stop)).build(), 1).await();
      assertThat(result.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
      assertThat(result.tokens())
          .isEqualTo(model.alone(options, 1).subList(0, result.tokens().size()));
    }
  }
}
