// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The table that says under which names published checkpoints hold what GGUF files call otherwise.
 * A tensor has several names: those of transformers, those of DeepSeek's own V4 checkpoints and
 * those of Mixtral's time; the first that a checkpoint has counts.
 */
final class TensorNames {
  /** The name of a tensor of a block, in GGUF files. */
  private static final Pattern BLOCK = Pattern.compile("blk\\.(0|[1-9][0-9]{0,5})\\.(.+)");

  /** What may stand before the names of the text model. */
  private static final List<String> PREFIXES =
      List.of("model.", "", "language_model.model.", "model.language_model.", "language_model.");

  private static final Map<String, List<String>> MODEL = new HashMap<>();
  private static final Map<String, List<String>> LAYER = new HashMap<>();

  static {
    matrix(MODEL, "token_embd", "embed_tokens", "embed");
    matrix(MODEL, "output_norm", "norm");
    exact(MODEL, "output_hc_fn.weight", "hc_head.hc_fn", "hc_head_fn");
    exact(MODEL, "output_hc_base.weight", "hc_head.hc_base", "hc_head_base");
    exact(MODEL, "output_hc_scale.weight", "hc_head.hc_scale", "hc_head_scale");

    matrix(LAYER, "attn_norm", "input_layernorm", "attn_norm");
    matrix(LAYER, "ffn_norm", "post_attention_layernorm", "ffn_norm");
    matrix(LAYER, "attn_q", "self_attn.q_proj");
    matrix(LAYER, "attn_k", "self_attn.k_proj");
    matrix(LAYER, "attn_v", "self_attn.v_proj");
    matrix(LAYER, "attn_qkv", "self_attn.qkv_proj");
    matrix(LAYER, "attn_output", "self_attn.o_proj");
    matrix(LAYER, "attn_q_norm", "self_attn.q_norm");
    matrix(LAYER, "attn_k_norm", "self_attn.k_norm");
    exact(LAYER, "attn_sinks.weight", "self_attn.sinks", "attn.attn_sink");

    matrix(LAYER, "attn_q_a", "self_attn.q_a_proj", "attn.wq_a");
    matrix(LAYER, "attn_q_a_norm", "self_attn.q_a_layernorm", "self_attn.q_a_norm", "attn.q_norm");
    matrix(LAYER, "attn_q_b", "self_attn.q_b_proj", "attn.wq_b");
    matrix(LAYER, "attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa");
    matrix(
        LAYER, "attn_kv_a_norm", "self_attn.kv_a_layernorm", "self_attn.kv_norm", "attn.kv_norm");
    matrix(LAYER, "attn_kv", "self_attn.kv_proj", "attn.wkv");
    matrix(LAYER, "attn_output_a", "self_attn.o_a_proj", "attn.wo_a");
    matrix(LAYER, "attn_output_b", "self_attn.o_b_proj", "attn.wo_b");

    String compressor = "self_attn.compressor.";
    matrix(LAYER, "attn_compressor_kv", compressor + "kv_proj", "attn.compressor.wkv");
    matrix(LAYER, "attn_compressor_gate", compressor + "gate_proj", "attn.compressor.wgate");
    matrix(LAYER, "attn_compressor_norm", compressor + "kv_norm", "attn.compressor.norm");
    exact(LAYER, "attn_compressor_ape.weight", compressor + "position_bias", "attn.compressor.ape");

    String indexer = compressor + "indexer.";
    matrix(
        LAYER,
        "indexer.attn_q_b",
        "self_attn.indexer.wq_b",
        indexer + "q_b_proj",
        "attn.indexer.wq_b");
    matrix(LAYER, "indexer.attn_k", "self_attn.indexer.wk");
    matrix(LAYER, "indexer.k_norm", "self_attn.indexer.k_norm");
    matrix(
        LAYER,
        "indexer.proj",
        "self_attn.indexer.weights_proj",
        indexer + "scorer.weights_proj",
        indexer + "weights_proj",
        "attn.indexer.weights_proj");
    String own = "attn.indexer.compressor.";
    matrix(LAYER, "indexer_compressor_kv", indexer + "kv_proj", own + "wkv");
    matrix(LAYER, "indexer_compressor_gate", indexer + "gate_proj", own + "wgate");
    matrix(LAYER, "indexer_compressor_norm", indexer + "kv_norm", own + "norm");
    exact(LAYER, "indexer_compressor_ape.weight", indexer + "position_bias", own + "ape");

    for (String part : List.of("fn", "base", "scale")) {
      exact(LAYER, "hc_attn_" + part + ".weight", "attn_hc." + part, "hc_attn_" + part);
      exact(LAYER, "hc_ffn_" + part + ".weight", "ffn_hc." + part, "hc_ffn_" + part);
    }

    matrix(
        LAYER,
        "ffn_gate_inp",
        "mlp.gate",
        "mlp.router",
        "feed_forward.router",
        "ffn.gate",
        "block_sparse_moe.gate");
    exact(LAYER, "ffn_gate_inp.bias", "mlp.router.bias");
    exact(LAYER, "exp_probs_b.bias", "mlp.gate.e_score_correction_bias", "ffn.gate.bias");
    exact(LAYER, "ffn_gate_tid2eid.weight", "mlp.gate.tid2eid", "ffn.gate.tid2eid");
    for (Expert part : Expert.values()) {
      matrix(LAYER, part.gguf, "mlp." + part.name, "feed_forward." + part.name);
      matrix(
          LAYER,
          part.gguf + "_shexp",
          "mlp.shared_experts." + part.name,
          "feed_forward.shared_expert." + part.name,
          "ffn.shared_experts." + part.shortName);
    }

    for (String norm : List.of("enorm", "hnorm", "eh_proj", "embed_tokens")) {
      matrix(LAYER, "nextn." + norm, norm);
    }
    matrix(LAYER, "nextn.shared_head_head", "shared_head.head");
    matrix(LAYER, "nextn.shared_head_norm", "shared_head.norm", "norm");
    for (String part : List.of("fn", "base", "scale")) {
      exact(LAYER, "nextn.hc_head_" + part + ".weight", "hc_head_" + part);
    }
  }

  /** The three matrices of an expert. */
  enum Expert {
    GATE("ffn_gate", "gate_proj", "w1"),
    UP("ffn_up", "up_proj", "w3"),
    DOWN("ffn_down", "down_proj", "w2");

    private final String gguf;
    private final String name;
    private final String shortName;

    Expert(String gguf, String name, String shortName) {
      this.gguf = gguf;
      this.name = name;
      this.shortName = shortName;
    }
  }

  /**
   * The name of a tensor of a block.
   *
   * @param layer the block's number
   * @param suffix what follows
   */
  record Block(int layer, String suffix) {
    /** Which matrix of all experts this is, or null if it is something else. */
    @Nullable Expert experts() {
      for (Expert part : Expert.values()) {
        if (suffix.equals(part.gguf + "_exps.weight")) {
          return part;
        }
      }
      return null;
    }

    /** Of which matrix of all experts this is the bias, or null if it is something else. */
    @Nullable Expert expertBias() {
      for (Expert part : Expert.values()) {
        if (suffix.equals(part.gguf + "_exps.bias")) {
          return part;
        }
      }
      return null;
    }
  }

  private final String architecture;
  private final int numMainLayers;
  private final String prefix;

  /**
   * The names of a checkpoint.
   *
   * @param architecture its name in GGUF files
   * @param numMainLayers the number of blocks without those that predict further tokens
   * @param contains whether the checkpoint has a tensor of a name
   */
  TensorNames(String architecture, int numMainLayers, Predicate<String> contains) {
    this.architecture = architecture;
    this.numMainLayers = numMainLayers;
    this.prefix =
        PREFIXES.stream()
            .filter(
                p -> contains.test(p + "embed_tokens.weight") || contains.test(p + "embed.weight"))
            .findFirst()
            .orElse(PREFIXES.getFirst());
  }

  /** What stands before the names of the text model. */
  String prefix() {
    return prefix;
  }

  /**
   * The names of what modules, such as {@code model.layers.0.self_attn.q_proj}, belong to.
   *
   * @param architecture its name in GGUF files
   * @param modules of the main blocks
   */
  static TensorNames ofModules(String architecture, Set<String> modules) {
    return new TensorNames(
        architecture,
        Integer.MAX_VALUE,
        name -> {
          String layers = name.replace("embed_tokens.weight", "layers.");
          return modules.stream().anyMatch(module -> module.startsWith(layers));
        });
  }

  /** All names that tensors outside the blocks may have in GGUF files, in order. */
  static List<String> ofModel() {
    List<String> all = new ArrayList<>(new TreeSet<>(MODEL.keySet()));
    all.add("output.weight");
    all.add("rope_freqs.weight");
    return all;
  }

  /** All that may follow the number of a block in the names of its tensors, in order. */
  static List<String> ofBlock() {
    Set<String> all = new TreeSet<>(LAYER.keySet());
    all.addAll(List.of("attn_k_b.weight", "attn_v_b.weight", "post_attention_norm.weight"));
    for (Expert part : Expert.values()) {
      all.add(part.gguf + "_exps.weight");
      all.add(part.gguf + "_exps.bias");
    }
    return List.copyOf(all);
  }

  /** The parts of the GGUF name of a tensor of a block; null if it belongs to no block. */
  static @Nullable Block block(String name) {
    Matcher matcher = BLOCK.matcher(name);
    return matcher.matches()
        ? new Block(Integer.parseInt(matcher.group(1)), matcher.group(2))
        : null;
  }

  /**
   * The names that a tensor may have in the checkpoint.
   *
   * @param name its name in GGUF files
   * @return the names, best first; empty if no checkpoint has it under a name of its own
   */
  List<String> candidates(String name) {
    Block block = block(name);
    if (block == null) {
      if (name.equals("output.weight")) {
        String outer = prefix.startsWith("language_model.") ? "language_model." : "";
        return List.of(outer + "lm_head.weight", prefix + "lm_head.weight", "head.weight");
      }
      return expand(prefix, MODEL.getOrDefault(name, List.of()));
    }
    String suffix = block.suffix;
    if (suffix.startsWith("nextn.") && block.layer < numMainLayers) {
      return List.of();
    }
    if (architecture.equals("gpt-oss")) {
      // the norm before the feed-forward layer has another name in this architecture alone
      if (suffix.equals("ffn_norm.weight")) {
        return List.of();
      }
      if (suffix.equals("post_attention_norm.weight")) {
        suffix = "ffn_norm.weight";
      }
    }
    return expand(layer(block.layer), LAYER.getOrDefault(suffix, List.of()));
  }

  /** The names that a matrix of one expert may have. */
  List<String> expert(int layer, Expert part, int expert) {
    return expand(
        layer(layer),
        List.of(
            String.format(Locale.ROOT, "mlp.experts.%d.%s.weight", expert, part.name),
            String.format(Locale.ROOT, "feed_forward.experts.%d.%s.weight", expert, part.name),
            String.format(Locale.ROOT, "ffn.experts.%d.%s.weight", expert, part.shortName),
            String.format(
                Locale.ROOT, "block_sparse_moe.experts.%d.%s.weight", expert, part.shortName)));
  }

  /** The names that a tensor of all experts may have, such as {@code gate_up_proj}. */
  List<String> stack(int layer, String name) {
    return expand(
        layer(layer),
        List.of("mlp.experts." + name, "feed_forward.experts." + name, "ffn.experts." + name));
  }

  /** The names that a projection in the attention of a block may have. */
  List<String> named(int layer, String name) {
    return expand(layer(layer), List.of(name));
  }

  private String layer(int layer) {
    return architecture.equals("deepseek4") && layer >= numMainLayers
        ? "mtp." + (layer - numMainLayers) + "."
        : prefix + "layers." + layer + ".";
  }

  private static List<String> expand(String prefix, List<String> names) {
    return names.stream().map(name -> prefix + name).toList();
  }

  /** A projection or norm, which may have a bias. */
  private static void matrix(Map<String, List<String>> table, String gguf, String... names) {
    for (String end : List.of(".weight", ".bias")) {
      List<String> full = new ArrayList<>();
      for (String name : names) {
        full.add(name + end);
      }
      table.put(gguf + end, full);
    }
  }

  private static void exact(Map<String, List<String>> table, String gguf, String... names) {
    table.put(gguf, List.of(names));
  }
}
