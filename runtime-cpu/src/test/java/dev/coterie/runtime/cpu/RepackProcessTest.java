// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.LoadOptions;
import dev.coterie.RepackCache;
import dev.coterie.spi.DataType;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.WeightCache;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes that keep weights of the same model. */
@Timeout(300)
class RepackProcessTest {
  private static final DataType[] TYPES = {DataType.Q4_0, DataType.BF16, DataType.F32};

  @TempDir Path folder;

  private static RepackedFile file(Path folder, RepackedFile.Opener opener) {
    WeightPlan plan = RepackedFileTest.plan(1, TYPES);
    WeightCache cache = new WeightCache(RepackCache.in(folder), "m", "01");
    return new RepackedFile(cache, plan, opener);
  }

  /**
   * Packs weights when standard input says so, and keeps them in the folder; with {@code stall} the
   * writing never comes to an end.
   */
  public static void main(String[] args) throws Exception {
    boolean stall = args[1].equals("stall");
    RepackedFile file =
        file(
            Path.of(args[0]),
            (path, attributes) ->
                new FaultyChannel(
                    RepackedFileTest.create(path, attributes),
                    () -> {
                      if (stall && Files.size(path) > 100_000) {
                        System.out.println("stalled");
                        sleep();
                      }
                    }));
    System.out.println("ready");
    System.in.read();
    try (ThreadTeam team = new ThreadTeam(1, "coterie-test");
        PackedWeights weights =
            PackedWeights.open(
                RepackedFileTest.plan(1, TYPES),
                file,
                team,
                new LoadMonitor(LoadOptions.DEFAULT))) {
      while (!Files.exists(file.path())) {
        Thread.sleep(1);
      }
      System.out.println(weights.copiedBytes() == 0 ? "mapped" : "packed");
    }
    System.out.println(Arrays.hashCode(mapped(file)));
  }

  private static void sleep() {
    try {
      Thread.sleep(Duration.ofHours(1));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] mapped(RepackedFile file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment weights = file.map(arena);
      assertThat(weights).isNotNull();
      return weights.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static byte[] packed() {
    WeightPlan plan = RepackedFileTest.plan(1, TYPES);
    try (Arena arena = Arena.ofShared();
        ThreadTeam team = new ThreadTeam(1, "coterie-test")) {
      MemorySegment weights = arena.allocate(plan.bytes(), 64);
      new WeightPacking(plan).pack(weights, team, new LoadMonitor(LoadOptions.DEFAULT));
      return weights.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private Process start(String mode) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            RepackProcessTest.class.getName(),
            folder.toString(),
            mode)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static void go(Process process) throws IOException {
    try (OutputStream in = process.getOutputStream()) {
      in.write('\n');
    }
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void aProcessThatIsKilledLeavesAnUnfinishedFileThatOthersRemove() throws Exception {
    Process process = start("stall");
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(out.readLine()).isEqualTo("ready");
      go(process);
      assertThat(out.readLine()).isEqualTo("stalled");
      Path unfinished = left().getFirst();
      assertThat(left()).hasSize(1);
      Files.setLastModifiedTime(
          unfinished, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
      RepackCache.in(folder).makeRoom(0);
      assertThat(unfinished).exists(); // its writer is there

      process.destroyForcibly().waitFor();
      assertThat(left()).containsExactly(unfinished);
      RepackedFile file = file(folder, RepackedFileTest::create);
      file.write(MemorySegment.ofArray(packed()), () -> false);
      assertThat(left()).containsExactly(file.path());
      assertThat(mapped(file)).isEqualTo(packed());
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void processesThatStartAtOnceShareTheFile() throws Exception {
    String expected = Integer.toString(Arrays.hashCode(packed()));
    List<Process> processes = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        processes.add(start("write"));
      }
      List<BufferedReader> outs = new ArrayList<>();
      for (Process process : processes) {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        assertThat(out.readLine()).isEqualTo("ready");
        outs.add(out);
      }
      for (Process process : processes) {
        go(process);
      }
      for (BufferedReader out : outs) {
        assertThat(out.readLine()).isIn("packed", "mapped");
        assertThat(out.readLine()).isEqualTo(expected);
      }
      for (Process process : processes) {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
      }
      assertThat(left()).containsExactly(file(folder, RepackedFileTest::create).path());
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }
}
