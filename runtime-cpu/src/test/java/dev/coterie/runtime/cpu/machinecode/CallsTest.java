// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a call costs beside its work. */
class CallsTest {
  private static final int STEPS = 2_000;

  /** Objects that do not escape are allocated until the compiler has seen that. */
  private static final int MOST_ROUNDS = 100;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void warmCallsAllocateNothingAndNeedNoFlag() throws Exception {
    Needed.processor();
    assertThat(run()).contains("WARNING: A restricted method");
    assertThat(run("--enable-native-access=ALL-UNNAMED")).doesNotContain("WARNING");
  }

  /** In a JVM of its own: what others have run in this one shapes what the compiler inlines. */
  private static String run(String... flags) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), CallsTest.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** Ends with 0 as soon as a round allocates less than a byte a step. */
  public static void main(String[] args) {
    try (Arena arena = Arena.ofShared()) {
      IntegerProducts products = new IntegerProducts(Processor.here().best(), arena);
      PackedMatrix w =
          new PackedMatrix(
              Layout.NIBBLE, 48, 64, arena.allocate(3L * 2 * Layout.NIBBLE.tileBytes(), 64));
      QuantizedRows rows = products.newRows(14, 64, arena);
      MemorySegment x = MemorySegment.ofArray(new float[14 * 64]);
      MemorySegment y = MemorySegment.ofArray(new float[14 * 64]);
      for (int round = 0; round < MOST_ROUNDS; round++) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int step = 0; step < STEPS; step++) {
          int count = 1 + step % 14;
          for (int row = 0; row < count; row++) {
            products.quantize(x, 64 * row, rows, 0, count, row, 0, 64);
          }
          products.linear(w, rows, 0, count, y, 0, 64, false, 0, 3);
        }
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (bytes < STEPS) {
          return;
        }
        System.out.println("round " + round + ": " + bytes / STEPS + " bytes a step");
      }
    }
    System.exit(1);
  }
}
