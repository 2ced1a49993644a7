// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.Chunk;
import dev.coterie.CoterieException;
import dev.coterie.ExpertRouting;
import dev.coterie.FinishReason;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.GenerationResult;
import dev.coterie.Lane;
import dev.coterie.Timings;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * A text character by character, one token each; stands still between them if the script says so.
 */
final class FakeGeneration implements Generation {
  static volatile GenerationOptions lastOptions = GenerationOptions.DEFAULT;

  private final Properties script;
  private final String text;
  private final int promptTokens;
  private final int length;
  private final boolean cut;
  private final boolean experts;
  private volatile boolean cancelled;
  private int produced;

  FakeGeneration(Properties script, String text, int promptTokens, GenerationOptions options) {
    lastOptions = options;
    this.script = script;
    this.text = text;
    this.promptTokens = promptTokens;
    this.length = Math.min(text.length(), options.maxTokens());
    this.experts = options.expertRouting() && script.containsKey("experts");
    this.cut = length < text.length();
  }

  @Override
  public Iterator<Chunk> iterator() {
    List<Chunk> chunks = new ArrayList<>();
    String thinking = script.getProperty("thinking", "");
    if (!thinking.isEmpty()) {
      chunks.add(new Chunk(Lane.THINKING, thinking, List.of()));
    }
    text.substring(0, length)
        .chars()
        .forEach(c -> chunks.add(new Chunk(Lane.TEXT, Character.toString(c), List.of())));
    Iterator<Chunk> all = chunks.iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        if (produced > 0) {
          FakeModelProvider.sleep(script, "chunkMillis");
        }
        return !cancelled && all.hasNext();
      }

      @Override
      public Chunk next() {
        Chunk chunk = all.next();
        produced += chunk.lane() == Lane.TEXT ? 1 : 0;
        return chunk;
      }
    };
  }

  @Override
  public Flow.Publisher<Chunk> publisher() {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<GenerationResult> result() {
    return CompletableFuture.completedFuture(await());
  }

  @Override
  public GenerationResult await() {
    if (script.getProperty("generation", "").equals("fail")) {
      throw new CoterieException("the device is gone");
    }
    int done = cancelled ? produced : length;
    FinishReason reason =
        cancelled ? FinishReason.CANCELLED : cut ? FinishReason.LENGTH : FinishReason.STOP;
    return new GenerationResult(
        text.substring(0, done),
        script.getProperty("thinking", ""),
        List.of(),
        List.of(),
        reason,
        null,
        text.substring(0, done).chars().boxed().toList(),
        promptTokens,
        0,
        new Timings(Duration.ZERO, prefill(), Duration.ofMillis(250)),
        List.of(),
        experts
            ? List.of(
                new ExpertRouting(1, 2, List.of(4, 0, 1, 7)),
                new ExpertRouting(2, 2, Collections.nCopies(130, 1)))
            : List.of());
  }

  private Duration prefill() {
    String perToken = script.getProperty("prefillMicrosPerToken");
    return perToken == null
        ? Duration.ofMillis(500)
        : Duration.of(promptTokens * Long.parseLong(perToken), ChronoUnit.MICROS);
  }

  @Override
  public void cancel() {
    cancelled = true;
  }
}
