// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A step of a {@link Graph}, in the field's words. Each has a stable name, the one that llama.cpp
 * gives to the intermediate that it makes. Each row of a batch is computed by itself, but for
 * {@link Attention}, which sees the earlier positions of the row's sequence through the cache.
 */
public sealed interface Operation {
  /**
   * The value that it makes; {@link Value#name()} is the operation's stable name.
   *
   * @return the output
   */
  Value output();

  /**
   * The values that it reads.
   *
   * @return the inputs
   */
  List<Value> inputs();

  /**
   * The floating-point operations for one row, without attention over past tokens.
   *
   * @return operations; a multiply-add is two
   */
  default long flops() {
    return output().width();
  }

  /**
   * The weight bytes that one row reads.
   *
   * @return bytes
   */
  default long weightBytes() {
    return 0;
  }

  /**
   * Looks up the row's token in the embedding table.
   *
   * @param table {@code [vocabulary, width]}
   * @param output {@code [width]}
   */
  record Embed(Tensor table, Value output) implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of();
    }

    @Override
    public long flops() {
      return 0;
    }

    @Override
    public long weightBytes() {
      return table.type().bytes(table.columns());
    }
  }

  /**
   * {@code y = weight · x / sqrt(mean(x²) + epsilon)}, over each of {@code parts} equal parts of
   * the row: one for the norm of the whole row, a head each for query and key norms.
   *
   * @param input {@code [parts · n]}
   * @param weight {@code [n]}, shared by the parts, or null for all ones
   * @param epsilon keeps the root from 0
   * @param parts how many parts are normed by themselves
   * @param output {@code [parts · n]}
   */
  record RmsNorm(Value input, @Nullable Tensor weight, float epsilon, int parts, Value output)
      implements Operation {
    /**
     * The norm of the whole row.
     *
     * @param input {@code [width]}
     * @param weight {@code [width]}
     * @param epsilon keeps the root from 0
     * @param output {@code [width]}
     */
    public RmsNorm(Value input, Tensor weight, float epsilon, Value output) {
      this(input, weight, epsilon, 1, output);
    }

    @Override
    public List<Value> inputs() {
      return List.of(input);
    }

    @Override
    public long flops() {
      return 4L * output.width();
    }

    @Override
    public long weightBytes() {
      return weight == null ? 0 : weight.data().byteSize();
    }
  }

  /**
   * {@code y = weight · (x − mean(x)) / sqrt(variance(x) + epsilon) + bias}, over the whole row.
   *
   * @param input {@code [width]}
   * @param weight {@code [width]}
   * @param bias {@code [width]}
   * @param epsilon keeps the root from 0
   * @param output {@code [width]}
   */
  record LayerNorm(Value input, Tensor weight, Tensor bias, float epsilon, Value output)
      implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(input);
    }

    @Override
    public long flops() {
      return 6L * output.width();
    }

    @Override
    public long weightBytes() {
      return weight.data().byteSize() + bias.data().byteSize();
    }
  }

  /**
   * A stretch of a row.
   *
   * @param input {@code [width]}
   * @param from the first value taken
   * @param output as wide as the stretch
   */
  record Slice(Value input, int from, Value output) implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(input);
    }

    @Override
    public long flops() {
      return 0;
    }
  }

  /**
   * {@code y = W x + bias}.
   *
   * @param input {@code [in]}
   * @param weight {@code [out, in]}
   * @param bias {@code [out]}, or null
   * @param output {@code [out]}
   */
  record Linear(Value input, Tensor weight, @Nullable Tensor bias, Value output)
      implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(input);
    }

    @Override
    public long flops() {
      return 2L * weight.rows() * weight.columns();
    }

    @Override
    public long weightBytes() {
      return weight.data().byteSize();
    }
  }

  /**
   * Rotates pairs of values in each head by an angle that grows with the position: {@code angle =
   * position · frequencies[i]}. Of the head's values from {@code offset} on, the pairs are {@code
   * (2i, 2i+1)} where interleaved, else {@code (i, i + n)} with n the number of frequencies. All
   * other values stay. Negative frequencies rotate back.
   *
   * @param input {@code [heads · headSize]}
   * @param heads the number of heads
   * @param headSize values a head
   * @param offset the first rotated value of a head
   * @param interleaved which values form a pair
   * @param frequencies radians a position, with all scaling applied; copied in and out
   * @param magnitude multiplies the rotated values; 1 unless YaRN says otherwise
   * @param output {@code [heads · headSize]}
   */
  record Rope(
      Value input,
      int heads,
      int headSize,
      int offset,
      boolean interleaved,
      float[] frequencies,
      float magnitude,
      Value output)
      implements Operation {
    /** Copies the frequencies. */
    public Rope {
      frequencies = frequencies.clone();
      if (offset < 0 || offset + 2 * frequencies.length > headSize) {
        throw new IllegalArgumentException(
            "rope '"
                + output.name()
                + "': expected "
                + 2 * frequencies.length
                + " values from "
                + offset
                + " on in a head of "
                + headSize);
      }
    }

    /**
     * A rotation of the first values of each head.
     *
     * @param input {@code [heads · headSize]}
     * @param heads the number of heads
     * @param headSize values a head
     * @param interleaved which values form a pair
     * @param frequencies radians a position
     * @param magnitude multiplies the rotated values
     * @param output {@code [heads · headSize]}
     */
    public Rope(
        Value input,
        int heads,
        int headSize,
        boolean interleaved,
        float[] frequencies,
        float magnitude,
        Value output) {
      this(input, heads, headSize, 0, interleaved, frequencies, magnitude, output);
    }

    @Override
    public float[] frequencies() {
      return frequencies.clone();
    }

    @Override
    public List<Value> inputs() {
      return List.of(input);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Rope rope
          && input.equals(rope.input)
          && output.equals(rope.output)
          && heads == rope.heads
          && headSize == rope.headSize
          && offset == rope.offset
          && interleaved == rope.interleaved
          && magnitude == rope.magnitude
          && Arrays.equals(frequencies, rope.frequencies);
    }

    @Override
    public int hashCode() {
      return output.hashCode();
    }

    @Override
    public long flops() {
      return 3L * output.width();
    }
  }

  /**
   * Multiplies the row with {@code scale · ln(floor((position + 1) / period) + 1) + 1}: Llama 4's
   * attention temperature.
   *
   * @param input {@code [width]}
   * @param scale how strongly
   * @param period positions after which it grows
   * @param output {@code [width]}
   */
  record PositionScale(Value input, float scale, int period, Value output) implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(input);
    }
  }

  /** Which earlier positions a row sees; itself always. */
  sealed interface Visibility {
    /** All of them. */
    record Full() implements Visibility {}

    /**
     * The last {@code size} positions, the row's own included.
     *
     * @param size at least 1
     */
    record Window(int size) implements Visibility {}

    /**
     * Those in the same stretch of {@code size} positions.
     *
     * @param size at least 1
     */
    record Chunk(int size) implements Visibility {}
  }

  /**
   * Grouped-query attention. Writes the row's key and value to the cache, then attends causally to
   * the visible positions of its sequence up to its own: {@code softmax(scale · q·k) v}; query head
   * h reads key-value head {@code h / (heads / keyValueHeads)}.
   *
   * @param query {@code [heads · headSize]}
   * @param key {@code [keyValueHeads · headSize]}
   * @param value {@code [keyValueHeads · headSize]}
   * @param layer which layer's cache
   * @param heads the number of query heads
   * @param keyValueHeads the number of key and value heads; divides {@code heads}
   * @param headSize values a head
   * @param scale multiplies the products before the softmax
   * @param visibility which positions are seen
   * @param sinks {@code [heads]}: a score that takes part in each head's softmax without a value,
   *     or null
   * @param output {@code [heads · headSize]}
   */
  record Attention(
      Value query,
      Value key,
      Value value,
      int layer,
      int heads,
      int keyValueHeads,
      int headSize,
      float scale,
      Visibility visibility,
      @Nullable Tensor sinks,
      Value output)
      implements Operation {
    /**
     * Attention that sees all earlier positions, without sinks.
     *
     * @param query {@code [heads · headSize]}
     * @param key {@code [keyValueHeads · headSize]}
     * @param value {@code [keyValueHeads · headSize]}
     * @param layer which layer's cache
     * @param heads the number of query heads
     * @param keyValueHeads the number of key and value heads
     * @param headSize values a head
     * @param scale multiplies the products before the softmax
     * @param output {@code [heads · headSize]}
     */
    public Attention(
        Value query,
        Value key,
        Value value,
        int layer,
        int heads,
        int keyValueHeads,
        int headSize,
        float scale,
        Value output) {
      this(
          query,
          key,
          value,
          layer,
          heads,
          keyValueHeads,
          headSize,
          scale,
          new Visibility.Full(),
          null,
          output);
    }

    @Override
    public List<Value> inputs() {
      return List.of(query, key, value);
    }
  }

  /**
   * Multi-head latent attention in its absorbed form (DeepSeek-V2, arXiv 2405.04434). The cache
   * holds one latent vector and one rotated key a token, shared by all heads. For head h, with
   * query parts n and r: {@code score_j = scale · (K_h q_n · latent_j + q_r · keyRope_j)}; {@code
   * y_h = V_h Σ_j softmax(score)_j latent_j}.
   *
   * @param query {@code [heads · (nope + rope)]}, the last {@code rope} values of each head rotated
   * @param latent {@code [rank]}, normed
   * @param keyRope {@code [rope]}, rotated
   * @param keyUp for each head {@code [rank, nope]}: K
   * @param valueUp for each head {@code [valueSize, rank]}: V
   * @param layer which layer's cache
   * @param scale multiplies the scores before the softmax
   * @param selected the positions that are seen, as {@link SelectPositions} gives them, or null for
   *     all
   * @param output {@code [heads · valueSize]}
   */
  record MlaAttention(
      Value query,
      Value latent,
      Value keyRope,
      List<Tensor> keyUp,
      List<Tensor> valueUp,
      int layer,
      float scale,
      @Nullable Value selected,
      Value output)
      implements Operation {
    /** Copies the lists. */
    public MlaAttention {
      keyUp = List.copyOf(keyUp);
      valueUp = List.copyOf(valueUp);
    }

    /**
     * The number of heads.
     *
     * @return heads
     */
    public int heads() {
      return keyUp.size();
    }

    /**
     * The values of a head's query that are not rotated.
     *
     * @return values
     */
    public int nope() {
      return keyUp.getFirst().columns();
    }

    /**
     * The values of a head's output.
     *
     * @return values
     */
    public int valueSize() {
      return valueUp.getFirst().rows();
    }

    @Override
    public List<Value> inputs() {
      return selected == null
          ? List.of(query, latent, keyRope)
          : List.of(query, latent, keyRope, selected);
    }

    @Override
    public long flops() {
      return 2L * heads() * latent.width() * (nope() + valueSize());
    }

    @Override
    public long weightBytes() {
      return bytes(keyUp) + bytes(valueUp);
    }
  }

  /**
   * The lightning indexer of DeepSeek-V3.2: writes the row's index key to the cache, scores every
   * position j up to the row's own, {@code Σ_h weights_h · max(0, query_h · key_j)}, and selects
   * the best.
   *
   * @param query {@code [heads · size]}, rotated
   * @param weights {@code [heads]}, scaled
   * @param key {@code [size]}, normed and rotated
   * @param layer which layer's cache
   * @param output {@code [count]}: the selected positions, in no order; where there are fewer
   *     positions than {@code count} the rest is −1
   */
  record SelectPositions(Value query, Value weights, Value key, int layer, Value output)
      implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(query, weights, key);
    }
  }

  /** What a router makes of its logits. */
  enum Scoring {
    /** Softmax over all experts. */
    SOFTMAX,
    /** Logistic function of each. */
    SIGMOID,
    /** {@code sqrt(ln(1 + exp(x)))} of each. */
    SQRT_SOFTPLUS
  }

  /**
   * Chooses experts. Scores come from the logits; with {@code bias} added they rank the experts.
   * Where there are groups of consecutive experts, only the best {@code groupsUsed} of them take
   * part, a group being as good as the sum of its {@code groupTop} best. The weights are the scores
   * of the chosen, without bias, divided by their sum where {@code normalize} says so, times {@code
   * scale}. The lower index wins ties.
   *
   * @param logits {@code [experts]}
   * @param bias {@code [experts]}, or null
   * @param scoring what becomes of the logits
   * @param groups how many groups; 1 for none
   * @param groupsUsed how many of them take part
   * @param groupTop how many of a group's experts count for the group
   * @param normalize whether the weights are divided by their sum
   * @param scale multiplies the weights
   * @param table {@code [vocabulary · used]}: the experts of each token id instead of the best, or
   *     null; not copied, not to be changed
   * @param output {@code [2 · used]}: the chosen experts, then their weights
   */
  @SuppressWarnings("ArrayRecordComponent") // a large table, shared on purpose
  record Route(
      Value logits,
      @Nullable Tensor bias,
      Scoring scoring,
      int groups,
      int groupsUsed,
      int groupTop,
      boolean normalize,
      float scale,
      int @Nullable [] table,
      Value output)
      implements Operation {
    /** Checks that the numbers go together. */
    public Route {
      int experts = logits.width();
      if (experts % groups != 0
          || groupsUsed < 1
          || groupsUsed > groups
          || groupTop < 1
          || groupTop > experts / groups
          || output.width() / 2 > experts / groups * groupsUsed) {
        throw new IllegalArgumentException(
            "route '"
                + output.name()
                + "': "
                + experts
                + " experts in "
                + groups
                + " groups, "
                + groupsUsed
                + " used, do not give "
                + output.width() / 2);
      }
    }

    /**
     * How many experts are chosen.
     *
     * @return experts
     */
    public int used() {
      return output.width() / 2;
    }

    @Override
    public List<Value> inputs() {
      return List.of(logits);
    }
  }

  /** What stands between an expert's projections. */
  sealed interface Activation {
    /**
     * {@code silu(min(gate, limit)) · clamp(up, ±limit)}.
     *
     * @param limit positive; infinite for none
     */
    record Swiglu(float limit) implements Activation {}

    /**
     * {@code g · sigmoid(alpha · g) · (u + 1)} with {@code g = min(gate, limit)}, {@code u =
     * clamp(up, ±limit)}: gpt-oss.
     *
     * @param alpha steepness
     * @param limit positive
     */
    record ShiftedSwiglu(float alpha, float limit) implements Activation {}
  }

  /**
   * Mixture of experts: {@code Σ_e weight_e · (down_e · activation(gate_e x, up_e x))} over the
   * experts that the row was routed to.
   *
   * @param input {@code [width]}
   * @param routing {@code [2 · used]}, as {@link Route} gives it
   * @param gate for each expert {@code [intermediate, width]}
   * @param up for each expert {@code [intermediate, width]}
   * @param down for each expert {@code [width, intermediate]}
   * @param gateBias {@code [experts, intermediate]}, or null
   * @param upBias {@code [experts, intermediate]}, or null
   * @param downBias {@code [experts, width]}, or null
   * @param activation what stands between the projections
   * @param weightsInput whether the weight multiplies the expert's input instead of its output
   *     (Llama 4)
   * @param output {@code [width]}
   */
  record Experts(
      Value input,
      Value routing,
      List<Tensor> gate,
      List<Tensor> up,
      List<Tensor> down,
      @Nullable Tensor gateBias,
      @Nullable Tensor upBias,
      @Nullable Tensor downBias,
      Activation activation,
      boolean weightsInput,
      Value output)
      implements Operation {
    /** Copies the lists. */
    public Experts {
      gate = List.copyOf(gate);
      up = List.copyOf(up);
      down = List.copyOf(down);
    }

    /**
     * The width between the projections.
     *
     * @return values
     */
    public int intermediate() {
      return gate.getFirst().rows();
    }

    @Override
    public List<Value> inputs() {
      return List.of(input, routing);
    }

    @Override
    public long flops() {
      return 3L * routing.width() * intermediate() * input.width();
    }

    @Override
    public long weightBytes() {
      return (bytes(gate) + bytes(up) + bytes(down)) / gate.size() * (routing.width() / 2);
    }
  }

  /**
   * {@code y = silu(min(gate, limit)) · clamp(up, ±limit)}, value by value, with {@code silu(x) = x
   * / (1 + exp(-x))}.
   *
   * @param gate {@code [width]}
   * @param up {@code [width]}
   * @param limit positive; infinite for none
   * @param output {@code [width]}
   */
  record SwiGlu(Value gate, Value up, float limit, Value output) implements Operation {
    /**
     * Without a limit.
     *
     * @param gate {@code [width]}
     * @param up {@code [width]}
     * @param output {@code [width]}
     */
    public SwiGlu(Value gate, Value up, Value output) {
      this(gate, up, Float.POSITIVE_INFINITY, output);
    }

    @Override
    public List<Value> inputs() {
      return List.of(gate, up);
    }

    @Override
    public long flops() {
      return 5L * output.width();
    }
  }

  /**
   * {@code y = left + right}, value by value: the residual.
   *
   * @param left {@code [width]}
   * @param right {@code [width]}
   * @param output {@code [width]}
   */
  record Add(Value left, Value right, Value output) implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(left, right);
    }
  }

  /**
   * The output projection, for the rows whose logits are wanted; its results go to the batch.
   *
   * @param input {@code [width]}
   * @param weight {@code [vocabulary, width]}
   * @param output {@code [vocabulary]}
   */
  record Logits(Value input, Tensor weight, Value output) implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(input);
    }

    @Override
    public long flops() {
      return 2L * weight.rows() * weight.columns();
    }

    @Override
    public long weightBytes() {
      return weight.data().byteSize();
    }
  }

  private static long bytes(List<Tensor> tensors) {
    return tensors.stream().mapToLong(tensor -> tensor.data().byteSize()).sum();
  }
}
