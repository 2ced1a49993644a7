// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.ModelFormatException;
import dev.coterie.testkit.SharedMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How configs become the keys of GGUF files, where no converted file shows it. */
class ConfigKeysTest {
  @TempDir Path directory;

  @Test
  void gptOss() throws IOException {
    Path config = SharedMaterial.require("golden/gpt_oss/config.json");
    Map<String, Object> keys = ConfigKeys.pairs(ConfigFile.read(config), "x", 0, new HashMap<>());
    assertThat(keys)
        .containsEntry("general.architecture", "gpt-oss")
        .containsEntry("gpt-oss.block_count", 4L)
        .containsEntry("gpt-oss.attention.head_count_kv", 2L)
        .containsEntry("gpt-oss.attention.key_length", 16L)
        .containsEntry("gpt-oss.attention.sliding_window", 32L)
        .containsEntry("gpt-oss.expert_count", 8L)
        .containsEntry("gpt-oss.expert_used_count", 3L)
        .containsEntry("gpt-oss.expert_feed_forward_length", 64L)
        .containsEntry("gpt-oss.rope.freq_base", 150000.0)
        .containsEntry("gpt-oss.rope.scaling.type", "yarn")
        .containsEntry("gpt-oss.rope.scaling.factor", 4.0)
        .containsEntry("gpt-oss.rope.scaling.original_context_length", 64L)
        .containsEntry("gpt-oss.rope.scaling.yarn_truncate", false);
  }

  @Test
  void llama4BeyondTheKeysOfGguf() throws IOException {
    Path config = SharedMaterial.require("golden/llama4/config.json");
    assertThat(ConfigKeys.pairs(ConfigFile.read(config), "x", 0, new HashMap<>()))
        .containsEntry("llama4.attention.chunk_size", 64L)
        .containsEntry("llama4.attention.rope_layers", new long[] {1, 1, 1, 0})
        .containsEntry("llama4.attention.qk_norm", true)
        .containsEntry("llama4.attention.temperature_length", 64L)
        .containsEntry("llama4.attention.temperature_scale", 0.1);
  }

  /** The spec's numbers for Llama 3.1: factor 8, low 1, high 4, context 8192. */
  @Test
  void divisorsOfLlama3() throws IOException {
    float[] divisors =
        ConfigKeys.ropeDivisors(
            config(
                "\"head_dim\": 128, \"rope_theta\": 500000, \"rope_scaling\": {\"rope_type\":"
                    + " \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4,"
                    + " \"original_max_position_embeddings\": 8192}"));
    assertThat(divisors).hasSize(64);
    assertThat(divisors[0]).isEqualTo(1);
    assertThat(divisors[28]).isEqualTo(1);
    assertThat(divisors[35]).isEqualTo(8);
    assertThat(divisors[63]).isEqualTo(8);
    double wavelength = 2 * Math.PI * Math.pow(500000, 31 / 64.0);
    double smooth = (8192 / wavelength - 1) / 3;
    assertThat((double) divisors[31]).isCloseTo(1 / ((1 - smooth) / 8 + smooth), within(1e-6));
    assertThat(ConfigKeys.ropeDivisors(config("\"rope_theta\": 1"))).isNull();
  }

  /** Scout has the same factor for both ends: nothing lies between, and nothing divides by zero. */
  @Test
  void divisorsOfLlama4() throws IOException {
    float[] divisors =
        ConfigKeys.ropeDivisors(
            config(
                "\"head_dim\": 128, \"rope_parameters\": {\"rope_theta\": 500000.0, \"rope_type\":"
                    + " \"llama3\", \"factor\": 16, \"low_freq_factor\": 1, \"high_freq_factor\": 1,"
                    + " \"original_max_position_embeddings\": 8192}"));
    for (float divisor : divisors) {
      assertThat(divisor).isIn(1f, 16f);
    }
  }

  @Test
  void yarnThatAUserAdded() throws IOException {
    Map<String, Object> keys =
        pairs(
            "\"max_position_embeddings\": 32768, \"rope_parameters\": {\"rope_theta\": 1000000.0,"
                + " \"rope_type\": \"yarn\", \"factor\": 4.0, \"attention_factor\": 2.0}");
    assertThat(keys)
        .containsEntry("llama.rope.freq_base", 1000000.0)
        .containsEntry("llama.rope.scaling.type", "yarn")
        .containsEntry("llama.rope.scaling.factor", 4.0)
        .containsEntry("llama.rope.scaling.original_context_length", 32768L)
        .containsEntry("llama.rope.scaling.yarn_beta_fast", 32.0)
        .containsEntry("llama.rope.scaling.attn_factor", 2 / (1 + 0.1 * Math.log(4)))
        .doesNotContainKeys(
            "llama.rope.scaling.yarn_truncate", "llama.rope.scaling.yarn_log_multiplier");
    assertThat(pairs("\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}"))
        .containsEntry("llama.rope.scaling.type", "linear")
        .containsEntry("llama.rope.scaling.factor", 2.0);
  }

  @Test
  void llama4AsItIsPublished() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("config.json"),
            """
            {"model_type": "llama4_text", "num_hidden_layers": 5, "hidden_size": 8,
             "num_attention_heads": 2, "no_rope_layers": [1, 1, 1, 0, 1],
             "attn_temperature_tuning": 4, "floor_scale": 8192.0}
            """);
    assertThat(ConfigKeys.pairs(ConfigFile.read(file), "x", 0, new HashMap<>()))
        .containsEntry("llama4.attention.rope_layers", new long[] {1, 1, 1, 0, 1})
        .containsEntry("llama4.attention.temperature_length", 8192L)
        .containsEntry("llama4.attention.temperature_scale", 0.1);
    Files.writeString(
        file,
        """
        {"model_type": "llama4_text", "num_hidden_layers": 2, "no_rope_layers": [1, 1],
         "attn_temperature_tuning": false}
        """);
    assertThat(ConfigKeys.pairs(ConfigFile.read(file), "x", 0, new HashMap<>()))
        .containsEntry("llama4.attention.rope_layers", new long[] {1, 1})
        .containsEntry("llama4.attention.temperature_scale", 0.0);
    for (String scale : new String[] {"8192.5", "0", "-3", "3000000000"}) {
      Files.writeString(
          file,
          "{\"model_type\": \"llama4_text\", \"num_hidden_layers\": 1, \"floor_scale\": "
              + scale
              + "}");
      assertThatThrownBy(() -> ConfigKeys.pairs(ConfigFile.read(file), "x", 0, new HashMap<>()))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageStartingWith(
              file
                  + ": key 'floor_scale': expected a whole number from 1 to 2147483647, found "
                  + Double.parseDouble(scale));
    }
  }

  private Map<String, Object> pairs(String members) throws IOException {
    return ConfigKeys.pairs(config(members), "x", 0, new HashMap<>());
  }

  private ConfigFile config(String members) throws IOException {
    return ConfigFile.read(
        Files.writeString(
            directory.resolve("config.json"), "{\"model_type\": \"llama\", " + members + "}"));
  }
}
