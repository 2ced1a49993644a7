// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.LoraAdapter;
import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import dev.coterie.testkit.GoldenModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damages adapters and asks for every pair. Only {@link ModelFormatException} and {@link
 * UnsupportedModelException} may come out, and nothing stays mapped.
 *
 * <p>{@code -Dcoterie.test.seed=…} repeats a run, {@code -Dcoterie.test.seconds=…} lengthens it.
 */
class LoraFuzzTest {
  private static final byte[] SIGNS = "{}[]\",:0123456789.e-_ABqk^".getBytes();

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"adapter_config.json", "adapter_model.safetensors", "adapter.gguf"})
  void damage(String name) throws IOException {
    Path folder = GoldenModel.own("llama").directory();
    RandomAdapter adapter = new RandomAdapter(folder, "llama", 2, 2, 1);
    adapter.writePeft(directory);
    Path file = directory.resolve(name);
    Path path = name.endsWith(".gguf") ? adapter.writeGguf(file) : directory;
    byte[] whole = Files.readAllBytes(file);
    int header = Math.min(whole.length, 4_000);
    long seed = Long.getLong("coterie.test.seed", new Random().nextLong());
    long end = System.nanoTime() + Integer.getInteger("coterie.test.seconds", 2) * 1_000_000_000L;
    Random random = new Random(seed);
    int refused = 0;
    int accepted = 0;
    try (Checkpoint base = Checkpoints.open(folder)) {
      assertThat(accepts(base, path)).isTrue();
      while (System.nanoTime() < end) {
        byte[] damaged = whole.clone();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
          int at = random.nextInt(random.nextInt(8) == 0 ? damaged.length : header);
          damaged[at] =
              random.nextBoolean()
                  ? SIGNS[random.nextInt(SIGNS.length)]
                  : (byte) random.nextInt(256);
        }
        if (random.nextInt(16) == 0) {
          damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
        }
        Files.write(file, damaged);
        try {
          if (accepts(base, path)) {
            accepted++;
          } else {
            refused++;
          }
        } catch (RuntimeException | AssertionError e) {
          Path kept = Files.createTempFile("coterie", name);
          Files.write(kept, damaged);
          throw new AssertionError("repeat with -Dcoterie.test.seed=" + seed + "; " + kept, e);
        }
      }
    }
    assertThat(refused).isPositive();
    assertThat(accepted).isPositive();
    assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain(directory.toString());
  }

  private static boolean accepts(Checkpoint base, Path path) throws IOException {
    try (LoraFile file = LoraFile.open(new LoraAdapter(path), base)) {
      for (String name : base.names()) {
        long[] shape = base.find(name).shape().stream().mapToLong(n -> n).toArray();
        if (name.startsWith("blk.") && shape.length == 2) {
          file.find(name, (int) shape[0], (int) shape[1]);
        }
      }
      file.refuseOthers();
      return true;
    } catch (ModelFormatException | UnsupportedModelException e) {
      assertThat(e).message().isNotBlank();
      return false;
    }
  }
}
