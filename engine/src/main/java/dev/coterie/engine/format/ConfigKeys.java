// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.UnsupportedModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table that says under which keys GGUF files hold what a {@code config.json} calls otherwise,
 * for every kind of model. What GGUF has no key for gets one in the same style:
 *
 * <ul>
 *   <li>{@code rope.scaling.yarn_truncate}: whether YaRN rounds the ends of its ramp (gpt-oss: no);
 *   <li>{@code attention.chunk_size}: how many positions a chunk has (Llama 4);
 *   <li>{@code attention.rope_layers}: for each block 1 if it rotates and attends within its chunk,
 *       0 if it does neither (Llama 4);
 *   <li>{@code attention.qk_norm}: whether rotated queries and keys are normed (Llama 4).
 * </ul>
 */
final class ConfigKeys {
  private static final int MOST_LAYERS = 1 << 16;

  /**
   * A kind of model.
   *
   * @param architecture its name in GGUF files
   * @param rows pairs of a GGUF key and the key of the config
   */
  private record Kind(String architecture, String... rows) {}

  private static final String[] COMMON = {
    "context_length", "max_position_embeddings",
    "embedding_length", "hidden_size",
    "feed_forward_length", "intermediate_size",
    "attention.head_count", "num_attention_heads",
    "attention.head_count_kv", "num_key_value_heads",
    "attention.layer_norm_rms_epsilon", "rms_norm_eps",
    "vocab_size", "vocab_size",
  };

  private static final String[] HEADS = {
    "attention.key_length", "head_dim",
    "attention.value_length", "head_dim",
    "rope.dimension_count", "head_dim",
  };

  private static final String[] DEEPSEEK = {
    "attention.q_lora_rank", "q_lora_rank",
    "rope.dimension_count", "qk_rope_head_dim",
    "expert_feed_forward_length", "moe_intermediate_size",
    "expert_count", "n_routed_experts",
    "expert_used_count", "num_experts_per_tok",
    "expert_shared_count", "n_shared_experts",
    "expert_weights_scale", "routed_scaling_factor",
    "expert_weights_norm", "norm_topk_prob",
  };

  private static final String[] LATENT = {
    "attention.kv_lora_rank", "kv_lora_rank",
    "attention.value_length", "kv_lora_rank",
    "attention.value_length_mla", "v_head_dim",
    "expert_group_count", "n_group",
    "expert_group_used_count", "topk_group",
    "leading_dense_block_count", "first_k_dense_replace",
  };

  private static final String[] INDEXER = {
    "attention.indexer.head_count", "index_n_heads",
    "attention.indexer.key_length", "index_head_dim",
    "attention.indexer.top_k", "index_topk",
  };

  private static final Map<String, Kind> KINDS =
      Map.of(
          "llama", kind("llama", COMMON, HEADS),
          "qwen2", kind("qwen2", COMMON, HEADS),
          "mixtral",
              kind(
                  "llama",
                  COMMON,
                  HEADS,
                  new String[] {
                    "expert_count", "num_local_experts",
                    "expert_used_count", "num_experts_per_tok",
                  }),
          "qwen3_moe",
              kind(
                  "qwen3moe",
                  COMMON,
                  HEADS,
                  new String[] {
                    "expert_count", "num_experts|num_local_experts",
                    "expert_used_count", "num_experts_per_tok",
                    "expert_feed_forward_length", "moe_intermediate_size",
                    "expert_weights_norm", "norm_topk_prob",
                  }),
          "deepseek_v2", kind("deepseek2", COMMON, DEEPSEEK, LATENT),
          "deepseek_v3", kind("deepseek2", COMMON, DEEPSEEK, LATENT),
          "deepseek_v32", kind("deepseek32", COMMON, DEEPSEEK, LATENT, INDEXER),
          "deepseek_v4",
              kind(
                  "deepseek4",
                  COMMON,
                  DEEPSEEK,
                  INDEXER,
                  new String[] {
                    "attention.key_length", "head_dim",
                    "attention.value_length", "head_dim",
                    "attention.sliding_window", "sliding_window",
                    "attention.output_group_count", "o_groups",
                    "attention.output_lora_rank", "o_lora_rank",
                    "attention.compress_rope_freq_base", "compress_rope_theta",
                    "hyper_connection.count", "hc_mult",
                    "hyper_connection.sinkhorn_iterations", "hc_sinkhorn_iters",
                    "hyper_connection.epsilon", "hc_eps",
                    "hash_layer_count", "num_hash_layers",
                  }),
          "llama4_text",
              kind(
                  "llama4",
                  COMMON,
                  HEADS,
                  new String[] {
                    "feed_forward_length", "intermediate_size_mlp",
                    "expert_feed_forward_length", "intermediate_size",
                    "expert_count", "num_local_experts",
                    "expert_used_count", "num_experts_per_tok",
                    "interleave_moe_layer_step", "interleave_moe_layer_step",
                    "attention.chunk_size", "attention_chunk_size",
                  }),
          "gpt_oss",
              kind(
                  "gpt-oss",
                  COMMON,
                  HEADS,
                  new String[] {
                    "expert_feed_forward_length", "intermediate_size",
                    "expert_count", "num_local_experts|num_experts",
                    "expert_used_count", "num_experts_per_tok|experts_per_token",
                    "attention.sliding_window", "sliding_window",
                  }));

  private final ConfigFile config;
  private final String modelType;
  private final Kind kind;
  private final int numLayers;
  private final int numNextn;
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final Map<String, String> origins = new LinkedHashMap<>();

  private ConfigKeys(ConfigFile config, String modelType, Kind kind, int numNextn) {
    this.config = config;
    this.modelType = modelType;
    this.kind = kind;
    this.numNextn = numNextn;
    numLayers = numLayers(config);
  }

  /** The part of a config that describes the text model. */
  static ConfigFile text(ConfigFile config) {
    ConfigFile text = config.object("text_config");
    return text.values().isEmpty() ? config : text;
  }

  /**
   * The name in GGUF files of the kind of model that a config describes.
   *
   * @param text the part of a config that describes the text model
   * @throws UnsupportedModelException if it is none of those in the table; names it
   */
  static String architecture(ConfigFile text) {
    return kind(text).architecture;
  }

  /** The number of blocks without those that predict further tokens. */
  static int numLayers(ConfigFile text) {
    return (int) text.integer("num_hidden_layers", MOST_LAYERS, 0);
  }

  /**
   * The key-value pairs as GGUF files have them.
   *
   * @param text the part of a config that describes the text model
   * @param name the model's name
   * @param numNextn how many blocks that predict further tokens the files hold
   * @throws dev.coterie.ModelFormatException if a value has the wrong type
   * @throws UnsupportedModelException if it asks for something that is not supported
   */
  static Map<String, Object> pairs(
      ConfigFile text, String name, int numNextn, Map<String, String> origins) {
    ConfigKeys keys = new ConfigKeys(text, type(text), kind(text), numNextn);
    keys.values.put("general.architecture", keys.kind.architecture);
    keys.values.put("general.name", name);
    keys.translate();
    origins.putAll(keys.origins);
    return keys.values;
  }

  /**
   * The divisors of Llama 3's frequency scaling.
   *
   * @param text the part of a config that describes the text model
   * @return one for each rotated pair, or null if the model does not scale so
   */
  static float @Nullable [] ropeDivisors(ConfigFile text) {
    ConfigFile rope = rope(text);
    if (!ropeType(rope).equals("llama3")) {
      return null;
    }
    double theta = rope.number("rope_theta", text.number("rope_theta", 10_000.0));
    int dimensions = (int) text.integer("head_dim", 1 << 12, headDim(text));
    double factor = positive(rope, "factor");
    double low = positive(rope, "low_freq_factor");
    double high = positive(rope, "high_freq_factor");
    double context = positive(rope, "original_max_position_embeddings");
    float[] divisors = new float[dimensions / 2];
    for (int i = 0; i < divisors.length; i++) {
      double wavelength = 2 * Math.PI * Math.pow(theta, 2.0 * i / dimensions);
      if (wavelength < context / high) {
        divisors[i] = 1;
      } else if (wavelength > context / low) {
        divisors[i] = (float) factor;
      } else {
        double smooth = (context / wavelength - low) / (high - low);
        divisors[i] = (float) (1 / ((1 - smooth) / factor + smooth));
      }
    }
    return divisors;
  }

  private static Kind kind(String architecture, String[]... rows) {
    List<String> all = new ArrayList<>();
    for (String[] part : rows) {
      all.addAll(Arrays.asList(part));
    }
    return new Kind(architecture, all.toArray(String[]::new));
  }

  private static String type(ConfigFile text) {
    String type = text.string("model_type", "");
    return type.equals("llama4") ? "llama4_text" : type;
  }

  private static Kind kind(ConfigFile text) {
    String type = type(text);
    if (type.isEmpty()) {
      throw text.fault("model_type", "expected the kind of model, found nothing");
    }
    if (type.startsWith("deepseek_v41")) {
      throw new UnsupportedModelException(
          type,
          "is not supported: it shares compressed keys across layers and looks up n-grams, which"
              + " DeepSeek V4 (deepseek_v4) does not");
    }
    Kind kind = KINDS.get(type);
    if (kind == null) {
      throw new UnsupportedModelException(
          type,
          "is not supported from safetensors; this version reads "
              + String.join(", ", KINDS.keySet().stream().sorted().toList())
              + (text.contains("vision_config") ? "; vision models are not among them" : ""));
    }
    return kind;
  }

  private void translate() {
    refuseVariants();
    // converters leave the blocks that predict further tokens out of DeepSeek V4's count
    boolean counted = !kind.architecture.equals("deepseek4");
    put("block_count", numLayers + (counted ? numNextn : 0L), "num_hidden_layers");
    for (int i = 0; i < kind.rows.length; i += 2) {
      for (String key : kind.rows[i + 1].split("\\|")) {
        Object value = config.get(key);
        if (value != null) {
          put(kind.rows[i], value, key);
          break;
        }
      }
    }
    switch (kind.architecture) {
      case "llama", "qwen2", "qwen3moe", "llama4", "gpt-oss" -> {
        if (kind.architecture.startsWith("llama") && !config.contains("head_dim")) {
          put("rope.dimension_count", headDim(config), "hidden_size");
        }
      }
      default -> deepSeek();
    }
    switch (kind.architecture) {
      case "deepseek2", "deepseek32" -> latentAttention();
      case "deepseek4" -> deepSeek4();
      case "llama4" -> llama4();
      case "gpt-oss" -> refuseGptOssVariants();
      default -> {}
    }
    ropeScaling();
  }

  /** What would change the model's answers and is not computed. */
  private void refuseVariants() {
    String activation = config.string("hidden_act", "silu");
    if (!activation.equals("silu")) {
      throw unsupported("hidden_act '" + activation + "' is not supported; silu is");
    }
    if (config.bool("use_sliding_window", false)) {
      throw unsupported("use_sliding_window is not supported");
    }
    if (modelType.equals("mixtral") && config.contains("sliding_window")) {
      throw unsupported("sliding_window is not supported");
    }
    if (config.number("partial_rotary_factor", 1.0) != 1 && !modelType.equals("deepseek_v4")) {
      throw unsupported("partial_rotary_factor is not supported");
    }
    boolean mixed =
        config.integer("decoder_sparse_step", Integer.MAX_VALUE, 1) != 1
            || !config.array("mlp_only_layers").isEmpty();
    if (modelType.equals("qwen3_moe") && (mixed || !config.bool("norm_topk_prob", true))) {
      throw unsupported(
          "decoder_sparse_step, mlp_only_layers and norm_topk_prob are supported as 1, [] and true"
              + " only");
    }
    if (config.integer("moe_layer_freq", Integer.MAX_VALUE, 1) != 1) {
      throw unsupported("moe_layer_freq is supported as 1 only");
    }
  }

  private void deepSeek() {
    if (!values.containsKey(key("expert_shared_count"))) {
      put("expert_shared_count", 0L, "n_shared_experts");
    }
    if (!values.containsKey(key("attention.layer_norm_rms_epsilon"))) {
      put("attention.layer_norm_rms_epsilon", 1e-6, "rms_norm_eps");
    }
    String absent =
        switch (modelType) {
          case "deepseek_v2" -> "softmax";
          case "deepseek_v4" -> "sqrtsoftplus";
          default -> "sigmoid";
        };
    String function = config.string("scoring_func", absent);
    long gating =
        switch (function) {
          case "softmax" -> 1;
          case "sigmoid" -> 2;
          case "sqrtsoftplus" -> 4;
          default -> throw unsupported("scoring_func '" + function + "' is not supported");
        };
    put("expert_gating_func", gating, "scoring_func");
    put("nextn_predict_layers", (long) numNextn, "num_nextn_predict_layers");
  }

  private void latentAttention() {
    put("attention.head_count_kv", 1L, "num_key_value_heads"); // the latent is shared
    long rope = config.integer("qk_rope_head_dim", 1 << 20, 0);
    long nope = config.integer("qk_nope_head_dim", 1 << 20, 0);
    put("attention.key_length", config.integer("kv_lora_rank", 1 << 20, 0) + rope, "kv_lora_rank");
    put("attention.key_length_mla", nope + rope, "qk_nope_head_dim");
    if (config.string("topk_method", "").equals("greedy")) {
      put("expert_group_count", 1L, "topk_method");
      put("expert_group_used_count", 1L, "topk_method");
    }
    if (!config.contains("first_k_dense_replace")) {
      int dense = 0;
      List<?> types = config.array("mlp_layer_types");
      while (dense < types.size() && "dense".equals(types.get(dense))) {
        dense++;
      }
      if (types.lastIndexOf("dense") >= dense) {
        throw unsupported("mlp_layer_types with dense layers behind sparse ones is not supported");
      }
      put("leading_dense_block_count", (long) dense, "mlp_layer_types");
    }
  }

  private void deepSeek4() {
    long heads = config.integer("num_key_value_heads", Integer.MAX_VALUE, 1);
    put("attention.head_count_kv", heads, "num_key_value_heads");
    long hidden = config.integer("hidden_size", 1 << 24, 0);
    put("embedding_length_out", hidden * config.integer("hc_mult", 1 << 10, 0), "hc_mult");
    if (config.contains("swiglu_limit")) {
      double[] limits = new double[numLayers];
      Arrays.fill(limits, config.number("swiglu_limit", null));
      put("swiglu_clamp_exp", limits, "swiglu_limit");
      put("swiglu_clamp_shexp", limits, "swiglu_limit");
    }
    put(
        "attention.compress_ratios",
        config.contains("compress_ratios") ? config.integers("compress_ratios") : layerRatios(),
        config.contains("compress_ratios") ? "compress_ratios" : "layer_types");
    List<?> types = config.array("mlp_layer_types");
    if (!config.contains("num_hash_layers") && !types.isEmpty()) {
      long hashed = types.stream().filter("hash_moe"::equals).count();
      if (types.lastIndexOf("hash_moe") >= hashed) {
        throw unsupported("mlp_layer_types with hashed layers behind others is not supported");
      }
      put("hash_layer_count", hashed, "mlp_layer_types");
    }
    ConfigFile main = config.object("rope_parameters").object("main");
    if (main.contains("rope_theta")) {
      put("rope.freq_base", main.number("rope_theta", null), "rope_parameters.main.rope_theta");
    }
    ConfigFile compress = config.object("rope_parameters").object("compress");
    if (!config.contains("compress_rope_theta") && compress.contains("rope_theta")) {
      put(
          "attention.compress_rope_freq_base",
          compress.number("rope_theta", null),
          "rope_parameters.compress.rope_theta");
    }
  }

  /** Ratios from the names that transformers gives to kinds of layers. */
  private long[] layerRatios() {
    List<?> types = config.array("layer_types");
    ConfigFile rates = config.object("compress_rates");
    long[] ratios = new long[types.size()];
    for (int i = 0; i < ratios.length; i++) {
      String type = String.valueOf(types.get(i));
      ratios[i] =
          switch (type) {
            case "sliding_attention" -> 0;
            case "compressed_sparse_attention" -> rates.integer(type, 1 << 20, 4);
            case "heavily_compressed_attention" -> rates.integer(type, 1 << 20, 128);
            default ->
                throw unsupported("layer_types with " + GgufCursor.quote(type) + " is unknown");
          };
    }
    return ratios;
  }

  private void llama4() {
    long step = config.integer("interleave_moe_layer_step", MOST_LAYERS, 1);
    put("interleave_moe_layer_step", step, "interleave_moe_layer_step");
    put("attention.qk_norm", config.bool("use_qk_norm", true), "use_qk_norm");
    List<Object> sparse = new ArrayList<>();
    for (long layer = step - 1; step > 0 && layer < numLayers; layer += step) {
      sparse.add(layer);
    }
    if (config.contains("moe_layers") && !config.array("moe_layers").equals(sparse)) {
      throw unsupported("moe_layers that do not follow interleave_moe_layer_step");
    }
    long interval = config.integer("no_rope_layer_interval", MOST_LAYERS, 4);
    long[] rotates = config.integers("no_rope_layers");
    if (rotates.length == 0) {
      rotates = new long[numLayers];
      for (int i = 0; i < numLayers; i++) {
        rotates[i] = interval > 0 && (i + 1) % interval == 0 ? 0 : 1;
      }
    }
    put("attention.rope_layers", rotates, "no_rope_layers");
    // a switch, but some configs hold a number there
    Object tuning = config.get("attn_temperature_tuning");
    boolean off = Boolean.FALSE.equals(tuning) || Long.valueOf(0).equals(tuning);
    put("attention.temperature_length", floorScale(), "floor_scale");
    put("attention.temperature_scale", off ? 0.0 : config.number("attn_scale", 0.1), "attn_scale");
  }

  /** Some configs write this number of positions with a point. */
  private long floorScale() {
    double scale = config.number("floor_scale", 8192.0);
    if (scale != Math.rint(scale) || scale < 1 || scale > Integer.MAX_VALUE) {
      throw config.fault(
          "floor_scale", "expected a whole number from 1 to 2147483647, found " + scale);
    }
    return (long) scale;
  }

  private void refuseGptOssVariants() {
    if (config.number("swiglu_alpha", 1.702) != 1.702 || config.number("swiglu_limit", 7.0) != 7) {
      throw unsupported("swiglu_alpha and swiglu_limit are supported as 1.702 and 7 only");
    }
    List<?> types = config.array("layer_types");
    for (int i = 0; i < types.size(); i++) {
      if ("sliding_attention".equals(types.get(i)) != (i % 2 == 0)) {
        throw unsupported("layer_types that do not alternate, beginning with sliding_attention");
      }
    }
  }

  private void ropeScaling() {
    ConfigFile rope = rope(config);
    String theta = "rope_theta";
    if (config.contains(theta)) {
      put("rope.freq_base", config.number(theta, null), theta);
    } else if (rope.contains(theta) && !modelType.equals("deepseek_v4")) {
      put("rope.freq_base", rope.number(theta, null), theta);
    }
    String type = ropeType(rope);
    switch (type) {
      case "default", "none", "llama3" -> {}
      case "linear" -> {
        put("rope.scaling.type", type, rope.name("type"));
        put("rope.scaling.factor", rope.number("factor", null), rope.name("factor"));
      }
      case "yarn" -> yarn(rope);
      default ->
          throw unsupported(
              "rope scaling '" + type + "' is not supported; linear, yarn and llama3 are");
    }
  }

  private void yarn(ConfigFile rope) {
    double factor = rope.number("factor", null);
    put("rope.scaling.type", "yarn", rope.name("type"));
    put("rope.scaling.factor", factor, rope.name("factor"));
    String original = "original_max_position_embeddings";
    long context = config.integer("max_position_embeddings", Integer.MAX_VALUE, 0);
    put(
        "rope.scaling.original_context_length",
        rope.integer(original, Integer.MAX_VALUE, context),
        rope.name(original));
    put("rope.scaling.yarn_beta_fast", rope.number("beta_fast", 32.0), rope.name("beta_fast"));
    put("rope.scaling.yarn_beta_slow", rope.number("beta_slow", 1.0), rope.name("beta_slow"));
    if (!rope.bool("truncate", true)) {
      put("rope.scaling.yarn_truncate", false, rope.name("truncate"));
    }
    double magnitude = factor <= 1 ? 1 : 1 + 0.1 * Math.log(factor);
    if (rope.contains("attention_factor") && !modelType.equals("deepseek_v4")) {
      // what GGUF's key is multiplied with anyhow is taken out
      double attention = rope.number("attention_factor", null);
      put("rope.scaling.attn_factor", attention / magnitude, rope.name("attention_factor"));
    }
    double all = rope.number("mscale_all_dim", 0.0);
    double mscale = rope.number("mscale", all == 0 ? 0.0 : all);
    if (all != 0 && mscale != all) {
      throw unsupported("rope scaling with an mscale other than mscale_all_dim is not supported");
    }
    if (all != 0) {
      put("rope.scaling.yarn_log_multiplier", 0.1 * all, rope.name("mscale_all_dim"));
    }
  }

  /** The rotary embedding's parameters, which newer configs hold in another place. */
  private static ConfigFile rope(ConfigFile text) {
    ConfigFile rope = text.object("rope_parameters");
    if (rope.get("compress") instanceof Map<?, ?>) {
      return rope.object("compress");
    }
    return rope.values().isEmpty() ? text.object("rope_scaling") : rope;
  }

  private static String ropeType(ConfigFile rope) {
    return rope.string("rope_type", rope.string("type", "default")).toLowerCase(Locale.ROOT);
  }

  private static double positive(ConfigFile rope, String key) {
    double value = rope.number(key, null);
    if (!((float) value > 0)) {
      throw rope.fault(key, "expected a number above 0, found " + value);
    }
    return value;
  }

  private static long headDim(ConfigFile text) {
    long heads = text.integer("num_attention_heads", Integer.MAX_VALUE, 1);
    return text.integer("hidden_size", 1 << 24, 0) / Math.max(1, heads);
  }

  private void put(String suffix, Object value, String origin) {
    String key = key(suffix);
    values.put(key, value);
    origins.put(key, config.name(origin));
  }

  private String key(String suffix) {
    return kind.architecture + "." + suffix;
  }

  private UnsupportedModelException unsupported(String feature) {
    return new UnsupportedModelException(modelType, feature);
  }
}
