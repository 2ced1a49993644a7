// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder with a config and weights that are just enough to be opened. */
final class TinyFolder {
  static final String LLAMA =
      """
      {"model_type": "llama", "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
       "num_key_value_heads": 1, "intermediate_size": 12, "rms_norm_eps": 1e-5, "vocab_size": 16,
       "max_position_embeddings": 64}
      """;

  static final String DEEPSEEK_V3 =
      """
      {"model_type": "deepseek_v3", "hidden_size": 8, "num_hidden_layers": 2,
       "num_attention_heads": 2, "intermediate_size": 12, "moe_intermediate_size": 4,
       "n_routed_experts": 2, "num_experts_per_tok": 1, "n_shared_experts": 1, "n_group": 1,
       "topk_group": 1, "norm_topk_prob": true, "routed_scaling_factor": 2.5, "kv_lora_rank": 4,
       "q_lora_rank": null, "qk_nope_head_dim": 3, "qk_rope_head_dim": 2, "v_head_dim": 2,
       "first_k_dense_replace": 1, "rms_norm_eps": 1e-6, "vocab_size": 16,
       "max_position_embeddings": 64, "rope_theta": 10000, "num_nextn_predict_layers": 1}
      """;

  private TinyFolder() {}

  /** Writes a config, and weights with a table of embeddings added. */
  static Path write(Path directory, String config, SafetensorsWriter weights) throws IOException {
    Files.writeString(directory.resolve("config.json"), config);
    weights.counting("model.embed_tokens.weight", 0, 16, 8);
    weights.write(directory.resolve("model.safetensors"));
    return directory;
  }
}
