// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Operation.Activation;
import dev.coterie.spi.Operation.Activation.ShiftedSwiglu;
import dev.coterie.spi.Operation.Activation.Swiglu;
import dev.coterie.spi.Operation.Experts;
import java.util.Arrays;
import java.util.List;

/**
 * A mixture of experts in four steps: rows are dispatched to slots, grouped by expert, so that each
 * expert's weights are read once a batch; gate and up projection with the activation; down
 * projection; and the weighted sum of each row's slots.
 */
final class ExpertSteps {
  /** How many units each thread should get, so that a slow thread can be helped out. */
  private static final int UNITS_PER_THREAD = 4;

  private final Experts experts;
  private final int used;
  private final Buffer input;
  private final Buffer routing; // [rows, 2 · used]
  private final Buffer output;
  private final Buffer hidden; // [slots, intermediate]
  private final Buffer up; // [slots, intermediate]
  private final Buffer results; // [slots, width]
  private final int[] start; // [experts + 1]: each expert's first slot
  private final int[] active; // the experts that have slots
  private final int[] slotRow; // [slots]
  private final float[] slotWeight; // [slots]
  private final int[] rowSlot; // [rows, used]
  private final int firstCount; // where this mixture's experts begin in a segment's counts
  private int numActive;

  /** Finds room that the layers of a model share: its use, its width, its rows. */
  interface Room {
    Buffer find(String use, int width, int rows);
  }

  ExpertSteps(
      Experts experts,
      Buffer input,
      Buffer routing,
      Buffer output,
      int maxRows,
      int firstCount,
      HeapMemory heap,
      Room room) {
    this.experts = experts;
    used = experts.routing().width() / 2;
    this.firstCount = firstCount;
    this.input = input;
    this.routing = routing;
    this.output = output;
    int slots = Math.multiplyExact(maxRows, used);
    hidden = room.find("hidden", experts.intermediate(), slots);
    up = room.find("up", experts.intermediate(), slots);
    results = room.find("results", experts.output().width(), slots);
    start = heap.ints(experts.gate().size() + 1);
    active = heap.ints(experts.gate().size());
    slotRow = heap.ints(slots);
    slotWeight = heap.floats(slots);
    rowSlot = heap.ints(slots);
  }

  /** The steps, in order. */
  List<Step> steps(
      List<PackedMatrix> gate,
      List<PackedMatrix> upward,
      List<PackedMatrix> down,
      float[] gateBias,
      float[] upBias,
      float[] downBias,
      int threads) {
    return List.of(
        new Dispatch(),
        new GateAndUp(gate, upward, gateBias, upBias, chunk(gate.getFirst(), threads)),
        new Down(down, downBias, chunk(down.getFirst(), threads)),
        new Combine());
  }

  /** Row groups a unit, so that a single row's experts give each thread some units. */
  private int chunk(PackedMatrix matrix, int threads) {
    int unitsPerExpert = Math.max(1, threads * UNITS_PER_THREAD / used);
    return Math.ceilDiv(Math.ceilDiv(matrix.groups(), unitsPerExpert), 2) * 2;
  }

  /** Counts and places the rows of each expert. One unit: it is little work. */
  private final class Dispatch implements Step {
    @Override
    public int units(Run run) {
      return 1;
    }

    @Override
    public void execute(Run run, int unit, Worker worker) {
      int rows = run.rows();
      Arrays.fill(start, 0);
      for (int row = 0; row < rows; row++) {
        int[] counts = run.batch.expertCounts(run.batch.segmentOf(row));
        for (int k = 0; k < used; k++) {
          int e = expert(row, k);
          start[e + 1]++;
          if (counts != null) {
            counts[firstCount + e]++;
          }
        }
      }
      numActive = 0;
      for (int e = 0; e < active.length; e++) {
        if (start[e + 1] > 0) {
          active[numActive++] = e;
        }
        start[e + 1] += start[e];
      }
      for (int row = 0; row < rows; row++) {
        for (int k = 0; k < used; k++) {
          int slot = start[expert(row, k)]++;
          slotRow[slot] = row;
          slotWeight[slot] = routing.data[row * routing.stride + used + k];
          rowSlot[row * used + k] = slot;
        }
      }
      System.arraycopy(start, 0, start, 1, active.length); // each is now the next one's first
      start[0] = 0;
    }

    private int expert(int row, int k) {
      return (int) routing.data[row * routing.stride + k];
    }
  }

  /** Gate and up projection and the activation. A unit is an expert and a range of row groups. */
  private final class GateAndUp implements Step {
    private final List<PackedMatrix> gate;
    private final List<PackedMatrix> upward;
    private final float[] gateBias;
    private final float[] upBias;
    private final int chunk;
    private final int chunks;

    GateAndUp(
        List<PackedMatrix> gate,
        List<PackedMatrix> upward,
        float[] gateBias,
        float[] upBias,
        int chunk) {
      this.gate = gate;
      this.upward = upward;
      this.gateBias = gateBias;
      this.upBias = upBias;
      this.chunk = chunk;
      chunks = Math.ceilDiv(gate.getFirst().groups(), chunk);
    }

    @Override
    public int units(Run run) {
      return numActive * chunks;
    }

    @Override
    public void execute(Run run, int unit, Worker worker) {
      int e = active[unit / chunks];
      int from = unit % chunks * chunk;
      int to = Math.min(from + chunk, gate.get(e).groups());
      int slot = start[e];
      int rows = start[e + 1] - slot;
      float[] x = input.data;
      int offset = slotRow[slot] * input.stride;
      if (rows > 1 || experts.weightsInput()) {
        x = gather(slot, rows, worker);
        offset = 0;
      }
      multiply(gate.get(e), gateBias, e, x, offset, rows, hidden, slot, from, to, worker);
      multiply(upward.get(e), upBias, e, x, offset, rows, up, slot, from, to, worker);
      int first = from * Layout.GROUP_ROWS;
      int count = (to - from) * Layout.GROUP_ROWS;
      for (int i = slot; i < slot + rows; i++) {
        activate(i * hidden.stride + first, count, worker);
      }
    }

    private float[] gather(int slot, int rows, Worker worker) {
      int width = experts.input().width();
      float[] x = worker.temporary(rows * input.stride);
      for (int i = 0; i < rows; i++) {
        System.arraycopy(input.data, slotRow[slot + i] * input.stride, x, i * input.stride, width);
        if (experts.weightsInput()) {
          for (int k = 0; k < width; k++) {
            x[i * input.stride + k] *= slotWeight[slot + i];
          }
        }
      }
      return x;
    }

    private void activate(int at, int count, Worker worker) {
      Activation activation = experts.activation();
      switch (activation) {
        case Swiglu(float limit) ->
            worker.kernels.swiGlu(
                limit, hidden.data, at, up.data, at, hidden.data, at, count, worker.scratch);
        case ShiftedSwiglu(float alpha, float limit) -> {
          for (int i = at; i < at + count; i++) {
            float g = Math.min(hidden.data[i], limit);
            float u = Math.max(-limit, Math.min(up.data[i], limit));
            hidden.data[i] = (float) (g / (1 + Math.exp(-alpha * g))) * (u + 1);
          }
        }
      }
    }
  }

  /** The down projection. A unit is an expert and a range of row groups. */
  private final class Down implements Step {
    private final List<PackedMatrix> down;
    private final float[] bias;
    private final int chunk;
    private final int chunks;

    Down(List<PackedMatrix> down, float[] bias, int chunk) {
      this.down = down;
      this.bias = bias;
      this.chunk = chunk;
      chunks = Math.ceilDiv(down.getFirst().groups(), chunk);
    }

    @Override
    public int units(Run run) {
      return numActive * chunks;
    }

    @Override
    public void execute(Run run, int unit, Worker worker) {
      int e = active[unit / chunks];
      int from = unit % chunks * chunk;
      int to = Math.min(from + chunk, down.get(e).groups());
      int slot = start[e];
      int rows = start[e + 1] - slot;
      int offset = slot * hidden.stride;
      multiply(down.get(e), bias, e, hidden.data, offset, rows, results, slot, from, to, worker);
    }
  }

  /** {@code y = W x + bias} for the slots of one expert. */
  private static void multiply(
      PackedMatrix w,
      float[] bias,
      int expert,
      float[] x,
      int xOffset,
      int rows,
      Buffer y,
      int slot,
      int fromGroup,
      int toGroup,
      Worker worker) {
    int from = fromGroup * Layout.GROUP_ROWS;
    int to = Math.min(toGroup * Layout.GROUP_ROWS, w.rows());
    for (int i = slot; i < slot + rows; i++) {
      int at = i * y.stride;
      if (bias.length == 0) {
        Arrays.fill(y.data, at + from, at + to, 0);
      } else {
        System.arraycopy(bias, expert * w.rows() + from, y.data, at + from, to - from);
      }
    }
    worker.kernels.linear(
        w,
        x,
        xOffset,
        Buffer.padded(w.columns()),
        rows,
        y.data,
        slot * y.stride,
        y.stride,
        fromGroup,
        toGroup,
        worker.scratch);
  }

  /** The sum of each row's slots, in the order of its routing. */
  private final class Combine implements RowSteps.RowStep {
    @Override
    public void execute(Run run, int row, Worker worker) {
      int to = row * output.stride;
      int width = experts.output().width();
      Arrays.fill(output.data, to, to + width, 0);
      for (int k = 0; k < used; k++) {
        int slot = rowSlot[row * used + k];
        float weight = experts.weightsInput() ? 1 : slotWeight[slot];
        int from = slot * results.stride;
        for (int i = 0; i < width; i++) {
          output.data[to + i] += weight * results.data[from + i];
        }
      }
    }
  }
}
