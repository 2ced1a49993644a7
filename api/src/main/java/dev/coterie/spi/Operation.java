// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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
   * The weights that it holds, as they lie in the model file; those of all experts.
   *
   * @return the tensors; empty if it has none
   */
  default List<Tensor> tensors() {
    return List.of();
  }

  /**
   * The part of a number, spread over all weights, that falls to those that one row uses: a row of
   * an embedding table, the chosen experts of a mixture.
   *
   * @param all a number of bytes or elements, of all {@link #tensors()} together
   * @return what one row has of it
   */
  default long usedByRow(long all) {
    return all;
  }

  /**
   * The weight bytes that one row reads, as they lie in the model file.
   *
   * @return bytes
   */
  default long weightBytes() {
    return usedByRow(tensors().stream().mapToLong(Tensor::bytes).sum());
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
    public List<Tensor> tensors() {
      return List.of(table);
    }

    @Override
    public long usedByRow(long all) {
      return all / table.rows();
    }
  }

  /**
   * Takes the row's hidden state from {@link Batch#hidden}: what another graph computed for the
   * row's position.
   *
   * @param output {@code [width]}
   */
  record HiddenInput(Value output) implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of();
    }

    @Override
    public long flops() {
      return 0;
    }
  }

  /**
   * Puts a value of every row into {@link Batch#hidden}, for another graph to go on with; in place
   * of what {@link HiddenInput} found there, which is as wide.
   *
   * @param input {@code [width]}
   * @param output {@code [width]}, the same
   */
  record HiddenOutput(Value input, Value output) implements Operation {
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
    public List<Tensor> tensors() {
      return present(weight);
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
    public List<Tensor> tensors() {
      return List.of(weight, bias);
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
   * Two rows as one.
   *
   * @param first {@code [m]}
   * @param second {@code [n]}
   * @param output {@code [m + n]}
   */
  record Concat(Value first, Value second, Value output) implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(first, second);
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
    public List<Tensor> tensors() {
      return present(weight, bias);
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

    /** {@return radians a position; a copy} */
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

    @Override
    public List<Tensor> tensors() {
      return present(sinks);
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
    public List<Tensor> tensors() {
      return joined(List.of(keyUp, valueUp));
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

    @Override
    public List<Tensor> tensors() {
      return present(bias);
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
    public List<Tensor> tensors() {
      List<Tensor> all = new ArrayList<>(joined(List.of(gate, up, down)));
      all.addAll(present(gateBias, upBias, downBias));
      return all;
    }

    @Override
    public long usedByRow(long all) {
      return all / gate.size() * (routing.width() / 2);
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
   * The row, several times over: the streams of a model with hyper-connections at their start.
   *
   * @param input {@code [width]}
   * @param output {@code [times · width]}
   */
  record Repeat(Value input, Value output) implements Operation {
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
   * The weights of a hyper-connection (mHC, DeepSeek-V4; arXiv 2409.19606, 2512.24880) around one
   * layer, with n streams. With {@code m = function · streams / sqrt(mean(streams²) +
   * normEpsilon)}: n weights for what the layer reads, {@code sigmoid(m · scale_0 + base) +
   * epsilon}; n for what it writes, {@code 2 sigmoid(m · scale_1 + base)}; and an n x n matrix
   * {@code m · scale_2 + base}, made doubly stochastic: a softmax over each row plus epsilon, a
   * division by the column sums, and for each further iteration one by the row sums and one by the
   * column sums, epsilon added to each sum.
   *
   * @param streams {@code [n · width]}
   * @param function {@code [(2 + n) · n, n · width]}
   * @param base {@code [(2 + n) · n]}
   * @param scale {@code [3]}
   * @param iterations how often columns are normalized
   * @param normEpsilon keeps the norm's root from 0
   * @param epsilon keeps weights and sums from 0
   * @param output {@code [(2 + n) · n]}: reading, writing, then the matrix row after row
   */
  record HyperWeights(
      Value streams,
      Tensor function,
      Tensor base,
      Tensor scale,
      int iterations,
      float normEpsilon,
      float epsilon,
      Value output)
      implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(streams);
    }

    @Override
    public long flops() {
      return 2L * function.rows() * function.columns();
    }

    @Override
    public List<Tensor> tensors() {
      return List.of(function, base, scale);
    }
  }

  /**
   * What a layer reads of the streams: {@code Σ_i weights_i · streams_i}.
   *
   * @param streams {@code [n · width]}
   * @param weights as {@link HyperWeights} gives them
   * @param output {@code [width]}
   */
  record HyperRead(Value streams, Value weights, Value output) implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(streams, weights);
    }
  }

  /**
   * The streams after a layer: {@code streams'_k = write_k · input + Σ_j matrix_jk · streams_j}.
   *
   * @param streams {@code [n · width]}
   * @param weights as {@link HyperWeights} gives them
   * @param input {@code [width]}, what the layer made
   * @param output {@code [n · width]}
   */
  record HyperWrite(Value streams, Value weights, Value input, Value output) implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(streams, weights, input);
    }
  }

  /**
   * The end of the streams: {@code Σ_i (sigmoid(m_i · scale + base_i) + epsilon) · streams_i} with
   * m as in {@link HyperWeights}.
   *
   * @param streams {@code [n · width]}
   * @param function {@code [n, n · width]}
   * @param base {@code [n]}
   * @param scale {@code [1]}
   * @param normEpsilon keeps the norm's root from 0
   * @param epsilon keeps weights from 0
   * @param output {@code [width]}
   */
  record HyperHead(
      Value streams,
      Tensor function,
      Tensor base,
      Tensor scale,
      float normEpsilon,
      float epsilon,
      Value output)
      implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(streams);
    }

    @Override
    public List<Tensor> tensors() {
      return List.of(function, base, scale);
    }
  }

  /**
   * A product for each group of the row: {@code y_g = W_g x_g}.
   *
   * @param input {@code [groups · in]}
   * @param weights for each group {@code [out, in]}
   * @param output {@code [groups · out]}
   */
  record GroupedLinear(Value input, List<Tensor> weights, Value output) implements Operation {
    /** Copies the list. */
    public GroupedLinear {
      weights = List.copyOf(weights);
    }

    @Override
    public List<Value> inputs() {
      return List.of(input);
    }

    @Override
    public long flops() {
      return 2L * output.width() * weights.getFirst().columns();
    }

    @Override
    public List<Tensor> tensors() {
      return weights;
    }
  }

  /**
   * Makes one entry of each {@code ratio} tokens (DeepSeek-V4). Window w covers the positions from
   * {@code ratio · w} on; its entry is there once its last token is. With {@code b = gates +
   * positionBias[position mod ratio]}, for each channel: {@code Σ softmax(b) · values} over the
   * window's tokens. Where gates are twice as wide as an entry, windows overlap: the sum runs over
   * the first halves of the window before (none for window 0) and the second halves of this one.
   * The entry is then normed, and its last values rotated, pairs being neighbors, as at position
   * {@code ratio · w}.
   *
   * @param values {@code [coff · size]}, coff being 1 or 2
   * @param gates {@code [coff · size]}
   * @param ratio tokens an entry
   * @param positionBias {@code [ratio, coff · size]}
   * @param norm {@code [size]}
   * @param epsilon keeps the norm's root from 0
   * @param frequencies radians a position; not copied, not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Compressor(
      Value values,
      Value gates,
      int ratio,
      Tensor positionBias,
      Tensor norm,
      float epsilon,
      float[] frequencies) {
    /**
     * The values of an entry.
     *
     * @return values
     */
    public int size() {
      return norm.columns();
    }

    /**
     * Whether windows overlap.
     *
     * @return whether they do
     */
    public boolean overlaps() {
      return values.width() == 2 * size();
    }
  }

  /**
   * Attention over a window of recent tokens and the compressed entries of all earlier ones
   * (DeepSeek-V4). There is one head of keys, which are the values too; all of {@code query},
   * {@code key} and entries are rotated already, and the output still is.
   *
   * @param query {@code [heads · size]}
   * @param key {@code [size]}
   * @param compressor makes entries, or null for the window alone
   * @param selected which entries are seen, as {@link SelectEntries} gives them, or null for all
   * @param layer which layer's cache
   * @param window how many tokens are seen, the row's own included
   * @param scale multiplies the products before the softmax
   * @param sinks {@code [heads]}: a score that takes part in each head's softmax without a value
   * @param output {@code [heads · size]}
   */
  record CompressedAttention(
      Value query,
      Value key,
      @Nullable Compressor compressor,
      @Nullable Value selected,
      int layer,
      int window,
      float scale,
      Tensor sinks,
      Value output)
      implements Operation {
    /**
     * The number of heads.
     *
     * @return heads
     */
    public int heads() {
      return query.width() / key.width();
    }

    @Override
    public List<Value> inputs() {
      if (compressor == null) {
        return List.of(query, key);
      }
      return selected == null
          ? List.of(query, key, compressor.values(), compressor.gates())
          : List.of(query, key, compressor.values(), compressor.gates(), selected);
    }

    @Override
    public List<Tensor> tensors() {
      return compressor == null
          ? List.of(sinks)
          : List.of(sinks, compressor.positionBias(), compressor.norm());
    }
  }

  /**
   * The indexer over compressed entries (DeepSeek-V4): scores each entry w that is there, {@code
   * Σ_h weights_h · max(0, query_h · entry_w)}, and selects the best.
   *
   * @param query {@code [heads · size]}, rotated
   * @param weights {@code [heads]}
   * @param compressor makes the entries
   * @param layer which layer's cache
   * @param output {@code [count]}: the selected entries, in no order; where there are fewer entries
   *     than {@code count} the rest is −1
   */
  record SelectEntries(Value query, Value weights, Compressor compressor, int layer, Value output)
      implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(query, weights, compressor.values(), compressor.gates());
    }

    @Override
    public List<Tensor> tensors() {
      return List.of(compressor.positionBias(), compressor.norm());
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
    public List<Tensor> tensors() {
      return List.of(weight);
    }
  }

  private static List<Tensor> present(@Nullable Tensor... tensors) {
    return Arrays.stream(tensors).filter(Objects::nonNull).toList();
  }

  private static List<Tensor> joined(List<List<Tensor>> lists) {
    return lists.stream().flatMap(List::stream).toList();
  }
}
