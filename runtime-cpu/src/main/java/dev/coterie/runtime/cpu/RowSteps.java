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
import java.util.Objects;

/** The steps that treat each row of the batch by itself. */
final class RowSteps {
  private RowSteps() {}

  /** A step that treats each row by itself; a unit is a few rows. */
  interface RowStep extends Step {
    /** Treats one row. */
    void row(Run run, int row, Worker worker);

    @Override
    default int units(Run run) {
      return Math.ceilDiv(run.rows(), run.rowsOfUnit);
    }

    @Override
    default void execute(Run run, int unit, Worker worker) {
      int from = unit * run.rowsOfUnit;
      rows(run, from, Math.min(from + run.rowsOfUnit, run.rows()), worker);
    }

    /** Treats some rows. */
    default void rows(Run run, int from, int to, Worker worker) {
      for (int row = from; row < to; row++) {
        row(run, row, worker);
      }
    }
  }

  /** Looks up the row's token. */
  record Embed(Tensor table, Buffer output) implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      table.decodeRow(run.batch.token(row), output.data, row * output.stride);
    }
  }

  /** Takes the row's hidden state from the batch. */
  record HiddenInput(int width, Buffer output) implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      System.arraycopy(run.hidden, row * width, output.data, row * output.stride, width);
    }
  }

  /** Puts the row's hidden state into the batch. */
  record HiddenOutput(Buffer input, int width) implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      System.arraycopy(input.data, row * input.stride, run.hidden, row * width, width);
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
    public void row(Run run, int row, Worker worker) {
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

  /** Root mean square norm of each part. */
  @SuppressWarnings("ArrayRecordComponent")
  record RmsNorm(
      Buffer input, float[] weight, float epsilon, int parts, Buffer output, boolean prepares)
      implements RowStep {
    @Override
    public void rows(Run run, int from, int to, Worker worker) {
      if (!prepares || parts > 1) {
        RowStep.super.rows(run, from, to, worker);
        return;
      }
      worker.kernels.normAndPrepare(
          input.data,
          from * input.stride,
          input.stride,
          weight,
          epsilon,
          output.data,
          output.segment,
          from * output.stride,
          output.stride,
          Objects.requireNonNull(output.prepared),
          run.rows(),
          from,
          to - from,
          worker.scratch);
    }

    @Override
    public void row(Run run, int row, Worker worker) {
      for (int part = 0; part < parts; part++) {
        worker.kernels.rmsNorm(
            input.data,
            row * input.stride + part * weight.length,
            weight,
            weight.length,
            epsilon,
            output.data,
            row * output.stride + part * weight.length,
            worker.scratch);
      }
      if (prepares) {
        worker.prepare(output, run.rows(), row, 0, parts * weight.length);
      }
    }
  }

  /** Layer norm, in double precision: it is small and rare. */
  @SuppressWarnings("ArrayRecordComponent")
  record LayerNorm(Buffer input, float[] weight, float[] bias, float epsilon, Buffer output)
      implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      int from = row * input.stride;
      int to = row * output.stride;
      int width = weight.length;
      double mean = 0;
      for (int i = 0; i < width; i++) {
        mean += input.data[from + i];
      }
      mean /= width;
      double variance = 0;
      for (int i = 0; i < width; i++) {
        double difference = input.data[from + i] - mean;
        variance += difference * difference;
      }
      double factor = 1 / Math.sqrt(variance / width + epsilon);
      for (int i = 0; i < width; i++) {
        output.data[to + i] =
            (float) ((input.data[from + i] - mean) * factor * weight[i] + bias[i]);
      }
    }
  }

  /** A stretch of a row. */
  record Slice(Buffer input, int from, int width, Buffer output) implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      System.arraycopy(
          input.data, row * input.stride + from, output.data, row * output.stride, width);
    }
  }

  /** Two rows as one. */
  record Concat(Buffer first, int firstWidth, Buffer second, int secondWidth, Buffer output)
      implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      int to = row * output.stride;
      System.arraycopy(first.data, row * first.stride, output.data, to, firstWidth);
      System.arraycopy(second.data, row * second.stride, output.data, to + firstWidth, secondWidth);
    }
  }

  /** A factor that grows with the position. */
  record PositionScale(Operation.PositionScale operation, Buffer input, Buffer output)
      implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      int period = (run.batch.position(row) + 1) / operation.period();
      float factor = (float) (operation.scale() * Math.log(period + 1.0) + 1);
      for (int i = 0; i < operation.output().width(); i++) {
        output.data[row * output.stride + i] = input.data[row * input.stride + i] * factor;
      }
    }
  }

  /** Rotary embedding; output may be input. */
  record Rope(Operation.Rope rope, Buffer angles, int pairs, Buffer input, Buffer output)
      implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      int at = row * output.stride;
      System.arraycopy(
          input.data, row * input.stride, output.data, at, rope.heads() * rope.headSize());
      for (int head = 0; head < rope.heads(); head++) {
        worker.kernels.rope(
            output.data,
            at + head * rope.headSize() + rope.offset(),
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
    public void row(Run run, int row, Worker worker) {
      for (int i = 0; i < ropes.size(); i++) { // an iterator is not always optimized away
        ropes.get(i).row(run, row, worker);
      }
      Batch batch = run.batch;
      int position = batch.position(row);
      int[] table = batch.blockTable(batch.segmentOf(row));
      MemorySegment block = cache.block(table[position / Limits.BLOCK_TOKENS]);
      int token = position % Limits.BLOCK_TOKENS;
      int layer = attention.layer();
      int size = attention.headSize();
      for (int head = 0; head < attention.keyValueHeads(); head++) {
        long keys = cache.keyOffset(layer, head);
        cache.writeKey(block, keys, token, key.data, row * key.stride + head * size, size);
        long values = cache.valueOffset(layer, head);
        int from = row * value.stride + head * size;
        cache.writeValue(block, values, token, value.data, from, size);
      }
    }
  }

  /** Value by value: a sum. */
  record Add(Buffer left, Buffer right, int width, Buffer output) implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      int l = row * left.stride;
      int r = row * right.stride;
      worker.kernels.add(left.data, l, right.data, r, output.data, row * output.stride, width);
    }
  }

  /** Value by value: SwiGLU. */
  record SwiGlu(float limit, Buffer gate, Buffer up, int width, Buffer output) implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      int g = row * gate.stride;
      int u = row * up.stride;
      worker.kernels.swiGlu(
          limit, gate.data, g, up.data, u, output.data, row * output.stride, width, worker.scratch);
    }
  }

  /** Brings a row to the form that products take, where the step that made it does not. */
  record Prepare(Buffer buffer, int width) implements RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      worker.prepare(buffer, run.rows(), row, 0, width);
    }
  }

  /** Brings the rows whose logits are wanted together. */
  record Gather(Buffer input, int width, Buffer output, boolean prepares) implements Step {
    @Override
    public int units(Run run) {
      return run.batch.numLogits();
    }

    @Override
    public void execute(Run run, int index, Worker worker) {
      int row = run.batch.logitRow(index);
      System.arraycopy(input.data, row * input.stride, output.data, index * output.stride, width);
      if (prepares) {
        worker.prepare(output, run.batch.numLogits(), index, 0, width);
      }
    }
  }
}
