// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.coterie.ModelFormatException;
import dev.coterie.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages valid files. Only {@link ModelFormatException} may come out, and opening may take no more
 * memory than twice the file.
 *
 * <p>{@code -Dcoterie.test.seed=…} repeats a run of random damage, {@code -Dcoterie.test.seconds=…}
 * lengthens it.
 */
class SafetensorsFuzzTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What the JDK allocates to map a file, and an exception with its message and stack trace. */
  private static final long FIXED_BYTES = 64 * 1024;

  private static final int DATA_BYTES = 32 + 4 + 16;
  private static final byte[] SIGNS = "{}[]\",:\\0123456789.eE-+untrF \u0001\u007f".getBytes();

  @TempDir Path directory;
  private Path path;

  /** Class initialization and method handles are not the parser's. */
  @BeforeAll
  static void warmUp(@TempDir Path directory) throws IOException {
    Path path = valid().write(directory.resolve("model.safetensors"));
    allocated(path);
    Files.write(path, new byte[30]);
    allocated(path);
  }

  @BeforeEach
  void name() {
    path = directory.resolve("model.safetensors");
  }

  @Test
  void cutAtEachByte() throws IOException {
    byte[] file = valid().bytes();
    for (int length = 0; length < file.length; length++) {
      assertThat(opens(Arrays.copyOf(file, length))).as("%d bytes", length).isFalse();
    }
    assertThat(opens(file)).isTrue();
    assertThat(opens(Arrays.copyOf(file, file.length + 1))).isFalse();
  }

  @Test
  void eachHeaderByteReplaced() throws IOException {
    byte[] file = valid().bytes();
    for (int at = 0; at < file.length - DATA_BYTES; at++) {
      byte whole = file[at];
      for (byte sign : SIGNS) {
        file[at] = sign;
        opens(file);
      }
      for (int flip : new int[] {0x01, 0x80, 0xff}) {
        file[at] = (byte) (whole ^ flip);
        opens(file);
      }
      file[at] = whole;
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
      for (int n = 1 + random.nextInt(6); n > 0; n--) {
        int at = random.nextInt(damaged.length - DATA_BYTES);
        switch (random.nextInt(3)) {
          case 0 -> damaged[at] = (byte) random.nextInt();
          case 1 -> damaged[at] = SIGNS[random.nextInt(SIGNS.length)];
          default -> {
            int length = 1 + random.nextInt(8);
            System.arraycopy(damaged, random.nextInt(damaged.length - 8), damaged, at, length);
          }
        }
      }
      try {
        opens(damaged);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("repeat with -Dcoterie.test.seed=" + seed, e);
      }
    }
  }

  @Test
  void manySmallTensors() throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (int i = 0; i < 50_000; i++) {
      writer.put(Integer.toString(i, 36), "");
      writer.tensor(Integer.toString(i, 36), "U8", List.of(), new byte[1]);
    }
    assertThat(opens(writer.bytes())).isTrue();
  }

  /** Opens a file and reads all of it; false if it was refused. */
  private boolean opens(byte[] bytes) throws IOException {
    Files.write(path, bytes);
    long limit = 2L * bytes.length + FIXED_BYTES;
    // The first fault of a kind also links the code that makes its message.
    assertThat(allocated(path) < limit ? 0 : allocated(path)).isLessThan(limit);
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsFile file = SafetensorsFile.open(path, arena);
      assertThat(file.metadata()).doesNotContainValue(null);
      for (TensorInfo tensor : file.tensors()) {
        SafetensorsEntry entry = file.find(tensor.name());
        assertThat(entry).isNotNull();
        assertThat(file.data(entry).byteSize()).isEqualTo(tensor.bytes());
      }
      return true;
    } catch (ModelFormatException e) {
      assertThat(e.path()).isEqualTo(path);
      assertThat(e.offset()).isBetween(0L, (long) bytes.length);
      return false;
    }
  }

  private static long allocated(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      try {
        SafetensorsFile.open(path, arena);
      } catch (ModelFormatException e) {
        return THREADS.getCurrentThreadAllocatedBytes() - before;
      }
      return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
  }

  private static SafetensorsWriter valid() {
    return new SafetensorsWriter()
        .put("format", "pt")
        .put("\u00fc\"", "\ud83d\ude00")
        .tensor("norm", List.of(8L), 1, 2, 3, 4, 5, 6, 7, 8)
        .tensor("a\\b", "F4", List.of(2L, 4L), new byte[4])
        .tensor("z", "I64", List.of(1L, 2L), new byte[16])
        .tensor("none", "BF16", List.of(0L, 3L), new byte[0]);
  }
}
