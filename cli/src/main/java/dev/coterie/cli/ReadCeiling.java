// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How fast this machine reads memory, which is the ceiling of generation: a token reads its weights
 * once. Each thread sums a stretch of its own, several times; the fastest pass of all counts. Plain
 * Java reaches what memory gives.
 */
final class ReadCeiling {
  /** More than caches hold, all threads together. */
  private static final long TOTAL_BYTES = 512L << 20;

  private static final long LEAST_BYTES = 16L << 20;
  private static final long ONES = 0x0101010101010101L;
  private static final long PIECE_BYTES = 1 << 16;
  private static final int PASSES = 12; // the first ones are interpreted

  private ReadCeiling() {}

  /** Bytes a second of some threads together. */
  static double bytesPerSecond(int threads) {
    long bytes = Math.max(LEAST_BYTES, TOTAL_BYTES / threads) / Long.BYTES * Long.BYTES;
    try (Arena arena = Arena.ofShared();
        ExecutorService team = Executors.newFixedThreadPool(threads)) {
      List<Callable<Long>> stretches = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        MemorySegment own = arena.allocate(bytes, Long.BYTES);
        own.fill((byte) 1); // a page that was never written has no memory of its own
        stretches.add(() -> sum(own));
      }
      double best = 0;
      for (int pass = 0; pass < PASSES; pass++) {
        long start = System.nanoTime();
        for (Future<Long> sum : team.invokeAll(stretches)) {
          requireSum(sum.get(), bytes);
        }
        best = Math.max(best, threads * bytes / ((System.nanoTime() - start) / 1e9));
      }
      return best;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while memory was measured", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("memory cannot be measured", e);
    }
  }

  private static void requireSum(long sum, long bytes) {
    long expected = ONES * (bytes / Long.BYTES);
    if (sum != expected) {
      throw new IllegalStateException("sum: expected " + expected + ", found " + sum);
    }
  }

  /** In pieces, so that the JIT compiles the loop as a method and not within its first call. */
  private static long sum(MemorySegment memory) {
    long sum = 0;
    for (long from = 0; from < memory.byteSize(); from += PIECE_BYTES) {
      sum += sum(memory, from, Math.min(from + PIECE_BYTES, memory.byteSize()));
    }
    return sum;
  }

  private static long sum(MemorySegment memory, long from, long to) {
    long sum = 0;
    for (long at = from; at < to; at += Long.BYTES) {
      sum += memory.get(ValueLayout.JAVA_LONG, at);
    }
    return sum;
  }
}
