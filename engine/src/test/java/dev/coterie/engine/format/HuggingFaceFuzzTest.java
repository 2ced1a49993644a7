// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.ModelFormatException;
import dev.coterie.TensorInfo;
import dev.coterie.UnsupportedModelException;
import dev.coterie.spi.Tensor;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damages configs and headers of whole models and asks for every tensor. Only {@link
 * ModelFormatException} and {@link UnsupportedModelException} may come out.
 *
 * <p>{@code -Dcoterie.test.seed=…} repeats a run, {@code -Dcoterie.test.seconds=…} lengthens it.
 */
class HuggingFaceFuzzTest {
  private static final byte[] SIGNS = "{}[]\",:0123456789.e-".getBytes();

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"deepseek_v3_fp8", "deepseek_v4_fp4", "gpt_oss", "llama4", "llama"})
  void damage(String model) throws IOException {
    Path folder = SharedMaterial.require("golden/" + model);
    List<String> names = names(folder);
    byte[] config = Files.readAllBytes(folder.resolve("config.json"));
    byte[] weights = Files.readAllBytes(folder.resolve("model.safetensors"));
    int headerBytes = (weights[0] & 0xff) + 256 * (weights[1] & 0xff);
    long seed = Long.getLong("coterie.test.seed", new Random().nextLong());
    long end = System.nanoTime() + Integer.getInteger("coterie.test.seconds", 2) * 1_000_000_000L;
    Random random = new Random(seed);
    while (System.nanoTime() < end) {
      byte[] damagedConfig = config.clone();
      byte[] damagedWeights = weights;
      if (random.nextBoolean()) {
        damage(damagedConfig, 0, config.length, random);
      } else {
        damagedWeights = weights.clone();
        damage(damagedWeights, 8, headerBytes, random);
      }
      Files.write(directory.resolve("config.json"), damagedConfig);
      Files.write(directory.resolve("model.safetensors"), damagedWeights);
      try {
        readAll(names);
      } catch (RuntimeException | AssertionError e) {
        Path kept = Files.createTempFile("coterie", ".safetensors");
        Files.copy(
            directory.resolve("model.safetensors"), kept, StandardCopyOption.REPLACE_EXISTING);
        throw new AssertionError("repeat with -Dcoterie.test.seed=" + seed + "; " + kept, e);
      }
    }
  }

  /** The names of a good model's tensors that are asked for, as an architecture would. */
  private static List<String> names(Path folder) throws IOException {
    List<String> names = new ArrayList<>(List.of("token_embd.weight", "rope_freqs.weight"));
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      for (String suffix :
          List.of(
              "attn_q.weight",
              "attn_q_b.weight",
              "attn_k_b.weight",
              "attn_v_b.weight",
              "attn_kv.weight",
              "attn_output.bias",
              "ffn_gate_exps.weight",
              "ffn_up_exps.weight",
              "ffn_down_exps.weight",
              "ffn_gate_exps.bias",
              "ffn_gate_inp.weight")) {
        for (int layer = 0; layer < 4; layer++) {
          String name = "blk." + layer + "." + suffix;
          if (checkpoint.find(name) != null) {
            names.add(name);
          }
        }
      }
    }
    return names;
  }

  private static void damage(byte[] file, int from, int length, Random random) {
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      int at = from + random.nextInt(length);
      while (random.nextInt(4) > 0 && (file[at] < '0' || file[at] > '9')) {
        at = from + random.nextInt(length); // most damage is to numbers
      }
      file[at] =
          random.nextInt(4) > 0
              ? (byte) ('0' + random.nextInt(10))
              : SIGNS[random.nextInt(SIGNS.length)];
    }
  }

  private void readAll(List<String> names) throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(directory)) {
      for (TensorInfo info : checkpoint.info().tensors()) {
        assertThat(info.bytes()).isNotNegative();
      }
      for (String name : names) {
        read(checkpoint, name);
      }
    } catch (ModelFormatException | UnsupportedModelException e) {
      assertThat(e).message().isNotBlank();
    }
  }

  private static void read(Checkpoint checkpoint, String name) {
    try {
      Tensor tensor = checkpoint.find(name);
      if (tensor != null) {
        tensor.decodeRow(tensor.rows() - 1, new float[tensor.columns()], 0);
      }
    } catch (ModelFormatException | UnsupportedModelException e) {
      assertThat(e).message().isNotBlank();
    }
  }
}
