// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.convert;

import dev.coterie.Quantization;
import dev.coterie.engine.format.Metadata;
import dev.coterie.spi.DataType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which tensor gets which type. The mixes are llama.cpp's, so that a name means the same size and
 * the same quality there and here; what they keep in floats is more, see {@link #isKept}.
 */
final class TypeMix {
  private static final Pattern LAYER = Pattern.compile("blk\\.(\\d{1,6})\\..*");

  /** Parts of names whose tensors steer a model more than they fill it. */
  private static final List<String> KEPT =
      List.of(
          "_norm.weight",
          "ffn_gate_inp",
          "exp_probs_b",
          "attn_sinks",
          "hc_",
          "_ape",
          "indexer.proj",
          "rope_freqs",
          "ssm_conv1d");

  /** A tensor to be given a type. */
  record Item(String name, List<Long> shape, boolean expert) {
    long columns() {
      return shape.getLast();
    }
  }

  private enum Kind {
    OUTPUT,
    EMBEDDING,
    ATTENTION_V,
    ATTENTION_QKV,
    ATTENTION_K,
    ATTENTION_OUTPUT,
    DOWN,
    OTHER;

    static Kind of(String name) {
      if (name.equals("output.weight")) {
        return OUTPUT;
      } else if (name.equals("token_embd.weight")) {
        return EMBEDDING;
      } else if (name.contains("attn_qkv.weight")) {
        return ATTENTION_QKV;
      } else if (name.contains("attn_kv_b.weight") || name.contains("attn_v.weight")) {
        return ATTENTION_V;
      } else if (name.contains("attn_k.weight")) {
        return ATTENTION_K;
      } else if (name.contains("attn_output.weight")) {
        return ATTENTION_OUTPUT;
      }
      return name.contains("ffn_down") ? DOWN : OTHER;
    }
  }

  private final Quantization mix;
  private final int layers;
  private final int experts;
  private final int queriesPerKey;
  private final boolean is70b;
  private boolean tied = true;
  private int numValues;
  private int valueIndex;
  private int downIndex;

  private TypeMix(Quantization mix, Metadata metadata) {
    this.mix = mix;
    String architecture = metadata.string("general.architecture", "");
    layers = metadata.integer(architecture + ".block_count", 1, 100_000, 1);
    experts = metadata.integer(architecture + ".expert_count", 0, 1 << 20, 0);
    long heads = greatest(metadata, architecture + ".attention.head_count");
    long keyHeads = greatest(metadata, architecture + ".attention.head_count_kv");
    queriesPerKey = keyHeads < 1 ? 1 : (int) (heads / keyHeads);
    is70b = architecture.equals("llama") && layers == 80 && heads != keyHeads;
  }

  private static long greatest(Metadata metadata, String key) {
    Object value = metadata.values().get(key);
    if (value instanceof long[] array) {
      long most = 0;
      for (long v : array) {
        most = Math.max(most, v);
      }
      return most;
    }
    return value instanceof Long v ? v : 0;
  }

  /**
   * The types of all tensors that are to change, by name; those that are kept are left out.
   *
   * @param mix the mix
   * @param metadata the model's sizes
   * @param items its tensors
   */
  static Map<String, DataType> types(Quantization mix, Metadata metadata, List<Item> items) {
    TypeMix types = new TypeMix(mix, metadata);
    List<Item> sorted = new ArrayList<>(items);
    sorted.sort(Comparator.comparingInt((Item i) -> layer(i.name)).thenComparing(Item::name));
    for (Item item : sorted) {
      Kind kind = Kind.of(item.name);
      types.tied &= kind != Kind.OUTPUT;
      types.numValues += kind == Kind.ATTENTION_V || kind == Kind.ATTENTION_QKV ? 1 : 0;
    }
    Map<String, DataType> result = new HashMap<>();
    for (Item item : sorted) {
      if (!isKept(item)) {
        result.put(item.name, types.fitting(types.choose(item), item.columns()));
      }
    }
    return result;
  }

  /** Whether a tensor stays a float whatever the mix. */
  static boolean isKept(Item item) {
    return item.shape.size() < 2
        || !item.name.endsWith("weight")
        || KEPT.stream().anyMatch(item.name::contains);
  }

  private static int layer(String name) {
    Matcher matcher = LAYER.matcher(name);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
  }

  private DataType base() {
    return switch (mix) {
      case F32 -> DataType.F32;
      case F16 -> DataType.F16;
      case BF16 -> DataType.BF16;
      case Q8_0 -> DataType.Q8_0;
      case Q4_0 -> DataType.Q4_0;
      case Q4_1 -> DataType.Q4_1;
      case Q5_0 -> DataType.Q5_0;
      case Q5_1 -> DataType.Q5_1;
      case Q2_K -> DataType.Q2_K;
      case Q3_K_S, Q3_K_M, Q3_K_L -> DataType.Q3_K;
      case Q4_K_S, Q4_K_M -> DataType.Q4_K;
      case Q5_K_S, Q5_K_M -> DataType.Q5_K;
      case Q6_K -> DataType.Q6_K;
      case MXFP4 -> DataType.MXFP4;
    };
  }

  private DataType choose(Item item) {
    DataType base = base();
    if (base == DataType.F32 || base == DataType.F16 || base == DataType.BF16) {
      return base;
    }
    Kind kind = Kind.of(item.name);
    if (mix == Quantization.MXFP4) {
      return item.expert ? DataType.MXFP4 : DataType.Q8_0;
    }
    if (kind == Kind.OUTPUT || (tied && kind == Kind.EMBEDDING)) {
      boolean large = item.columns() % base.blockSize() != 0 || base == DataType.Q8_0;
      return large ? DataType.Q8_0 : DataType.Q6_K;
    }
    return switch (kind) {
      case ATTENTION_V, ATTENTION_QKV -> value(base);
      case ATTENTION_K -> experts == 8 ? DataType.Q8_0 : base;
      case ATTENTION_OUTPUT -> attentionOutput(base);
      case DOWN -> down(item.name, base);
      default -> base;
    };
  }

  private DataType value(DataType base) {
    int i = valueIndex++;
    DataType type =
        switch (mix) {
          case Q2_K -> queriesPerKey >= 4 ? DataType.Q4_K : DataType.Q3_K;
          case Q3_K_M -> i < 2 ? DataType.Q5_K : DataType.Q4_K;
          case Q3_K_L -> DataType.Q5_K;
          case Q4_K_S -> i < 4 ? DataType.Q5_K : base;
          case Q4_K_M, Q5_K_M -> isSensitive(i, numValues) ? DataType.Q6_K : base;
          default -> base;
        };
    if (is70b && (type == DataType.Q3_K || type == DataType.Q4_K)) {
      type = DataType.Q5_K;
    }
    return experts == 8 ? DataType.Q8_0 : type;
  }

  private DataType attentionOutput(DataType base) {
    if (experts == 8) {
      return switch (mix) {
        case Q2_K, Q3_K_S, Q3_K_M, Q4_K_S, Q4_K_M -> DataType.Q5_K;
        default -> base;
      };
    }
    return switch (mix) {
      case Q2_K -> DataType.Q3_K;
      case Q3_K_M -> DataType.Q4_K;
      case Q3_K_L -> DataType.Q5_K;
      default -> base;
    };
  }

  private DataType down(String name, DataType base) {
    int counted = downIndex++;
    int i = experts > 1 ? layer(name) : counted;
    return switch (mix) {
      case Q2_K -> DataType.Q3_K;
      case Q3_K_M -> i < layers / 16 ? DataType.Q5_K : DataType.Q4_K;
      case Q3_K_L -> DataType.Q5_K;
      case Q4_K_S -> i < layers / 8 ? DataType.Q5_K : base;
      case Q4_K_M, Q5_K_M -> isSensitive(i, layers) ? DataType.Q6_K : base;
      default -> base;
    };
  }

  /** The first and last eighth of the layers, and every third between. */
  private static boolean isSensitive(int layer, int count) {
    return layer < count / 8 || layer >= 7 * count / 8 || (layer - count / 8) % 3 == 2;
  }

  /** The type, or one of smaller blocks where rows are no whole number of blocks. */
  private DataType fitting(DataType type, long columns) {
    if (columns % type.blockSize() == 0) {
      return type;
    }
    DataType smaller =
        switch (type) {
          case Q2_K, Q3_K -> DataType.Q4_0;
          case Q4_K -> DataType.Q5_0;
          case Q5_K -> DataType.Q5_1;
          case Q6_K -> DataType.Q8_0;
          default -> type;
        };
    return columns % smaller.blockSize() == 0 ? smaller : DataType.F16;
  }

  /** The number that {@code general.file_type} has for a mix. */
  static int fileType(Quantization mix) {
    return switch (mix) {
      case F32 -> 0;
      case F16 -> 1;
      case Q4_0 -> 2;
      case Q4_1 -> 3;
      case Q8_0 -> 7;
      case Q5_0 -> 8;
      case Q5_1 -> 9;
      case Q2_K -> 10;
      case Q3_K_S -> 11;
      case Q3_K_M -> 12;
      case Q3_K_L -> 13;
      case Q4_K_S -> 14;
      case Q4_K_M -> 15;
      case Q5_K_S -> 16;
      case Q5_K_M -> 17;
      case Q6_K -> 18;
      case BF16 -> 32;
      case MXFP4 -> 38;
    };
  }
}
