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
   * {@code y = weight · x / sqrt(mean(x²) + epsilon)}, over the whole row.
   *
   * @param input {@code [width]}
   * @param weight {@code [width]}
   * @param epsilon keeps the root from 0
   * @param output {@code [width]}
   */
  record RmsNorm(Value input, Tensor weight, float epsilon, Value output) implements Operation {
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
      return weight.data().byteSize();
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
   * position · frequencies[i]}. The pairs of head values are {@code (2i, 2i+1)} where interleaved,
   * else {@code (i, i + n)} with n the number of frequencies. Values beyond {@code 2n} stay.
   *
   * @param input {@code [heads · headSize]}
   * @param heads the number of heads
   * @param headSize values a head
   * @param interleaved which values form a pair
   * @param frequencies radians a position, with all scaling applied; copied in and out
   * @param magnitude multiplies the rotated values; 1 unless YaRN says otherwise
   * @param output {@code [heads · headSize]}
   */
  record Rope(
      Value input,
      int heads,
      int headSize,
      boolean interleaved,
      float[] frequencies,
      float magnitude,
      Value output)
      implements Operation {
    /** Copies the frequencies. */
    public Rope {
      frequencies = frequencies.clone();
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
   * Grouped-query attention. Writes the row's key and value to the cache, then attends causally to
   * every position of its sequence up to its own: {@code softmax(scale · q·k) v}; query head h
   * reads key-value head {@code h / (heads / keyValueHeads)}.
   *
   * @param query {@code [heads · headSize]}
   * @param key {@code [keyValueHeads · headSize]}
   * @param value {@code [keyValueHeads · headSize]}
   * @param layer which layer's cache
   * @param heads the number of query heads
   * @param keyValueHeads the number of key and value heads; divides {@code heads}
   * @param headSize values a head
   * @param scale multiplies the products before the softmax
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
      Value output)
      implements Operation {
    @Override
    public List<Value> inputs() {
      return List.of(query, key, value);
    }
  }

  /**
   * {@code y = silu(gate) · up}, value by value, with {@code silu(x) = x / (1 + exp(-x))}.
   *
   * @param gate {@code [width]}
   * @param up {@code [width]}
   * @param output {@code [width]}
   */
  record SwiGlu(Value gate, Value up, Value output) implements Operation {
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
}
