// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.coterie.ModelFormatException;
import dev.coterie.TensorInfo;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.GgufWriter.Type;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages valid files. Only {@link ModelFormatException} and {@link UnsupportedModelException} may
 * come out, and opening may take no more memory than twice the file.
 *
 * <p>{@code -Dcoterie.test.seed=…} repeats a run of random damage, {@code -Dcoterie.test.seconds=…}
 * lengthens it.
 */
class GgufFuzzTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What the JDK allocates to map a file, and an exception with its message and stack trace. */
  private static final long FIXED_BYTES = 64 * 1024;

  private static final int[] FLIPS = {0x01, 0x80, 0xff};
  private static final long[] EXTREMES = {0, 1, -1, 1L << 31, 1L << 32, 1L << 62, 1L << 63};

  @TempDir Path directory;
  private Path path;

  /** Class initialization and method handles are not the parser's. */
  @BeforeAll
  static void warmUp(@TempDir Path directory) throws IOException {
    Path path = valid().write(directory.resolve("model.gguf"));
    GgufFile.open(path).close();
    Files.write(path, new byte[30]);
    allocated(path);
  }

  @BeforeEach
  void name() {
    path = directory.resolve("model.gguf");
  }

  @Test
  void cutAtEachByte() throws IOException {
    byte[] file = valid().bytes();
    for (int length = 0; length < file.length; length++) {
      assertThat(opens(Arrays.copyOf(file, length))).as("%d bytes", length).isFalse();
    }
    assertThat(opens(file)).isTrue();
  }

  @Test
  void eachHeaderByteFlipped() throws IOException {
    byte[] file = valid().bytes();
    for (int at = 0; at < headerBytes(file); at++) {
      byte whole = file[at];
      for (int flip : FLIPS) {
        file[at] = (byte) (whole ^ flip);
        opens(file);
      }
      file[at] = whole;
    }
  }

  @Test
  void eachHeaderWordExtreme() throws IOException {
    byte[] file = valid().bytes();
    for (int at = 0; at < headerBytes(file) - 8; at++) {
      byte[] damaged = file.clone();
      for (long extreme : EXTREMES) {
        for (int i = 0; i < 8; i++) {
          damaged[at + i] = (byte) (extreme >>> (8 * i));
        }
        opens(damaged);
      }
    }
  }

  @Test
  void randomDamage() throws IOException {
    long seed = Long.getLong("coterie.test.seed", new Random().nextLong());
    long end = System.nanoTime() + Integer.getInteger("coterie.test.seconds", 4) * 1_000_000_000L;
    Random random = new Random(seed);
    byte[] file = valid().bytes();
    while (System.nanoTime() < end) {
      byte[] damaged = Arrays.copyOf(file, file.length - random.nextInt(2) * random.nextInt(64));
      for (int n = 1 + random.nextInt(8); n > 0; n--) {
        damage(damaged, headerBytes(file), random);
      }
      try {
        opens(damaged);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("repeat with -Dcoterie.test.seed=" + seed, e);
      }
    }
  }

  @Test
  void manySmallEntries() throws IOException {
    GgufWriter writer = new GgufWriter().put("general.architecture", "llama").alignment(8);
    for (int i = 0; i < 50_000; i++) {
      writer.put(Integer.toString(i, 36), Type.U8, 0);
      writer.tensor(Integer.toString(i, 36), GgmlType.F32, List.of(1L), new byte[4]);
    }
    assertThat(opens(writer.bytes())).isTrue();
  }

  @Test
  void longArraysOfSmallElements() throws IOException {
    GgufWriter writer = new GgufWriter().put("general.architecture", "llama");
    writer.put("tokens", "x ".repeat(100_000).split(" "));
    writer.putArray("bytes", Type.U8, Collections.nCopies(200_000, 1));
    assertThat(opens(writer.bytes())).isTrue();
  }

  private static void damage(byte[] file, int headerBytes, Random random) {
    int at = random.nextInt(Math.min(headerBytes, file.length - 8));
    switch (random.nextInt(4)) {
      case 0 -> file[at] = (byte) random.nextInt();
      case 1 -> file[at] ^= (byte) (1 << random.nextInt(8));
      case 2 -> {
        long extreme = EXTREMES[random.nextInt(EXTREMES.length)] + random.nextInt(3) - 1;
        for (int i = 0; i < 8; i++) {
          file[at + i] = (byte) (extreme >>> (8 * i));
        }
      }
      default -> {
        int from = random.nextInt(file.length - 8);
        System.arraycopy(file, from, file, at, Math.min(8, file.length - Math.max(from, at)));
      }
    }
  }

  /** Opens a file and reads all of it; false if it was refused. */
  private boolean opens(byte[] bytes) throws IOException {
    Files.write(path, bytes);
    long limit = 2L * bytes.length + FIXED_BYTES;
    // The first fault of a kind also links the code that makes its message.
    assertThat(allocated(path) < limit ? 0 : allocated(path)).isLessThan(limit);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.metadata().values().entrySet()).allSatisfy(e -> assertThat(e).isNotNull());
      for (TensorInfo tensor : file.info().tensors()) {
        find(file, tensor.name());
      }
      return true;
    } catch (ModelFormatException e) {
      assertThat(e.path()).isEqualTo(path);
      return false;
    }
  }

  private static void find(GgufFile file, String tensor) {
    try {
      assertThat(file.find(tensor)).isNotNull();
    } catch (UnsupportedModelException e) {
      assertThat(e).hasMessageContaining(tensor);
    }
  }

  private static long allocated(Path path) throws IOException {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      GgufFile.open(path).close();
    } catch (ModelFormatException e) {
      return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private static int headerBytes(byte[] file) {
    return file.length - 3 * 32;
  }

  /** A file with every value type; its data is 96 bytes. */
  private static GgufWriter valid() {
    GgufWriter writer = new GgufWriter().put("general.architecture", "llama").alignment(32);
    for (Type type : Type.values()) {
      if (type == Type.ARR) {
        continue;
      }
      Object value = type == Type.STR ? "text" : type == Type.BOOL ? (Object) true : 1;
      writer.put("a." + type, type, value);
      writer.putArray("b." + type, type, List.of(value, value));
    }
    return writer
        .tensor("norm", List.of(8L), 1, 2, 3, 4, 5, 6, 7, 8)
        .tensor("q", GgmlType.Q4_0, List.of(1L, 1L, 32L), new byte[18])
        .tensor("z", GgmlType.I32, List.of(2L, 4L), new byte[32]);
  }
}
