// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CyclicBarrier;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * How fast this machine reads memory: the ceiling of decode, which reads every weight once a token.
 * Each thread sums longs of its own array, 256 MiB by default; the median of 15 passes that all
 * threads begin together, after 5 unmeasured ones.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector \
 *   benchmarks/src/main/java/dev/coterie/benchmark/MemoryBandwidth.java [THREADS [MEBIBYTES]]
 * </pre>
 *
 * Prints gigabytes (10⁹ bytes) a second.
 */
public final class MemoryBandwidth {
  private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
  private static final int WARM_UPS = 5;
  private static final int PASSES = 15;

  private MemoryBandwidth() {}

  /**
   * Measures and prints.
   *
   * @param args the number of threads (default: one a processor), mebibytes a thread (default: 256)
   * @throws Exception if a thread is interrupted
   */
  public static void main(String[] args) throws Exception {
    int threads =
        args.length > 0 ? Integer.parseInt(args[0]) : Runtime.getRuntime().availableProcessors();
    int mebibytes = args.length > 1 ? Integer.parseInt(args[1]) : 256;
    System.out.printf(Locale.ROOT, "%.1f%n", measure(threads, mebibytes) / 1e9);
  }

  /** Bytes a second of some threads together. */
  static double measure(int threads, int mebibytes) throws Exception {
    double[] seconds = new double[WARM_UPS + PASSES];
    long[][] arrays = new long[threads][mebibytes << 17];
    CyclicBarrier barrier = new CyclicBarrier(threads);
    Thread[] team = new Thread[threads];
    for (int i = 0; i < threads; i++) {
      long[] own = arrays[i];
      Arrays.fill(own, i + 1L); // a page that was never written has no memory of its own
      boolean first = i == 0;
      team[i] =
          new Thread(
              () -> {
                try {
                  pass(own, barrier, seconds, first);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
    }
    for (Thread thread : team) {
      thread.start();
    }
    for (Thread thread : team) {
      thread.join();
    }
    double[] measured = Arrays.copyOfRange(seconds, WARM_UPS, seconds.length);
    Arrays.sort(measured);
    return threads * 8.0 * arrays[0].length / measured[PASSES / 2];
  }

  private static void pass(long[] own, CyclicBarrier barrier, double[] seconds, boolean first)
      throws Exception {
    long expected = own[0] * own.length;
    for (int i = 0; i < seconds.length; i++) {
      barrier.await();
      long start = System.nanoTime();
      long sum = sum(own);
      barrier.await();
      if (first) {
        seconds[i] = (System.nanoTime() - start) / 1e9;
      }
      if (sum != expected) {
        throw new AssertionError("sum: expected " + expected + ", found " + sum);
      }
    }
  }

  private static long sum(long[] values) {
    int lanes = SPECIES.length();
    LongVector a = LongVector.zero(SPECIES);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    for (int i = 0; i < values.length; i += 4 * lanes) { // the length is a power of two
      a = a.add(LongVector.fromArray(SPECIES, values, i));
      b = b.add(LongVector.fromArray(SPECIES, values, i + lanes));
      c = c.add(LongVector.fromArray(SPECIES, values, i + 2 * lanes));
      d = d.add(LongVector.fromArray(SPECIES, values, i + 3 * lanes));
    }
    return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
  }
}
