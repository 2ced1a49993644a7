// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Operation.Attention;
import dev.coterie.spi.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The steps whose unit is one row of the batch. */
final class RowSteps {
  private RowSteps() {}

  /** A step that treats each row by itself. */
  interface RowStep extends Step {
    @Override
    default int units(Run run) {
      return run.rows();
    }
  }

  /** Looks up the row's token. */
  record Embed(Tensor table, Buffer output) implements RowStep {
    @Override
    public void execute(Run run, int row, Worker worker) {
      table.decodeRow(run.batch.token(row), output.data, row * output.stride);
    }
  }

  /**
   * Cosines and sines of the row's position, once for all layers that share frequencies.
   *
   * @param frequencies radians a position
   * @param magnitude multiplies cosines and sines
   * @param output {@code [2 · frequencies]}: cosines, then sines
   */
  record Angles(float[] frequencies, float magnitude, Buffer output) implements RowStep {
    @Override
    public void execute(Run run, int row, Worker worker) {
      int position = run.batch.position(row);
      int offset = row * output.stride;
      int pairs = frequencies.length;
      for (int i = 0; i < pairs; i++) {
        double angle = (double) position * frequencies[i];
        output.data[offset + i] = (float) (Math.cos(angle) * magnitude);
        output.data[offset + pairs + i] = (float) (Math.sin(angle) * magnitude);
      }
    }
  }

  /** Root mean square norm. */
  record RmsNorm(Buffer input, float[] weight, float epsilon, Buffer output) implements RowStep {
    @Override
    public void execute(Run run, int row, Worker worker) {
      worker.kernels.rmsNorm(
          input.data,
          row * input.stride,
          weight,
          weight.length,
          epsilon,
          output.data,
          row * output.stride);
    }
  }

  /** Rotary embedding; output may be input. */
  record Rope(Operation.Rope rope, Buffer angles, int pairs, Buffer input, Buffer output)
      implements RowStep {
    @Override
    public void execute(Run run, int row, Worker worker) {
      for (int head = 0; head < rope.heads(); head++) {
        worker.kernels.rope(
            input.data,
            row * input.stride + head * rope.headSize(),
            output.data,
            row * output.stride + head * rope.headSize(),
            rope.headSize(),
            rope.interleaved(),
            angles.data,
            row * angles.stride,
            pairs);
      }
    }
  }

  /** Rotates what is to be rotated, then writes the row's key and value to the cache. */
  record Store(List<Rope> ropes, Attention attention, Buffer key, Buffer value, PagedCache cache)
      implements RowStep {
    @Override
    public void execute(Run run, int row, Worker worker) {
      for (Rope rope : ropes) {
        rope.execute(run, row, worker);
      }
      Batch batch = run.batch;
      int position = batch.position(row);
      int[] table = batch.blockTable(batch.segmentOf(row));
      MemorySegment block = cache.block(table[position / Limits.BLOCK_TOKENS]);
      int size = attention.headSize();
      for (int head = 0; head < attention.keyValueHeads(); head++) {
        cache.write(
            attention.layer(),
            head,
            block,
            position % Limits.BLOCK_TOKENS,
            key.data,
            row * key.stride + head * size,
            value.data,
            row * value.stride + head * size);
      }
    }
  }

  /** Value by value: a sum, or SwiGLU where {@code swiGlu} says so. */
  record Elementwise(boolean swiGlu, Buffer left, Buffer right, int width, Buffer output)
      implements RowStep {
    @Override
    public void execute(Run run, int row, Worker worker) {
      int l = row * left.stride;
      int r = row * right.stride;
      int o = row * output.stride;
      if (swiGlu) {
        worker.kernels.swiGlu(left.data, l, right.data, r, output.data, o, width);
      } else {
        worker.kernels.add(left.data, l, right.data, r, output.data, o, width);
      }
    }
  }

  /** Brings the rows whose logits are wanted together. */
  record Gather(Buffer input, int width, Buffer output) implements Step {
    @Override
    public int units(Run run) {
      return run.batch.numLogits();
    }

    @Override
    public void execute(Run run, int index, Worker worker) {
      int row = run.batch.logitRow(index);
      System.arraycopy(input.data, row * input.stride, output.data, index * output.stride, width);
    }
  }
}
