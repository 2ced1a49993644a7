// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.coterie.Generation;
import dev.coterie.GenerationOptions;
import dev.coterie.engine.tokenizer.StreamingDecoder;
import dev.coterie.spi.Batch;
import dev.coterie.spi.Executable;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StepLoopAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int STEPS = 800;

  /** Counts what the loop's thread allocates between two steps of a generation. */
  private static final class Meter implements Executable {
    private long before;
    private long allocated;

    @Override
    public void run(Batch batch) {
      batch.logits(ToyExecutable.VOCABULARY)[0] = 1;
      if (batch.position(0) == 100) {
        before = THREADS.getCurrentThreadAllocatedBytes();
      } else if (batch.position(0) == 100 + STEPS) {
        allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      }
    }

    @Override
    public long memoryBytes() {
      return 0;
    }

    @Override
    public void close() {}
  }

  /** The tokens are control tokens, so that there are no chunks. */
  @Test
  void steadyDecodeAllocatesNothing() {
    Meter meter = new Meter();
    ToyTokenizer tokenizer = new ToyTokenizer(OptionalInt.empty());
    LoopSettings settings =
        new LoopSettings(
            2048, 64, 8, 64, ToyExecutable.VOCABULARY, ToyExecutable.WIDTH, Set.of(), List.of());
    GenerationOptions options =
        ToyModel.tokens(1000)
            .temperature(0.8)
            .topK(20)
            .topP(0.9)
            .frequencyPenalty(0.01)
            .logitBias(Map.of(ToyTokenizer.END, 1000f))
            .build();
    long least = Long.MAX_VALUE;
    try (StepLoop loop = StepLoop.start(meter, settings)) {
      for (int i = 0; i < 8; i++) {
        Generation generation =
            loop.generate(
                new int[] {1}, options, () -> Reading.plain(new StreamingDecoder(tokenizer)));
        assertThat(generation.await().tokens()).hasSize(1000);
        least = Math.min(least, meter.allocated);
      }
    }
    assertThat(least).isLessThan(STEPS); // below one byte a token
  }
}
